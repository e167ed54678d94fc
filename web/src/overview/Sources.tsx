/** How the sources are: whether they send, and how far what they have sent goes. */
import { type Icon, IconAlertTriangle, IconCircleCheck, IconClockExclamation } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import type { Definition, Filter, SourceHealth } from "../report/types";
import { useWho } from "../session/session";
import { Moment } from "../ui/Moment";
import { Card, Nothing } from "./Card";
import { attempts, integrationFailures, openSessions } from "./definitions";
import classes from "./overview.module.css";
import { rowsOf } from "./questions";
import { ReportLink } from "./ReportLink";
import { Rows } from "./Rows";

export function Sources({ asks }: { asks: "login_logout" | "sign_in_log" }) {
  const { t } = useTranslation("overview");
  const { can } = useWho();
  const format = useFormat();
  const zone = browserZone();
  // Every answer tells how its sources are; this one asks for nothing else.
  const asked = useQuery(rowsOf(asks === "login_logout" ? openSessions(zone) : attempts(zone, { preset: "last_hour" }), 0));
  const seesFailures = can("audit_logs view");
  // What went wrong, for whoever may see that; else what came.
  const behind = (source: string): Definition => {
    if (seesFailures) return integrationFailures(zone, source);
    const only: Filter = { field: "source", op: "in", values: [source] };
    return asks === "login_logout" ? openSessions(zone, only) : attempts(zone, { preset: "last_24_hours" }, only);
  };
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
              {
                label: t("sources.source"),
                cell: ({ source }) => (
                  <ReportLink to={behind(source)} label={`${source}: ${t(seesFailures ? "sources.failures" : "sources.rows")}`}>
                    {source}
                  </ReportLink>
                ),
              },
              { label: t("sources.state"), cell: (source) => <SourceState source={source} /> },
              { label: t("sources.newest"), cell: ({ newest_event_time }) => <Moment at={newest_event_time} /> },
              { label: t("sources.rejected"), cell: ({ rejected }) => number(rejected), numeric: true },
            ]}
          />
        )
      }
    </Card>
  );
}

function SourceState({ source }: { source: SourceHealth }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const { silent_seconds: silent, clock_ahead_seconds: ahead, behind_seconds: late } = source;
  if (typeof silent === "number") return <Sign icon={IconAlertTriangle} tone="bad" words={t("sources.silent", { time: format.roughly(silent) })} />;
  if (typeof ahead === "number") return <Sign icon={IconAlertTriangle} tone="bad" words={t("sources.ahead", { time: format.roughly(ahead) })} />;
  if (typeof late === "number") return <Sign icon={IconClockExclamation} tone="dimmed" words={t("sources.behind", { time: format.roughly(late) })} />;
  return <Sign icon={IconCircleCheck} tone="good" words={t("sources.fine")} />;
}

function Sign({ icon: Shape, tone, words }: { icon: Icon; tone: "good" | "bad" | "dimmed"; words: string }) {
  return (
    <span className={classes.state} data-tone={tone}>
      <Shape size={16} aria-hidden className={classes.sign} />
      {words}
    </span>
  );
}
