/** The sessions that have been open for the longest: those that somebody has probably forgotten. */
import { Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import type { ResolvedRange, Row } from "../report/types";
import { Moment } from "../ui/Moment";
import { Card, Nothing } from "./Card";
import { openSessions, signedInAs } from "./definitions";
import { rowsOf } from "./questions";
import { ReportLink } from "./ReportLink";
import { Rows, momentOf, textOf } from "./Rows";
import { Sign } from "./Sign";

const COLUMNS = ["session_key", "agent", "login_time", "channel"];
/** Whoever is signed in for longer has probably forgotten to sign out. */
const FORGOTTEN_S = 86_400;

export function OpenSessions() {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const definition = openSessions(browserZone());
  const asked = useQuery(rowsOf({ ...definition, columns: COLUMNS }, 5));
  return (
    <Card
      title={t("open.title")}
      about={t("open.about")}
      asked={asked}
      height="low"
      all={<ReportLink to={definition}>{t("open.all")}</ReportLink>}
    >
      {({ rows, range }) =>
        rows.length === 0 ? (
          <Nothing what={t("open.empty")} />
        ) : (
          <Rows
            label={t("open.title")}
            rows={rows}
            keyOf={(row) => textOf(row, "session_key")}
            columns={[
              { label: t("open.agent"), cell: (row) => <Agent name={textOf(row, "agent")} isForgotten={openFor(row, range) > FORGOTTEN_S} /> },
              { label: t("open.channel"), cell: (row) => textOf(row, "channel") },
              { label: t("open.since"), cell: (row) => <Moment at={momentOf(row, "login_time")} /> },
              { label: t("open.for"), cell: (row) => (momentOf(row, "login_time") === null ? "–" : format.roughly(openFor(row, range))), numeric: true },
            ]}
          />
        )
      }
    </Card>
  );
}

/** Seconds since the sign-in; none if that is not known. */
function openFor(row: Row, { as_of }: ResolvedRange): number {
  const since = momentOf(row, "login_time");
  return since === null ? 0 : (Date.parse(as_of) - Date.parse(since)) / 1000;
}

function Agent({ name, isForgotten }: { name: string; isForgotten: boolean }) {
  const { t } = useTranslation("overview");
  return (
    <>
      <ReportLink to={openSessions(browserZone(), signedInAs([name]))}>{name}</ReportLink>
      {isForgotten && (
        <Text size="xs">
          <Sign icon={IconAlertTriangle} tone="bad" words={t("open.forgotten")} />
        </Text>
      )}
    </>
  );
}
