/** Who is signed in, by routing profile. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import type { Definition, Facet } from "../report/types";
import { Card, Nothing } from "./Card";
import { allOthers, openSessions } from "./definitions";
import classes from "./overview.module.css";
import { facetsOf } from "./questions";
import { ReportLink } from "./ReportLink";

const FIELD = "routing_profile";

interface Share {
  name: string;
  rows: number;
  to: Definition;
}

export function SignedInNow() {
  const { t } = useTranslation("overview");
  const zone = browserZone();
  const asked = useQuery(facetsOf(openSessions(zone), [{ field: FIELD, top: 7 }]));
  return (
    <Card title={t("now.title")} about={t("now.by")} asked={asked} height="high" all={<ReportLink to={openSessions(zone)}>{t("now.all")}</ReportLink>}>
      {({ facets, total }) => (total === 0 ? <Nothing what={t("now.empty")} /> : <Shares facet={facets[0]} zone={zone} />)}
    </Card>
  );
}

function Shares({ facet, zone }: { facet: Facet | undefined; zone: string }) {
  const { t } = useTranslation("overview");
  const format = useFormat();
  if (facet === undefined) return null;
  const shares: Share[] = facet.values
    .filter(({ rows }) => rows > 0)
    .map(({ value, rows }) => ({ name: String(value), rows, to: openSessions(zone, { field: FIELD, op: "in", values: [String(value)] }) }));
  if (facet.others.rows > 0) shares.push({ name: t("now.others"), rows: facet.others.rows, to: openSessions(zone, ...allOthers(facet)) });
  if (facet.missing > 0) shares.push({ name: t("now.none"), rows: facet.missing, to: openSessions(zone, { field: FIELD, op: "is_null", values: [] }) });
  const most = Math.max(1, ...shares.map(({ rows }) => rows));
  return (
    <ul className={classes.shares}>
      {shares.map(({ name, rows, to }) => (
        <li key={name} className={classes.share}>
          <ReportLink to={to}>{name}</ReportLink>
          <span className={classes.shareRows}>{format.number(rows)}</span>
          <svg className={classes.shareBar} viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden>
            <rect width={(100 * rows) / most} height="1" />
          </svg>
        </li>
      ))}
    </ul>
  );
}
