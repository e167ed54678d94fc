/** Who was signed in or out by force, and by whom. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { Moment } from "../ui/Moment";
import { Card, Nothing } from "./Card";
import { forced, signedInAs } from "./definitions";
import { rowsOf } from "./questions";
import { ReportLink } from "./ReportLink";
import { Rows, momentOf, textOf } from "./Rows";

const COLUMNS = ["seq", "agent", "event_time", "activity", "triggered_by"];

export function ForcedOperations() {
  const { t } = useTranslation("overview");
  const definition = forced(browserZone());
  const asked = useQuery(rowsOf({ ...definition, columns: COLUMNS, sort: [{ field: "event_time", dir: "desc" }] }, 5));
  return (
    <Card
      title={t("forced.title")}
      about={t("forced.about")}
      asked={asked}
      height="low"
      all={<ReportLink to={definition}>{t("forced.all")}</ReportLink>}
    >
      {({ rows }) =>
        rows.length === 0 ? (
          <Nothing what={t("forced.empty")} />
        ) : (
          <Rows
            label={t("forced.title")}
            rows={rows}
            keyOf={({ seq }) => (typeof seq === "number" ? String(seq) : "")}
            columns={[
              { label: t("forced.whom"), cell: (row) => <Whom name={textOf(row, "agent")} /> },
              { label: t("forced.what"), cell: ({ activity }) => t(activity === "forced_sign_in" ? "forced.forced_sign_in" : "forced.forced_sign_out") },
              { label: t("forced.by"), cell: (row) => textOf(row, "triggered_by") },
              { label: t("forced.when"), cell: (row) => <Moment at={momentOf(row, "event_time")} /> },
            ]}
          />
        )
      }
    </Card>
  );
}

function Whom({ name }: { name: string }) {
  return <ReportLink to={forced(browserZone(), signedInAs([name]))}>{name}</ReportLink>;
}
