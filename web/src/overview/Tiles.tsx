/** The figures at the top. Each is a link to what it counts. */
import { Skeleton, Text } from "@mantine/core";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asFailure, explain } from "../api/failure";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import type { Definition, GroupsAnswer } from "../report/types";
import { agentsBySignIns, attempts, failures, forced, openSessions, signIns } from "./definitions";
import classes from "./overview.module.css";
import { groupsOf } from "./questions";
import { ReportLink } from "./ReportLink";

const DAY = { preset: "last_24_hours" };

export function SignedInTile() {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const definition = openSessions(browserZone());
  // One group, since all are of one kind: what is told of it is told of all.
  const asked = useQuery(groupsOf({ ...definition, group_by: [{ field: "kind" }], measures: ["count", "agents"] }, 1));
  const agents = measure(asked.data, "agents");
  const sessions = measure(asked.data, "count");
  return (
    <Tile
      to={definition}
      label={t("now.title")}
      asked={asked}
      figure={format.number(agents)}
      beside={t("now.beside", { agents: t("now.agents", { count: agents }), sessions: t("now.sessions", { count: sessions, shown: format.number(sessions) }) })}
    />
  );
}

export function SignInTiles() {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const zone = browserZone();
  const asked = useQuery(groupsOf({ ...attempts(zone, DAY), group_by: [{ field: "outcome" }], measures: ["count", "agents"] }, 10));
  const success = measure(asked.data, "count", "outcome", "success");
  const failure = measure(asked.data, "count", "outcome", "failure");
  const agents = measure(asked.data, "agents", "outcome", "success");
  return (
    <>
      <Tile
        to={signIns(zone, DAY)}
        label={t("signIns.tile")}
        asked={asked}
        figure={format.number(success)}
        beside={t("signIns.of", { count: agents, shown: format.number(agents) })}
      />
      <Tile
        to={failures(zone, DAY)}
        label={t("signIns.failures")}
        asked={asked}
        figure={format.number(failure)}
        beside={t("signIns.share", { share: format.percent(failure / Math.max(1, success + failure)) })}
      />
    </>
  );
}

export function ForcedTile() {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const definition = forced(browserZone());
  const asked = useQuery(groupsOf({ ...definition, group_by: [{ field: "activity" }], measures: ["count"] }, 10));
  const ins = measure(asked.data, "count", "activity", "forced_sign_in");
  const outs = measure(asked.data, "count", "activity", "forced_sign_out");
  return (
    <Tile
      to={definition}
      label={t("forced.tile")}
      asked={asked}
      figure={format.number(ins + outs)}
      beside={t("forced.split", { ins: format.number(ins), outs: format.number(outs) })}
    />
  );
}

export function DormantTile() {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const zone = browserZone();
  const all = agentsBySignIns(zone, "last_30_days", true);
  const everybody = useQuery(groupsOf(all, 0));
  // Whoever has signed in is a group either way: the others are what the directory adds.
  const active = useQuery(groupsOf(agentsBySignIns(zone, "last_30_days", false), 0));
  const asked = active.data === undefined ? active : everybody;
  const idle = (everybody.data?.total ?? 0) - (active.data?.total ?? 0);
  return <Tile to={all} label={t("dormant.tile")} asked={asked} figure={format.number(Math.max(0, idle))} beside={t("dormant.of")} />;
}

interface TileProps {
  to: Definition;
  label: string;
  asked: UseQueryResult<GroupsAnswer>;
  figure: ReactNode;
  beside: string;
}

function Tile({ to, label, asked: { data, error }, figure, beside }: TileProps) {
  const { t } = useTranslation();
  return (
    <ReportLink to={to} className={classes.tile}>
      <Text span size="sm" c="dimmed" className={classes.tileLabel}>
        {label}
      </Text>
      {data !== undefined && (
        <>
          <span className={classes.figure}>{figure}</span>
          <Text span size="xs" c="dimmed">
            {beside}
          </Text>
        </>
      )}
      {data === undefined && error === null && <Skeleton height="3.1rem" width="60%" />}
      {data === undefined && error !== null && (
        <Text span size="xs" className={classes.bad}>
          {explain(asFailure(error), t).what}
        </Text>
      )}
    </ReportLink>
  );
}

/** A measure of the group with this key, or of the only one; none is none. */
export function measure(answer: GroupsAnswer | undefined, name: string, key?: string, value?: string): number {
  const found = answer?.groups.find(({ keys }) => key === undefined || (keys as Record<string, unknown>)[key] === value);
  const told = (found?.measures as Record<string, unknown> | undefined)?.[name];
  return typeof told === "number" ? told : 0;
}
