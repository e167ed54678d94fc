/** How the sources are: whether they send, and how far what they have sent goes. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import { hasEvents } from "../report/types";
import { useWho } from "../session/session";
import { Moment } from "../ui/Moment";
import { Card, Nothing } from "./Card";
import { attempts, openSessions, sentBy } from "./definitions";
import classes from "./overview.module.css";
import { rowsOf } from "./questions";
import { ReportLink } from "./ReportLink";
import { Rows } from "./Rows";
import { SourceState } from "./SourceState";

export function Sources({ asks }: { asks: "login_logout" | "sign_in_log" }) {
  const { t } = useTranslation("overview");
  const { can } = useWho();
  const format = useFormat();
  const zone = browserZone();
  // Every answer tells how its sources are; this one asks for nothing else.
  const asked = useQuery(rowsOf(asks === "login_logout" ? openSessions(zone) : attempts(zone, { preset: "last_hour" }), 0));
  const number = (count: number | null | undefined): string => (typeof count === "number" ? format.number(count) : "–");
  const links = can("sources view", "users view") ? (
    <Link to="/admin/sources" className={classes.link}>
      {t("sources.all")}
    </Link>
  ) : undefined;
  return (
    <Card title={t("sources.title")} about={t("sources.about")} asked={asked} height="low" all={links}>
      {({ watermark: { sources } }) =>
        sources.length === 0 ? (
          <Nothing what={t("sources.empty")} />
        ) : (
          <Rows
            label={t("sources.title")}
            rows={sources}
            keyOf={({ source }) => source}
            columns={[
              { label: t("sources.source"), cell: ({ source }) => <SourceName source={source} otherwise={asks} /> },
              { label: t("sources.state"), cell: (source) => <SourceState source={source} />, wraps: true },
              { label: t("sources.newest"), cell: (source) => <Moment at={hasEvents(source) ? source.newest_event_time : null} /> },
              { label: t("sources.rejected"), cell: ({ rejected }) => number(rejected), numeric: true },
            ]}
          />
        )
      }
    </Card>
  );
}

/** Leads to where the same is told of sources, and more; for whoever may not see that, to what the source has sent. */
function SourceName({ source, otherwise }: { source: string; otherwise: "login_logout" | "sign_in_log" }) {
  const { t } = useTranslation("overview");
  const { can } = useWho();
  if (can("sources view")) {
    return (
      <Link to="/admin/sources" className={classes.link} aria-label={t("sources.inList", { source })}>
        {source}
      </Link>
    );
  }
  const report = can("activity_audit view") ? "activity_audit" : can("sign_in_log view") ? "sign_in_log" : otherwise;
  return (
    <ReportLink to={sentBy(browserZone(), source, report)} label={t("sources.sent", { source })}>
      {source}
    </ReportLink>
  );
}
