/** Agents of the directory who have not signed in for a month. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import type { Group } from "../report/types";
import { useWho } from "../session/session";
import { Moment } from "../ui/Moment";
import { Card, Nothing } from "./Card";
import { agentsBySignIns, everybodyInDirectory, signIns, signedInAs } from "./definitions";
import classes from "./overview.module.css";
import { groupsOf } from "./questions";
import { ReportLink } from "./ReportLink";
import { Rows } from "./Rows";

const LONG = "last_90_days";

export function DormantAgents() {
  const { t } = useTranslation("overview");
  const zone = browserZone();
  const definition = agentsBySignIns(zone, "last_30_days", true);
  // The fewest sign-ins come first: those without any, if there are some.
  const asked = useQuery(groupsOf(definition, 5));
  const names = asked.data?.groups.filter(({ measures }) => told(measures, "count") === 0).map(nameOf) ?? [];
  // When it was instead, as far back as is quick to tell.
  const before = useQuery({ ...groupsOf(agentsBySignIns(zone, LONG, false, names), 5), enabled: names.length > 0 });
  const lastOf = (name: string): string | null => {
    const last = told(before.data?.groups.find((group) => nameOf(group) === name)?.measures, "last");
    return typeof last === "string" ? last : null;
  };
  return (
    <Card title={t("dormant.title")} about={t("dormant.of")} asked={asked} height="low" all={<ReportLink to={definition}>{t("dormant.all")}</ReportLink>}>
      {() =>
        names.length === 0 ? (
          <Nobody />
        ) : (
          <Rows
            label={t("dormant.title")}
            rows={names}
            keyOf={(name) => name}
            columns={[
              { label: t("dormant.agent"), cell: (name) => <ReportLink to={ofAgent(zone, name)}>{name}</ReportLink> },
              {
                label: t("dormant.last"),
                cell: (name) => <Moment at={lastOf(name)} otherwise={before.data === undefined ? "…" : t("dormant.never")} />,
              },
            ]}
          />
        )
      }
    </Card>
  );
}

/** Nobody is missing: since all have signed in, or since the directory has nobody. */
function Nobody() {
  const { t } = useTranslation("overview");
  const { can } = useWho();
  const { data } = useQuery(groupsOf(everybodyInDirectory(browserZone()), 0));
  if (data === undefined) return <Nothing what="…" />;
  if (data.total > 0) return <Nothing what={t("dormant.empty")} />;
  return (
    <>
      <Nothing what={t("dormant.noDirectory")} />
      {can("directory view") && (
        <Link to="/admin/directory" className={classes.link}>
          {t("dormant.directory")}
        </Link>
      )}
    </>
  );
}

function ofAgent(zone: string, name: string) {
  const { filters, ...rest } = signIns(zone, { preset: LONG });
  return { ...rest, filters: [...filters, signedInAs([name])] };
}

function nameOf({ keys }: Group): string {
  return String((keys as Record<string, unknown>).agent);
}

function told(measures: Group["measures"] | undefined, name: string): unknown {
  return (measures as Record<string, unknown> | undefined)?.[name];
}
