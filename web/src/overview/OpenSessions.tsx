/** The sessions that have been open for the longest: those that somebody has probably forgotten. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import { Moment } from "../ui/Moment";
import { Card, Nothing } from "./Card";
import { openSessions, signedInAs } from "./definitions";
import { rowsOf } from "./questions";
import { ReportLink } from "./ReportLink";
import { Rows, momentOf, textOf } from "./Rows";

const COLUMNS = ["session_key", "agent", "login_time", "channel"];

export function OpenSessions() {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const zone = browserZone();
  const definition = openSessions(zone);
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
              {
                label: t("open.agent"),
                cell: (row) => <ReportLink to={openSessions(zone, signedInAs([textOf(row, "agent")]))}>{textOf(row, "agent")}</ReportLink>,
              },
              { label: t("open.channel"), cell: (row) => textOf(row, "channel") },
              { label: t("open.since"), cell: (row) => <Moment at={momentOf(row, "login_time")} /> },
              {
                label: t("open.for"),
                cell: ({ login_time: since }) =>
                  typeof since === "string" ? format.roughly((Date.parse(range.as_of) - Date.parse(since)) / 1000) : "–",
                numeric: true,
              },
            ]}
          />
        )
      }
    </Card>
  );
}
