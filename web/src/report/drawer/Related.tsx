/** What is related to a row: events of the same session, of the same item, of the same person and agent around it. */
import { Anchor, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { asFailure } from "../../api/failure";
import { mayView } from "../../app/rights";
import { useWho } from "../../session/session";
import { FailureNote, Waiting } from "../../ui/States";
import { toSearch } from "../address";
import { askPage, fieldOf, useOffers } from "../ask";
import { keyColumn, keyOf } from "../keys";
import { type Definition, plainText, type Row } from "../types";
import { valueText } from "../vocabulary";
import { useWords } from "../words";
import classes from "./Drawer.module.css";
import { type Relation, relationsOf } from "./relations";

interface Props {
  row: Row;
  definition: Definition;
  /** The zone in which the report shows its times. */
  zone: string;
}

export function Related({ row, definition, zone }: Props) {
  const { t, format } = useWords();
  const { t: shell } = useTranslation("shell");
  const who = useWho();
  const { relations, barred } = relationsOf(row, (kind) => mayView(kind, who));
  return (
    <Stack gap="lg">
      {relations.map((relation) => (
        <Relations key={relation.name} relation={relation} definition={definition} zone={zone} own={keyOf(row, definition.report)} />
      ))}
      {relations.length === 0 && barred.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("report:drawer.noRelated")}
        </Text>
      )}
      {barred.length > 0 && (
        <Text size="sm" c="dimmed">
          {t("report:drawer.barred", { reports: format.list(barred.map((kind) => shell(`page.${kind}`))) })}
        </Text>
      )}
    </Stack>
  );
}

/** Most rows that are told of a relation; of a session, so that its signs of life are among them. */
const SHOWN = 8;
const SHOWN_OF_SESSION = 24;

/** What is told of a row of another report, its time first. */
function columnsFor({ name, kind }: Relation): [time: string, ...others: string[]] {
  if (kind === "login_logout") return ["login_time", "logout_time", "end_reason", "channel"];
  if (name === "sameInstance") return ["event_time", "activity", "triggered_by", "outcome"];
  return name === "samePerson" ? ["event_time", "activity", "entity", "instance"] : ["event_time", "activity", "outcome", "source"];
}

interface RelationsProps {
  relation: Relation;
  definition: Definition;
  zone: string;
  /** The key of the row that is looked at. */
  own: string;
}

function Relations({ relation, definition, zone, own }: RelationsProps) {
  const { t, format } = useWords();
  const { offers } = useOffers();
  const { name, kind, range, filters } = relation;
  const [time, ...others] = columnsFor(relation);
  const asked: Definition = { report: kind, range, time_zone: definition.time_zone, filters, sort: [{ field: time, dir: "asc" }] };
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["related", asked],
    queryFn: ({ signal }) =>
      askPage({ ...asked, columns: [time, ...others, keyColumn(kind)] }, { limit: name === "sameSession" ? SHOWN_OF_SESSION : SHOWN }, signal),
  });
  const offer = offers?.find((one) => one.report === kind);
  const told = (event: Row, column: string): string | null => {
    const field = offer === undefined ? undefined : fieldOf(offer, column);
    return field === undefined ? null : valueText(event[column], field, zone, format, t);
  };
  return (
    <section>
      <Group justify="space-between" mb={4}>
        <Title order={3}>{t(`report:drawer.${name}`)}</Title>
        {data !== undefined && (
          <Anchor size="sm" renderRoot={(props) => <Link to="/report/$kind" params={{ kind }} search={toSearch(asked)} {...props} />}>
            {t("report:drawer.open")} ({format.number(data.total)})
          </Anchor>
        )}
      </Group>
      {isPending && <Waiting lines={3} />}
      {error !== null && <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />}
      <ul className={classes.list}>
        {(data?.rows as Row[] | undefined)?.map((event) => (
          <li key={keyOf(event, kind)} className={classes.event} data-own={keyOf(event, kind) === own || undefined}>
            <time dateTime={plainText(event[time])} className="moment">
              {format.moment(plainText(event[time]), zone)}
            </time>
            {others.map((column) => {
              const text = told(event, column);
              return text === null ? null : <span key={column}>{text}</span>;
            })}
          </li>
        ))}
      </ul>
    </section>
  );
}
