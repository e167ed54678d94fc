/** The definitions that come with the product, as links to their reports. */
import { Paper, SimpleGrid, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { asFailure } from "../api/failure";
import { entryOf } from "../app/navigation";
import { browserZone } from "../i18n/clock";
import { toSearch } from "../report/address";
import type { Definition } from "../report/types";
import { useWho } from "../session/session";
import { Empty, FailureNote, Waiting } from "../ui/States";
import classes from "./library.module.css";
import { useKindName } from "./names";
import { shippedReports } from "./questions";
import { asKind } from "../app/rights";

export function ShippedReports() {
  const { t, i18n } = useTranslation("library");
  const { can } = useWho();
  const kindName = useKindName();
  const { data, error, refetch } = useQuery(shippedReports);
  if (error !== null) return <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />;
  if (data === undefined) return <Waiting lines={3} height={96} />;
  // Only what leads somewhere.
  const offered = data.filter(({ definition }) => can(...entryOf(asKind(definition.report)).needs));
  if (offered.length === 0) return <Empty what={t("saved.emptyShipped")} />;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
      {offered.map(({ id, name, answers, definition }) => {
        // The server tells them in English; those that this page knows it tells in its own language.
        const key = `saved.shippedName.${id as "failed_sign_ins"}` as const;
        const known = i18n.exists(`library:${key}`);
        return (
          <Paper
            key={id}
            withBorder
            p="md"
            className={classes.card}
            renderRoot={(props) => (
              <Link
                to="/report/$kind"
                params={{ kind: asKind(definition.report) }}
                // Its own zone is UTC for want of a reader's; who opens it is one.
                search={toSearch({ ...(definition as unknown as Definition), time_zone: browserZone() })}
                {...props}
              />
            )}
          >
            <Title order={2}>{known ? t(key) : name}</Title>
            <Text size="sm">{known ? t(`saved.shippedAnswers.${id as "failed_sign_ins"}`) : answers}</Text>
            <Text size="xs" c="dimmed" mt="xs">
              {kindName(definition.report)}
            </Text>
          </Paper>
        );
      })}
    </SimpleGrid>
  );
}
