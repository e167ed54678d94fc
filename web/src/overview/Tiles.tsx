/** The figures at the top. Each number is a link to what it counts. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import type { GroupsAnswer } from "../report/types";
import { agentsBySignIns, attempts, failures, forced, groupedBy, openSessions, signIns } from "./definitions";
import { groupsOf, rowsOf } from "./questions";
import { Aside, Tile } from "./Tile";

const DAY = { preset: "last_24_hours" };

export function SignedInTile() {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const sessions = openSessions(browserZone());
  const agents = groupedBy("agent", sessions);
  const asked = [useQuery(groupsOf(agents, 0)), useQuery(rowsOf(sessions, 0))] as const;
  const [persons, rows] = asked.map(({ data }) => data?.total ?? 0) as [number, number];
  return (
    <Tile
      to={agents}
      label={t("now.title")}
      asked={asked}
      figure={format.number(persons)}
      beside={
        <>
          {t("now.agents", { count: persons })} · <Aside to={sessions}>{t("now.sessions", { count: rows, shown: format.number(rows) })}</Aside>
        </>
      }
    />
  );
}

export function SignInTiles() {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const zone = browserZone();
  const all = groupedBy("outcome", attempts(zone, DAY));
  const agents = groupedBy("agent", signIns(zone, DAY));
  const [outcomes, persons] = [useQuery(groupsOf(all, 10)), useQuery(groupsOf(agents, 0))];
  const failed = counted(outcomes.data, "outcome", "failure");
  const by = persons.data?.total ?? 0;
  return (
    <>
      <Tile
        to={signIns(zone, DAY)}
        label={t("signIns.tile")}
        asked={[outcomes, persons]}
        figure={format.number(counted(outcomes.data, "outcome", "success"))}
        beside={<Aside to={agents}>{t("signIns.of", { count: by, shown: format.number(by) })}</Aside>}
      />
      <Tile
        to={failures(zone, DAY)}
        label={t("signIns.failures")}
        asked={[outcomes]}
        figure={format.number(failed)}
        beside={<Aside to={all}>{t("signIns.share", { share: format.percent(failed / Math.max(1, counted(outcomes.data))) })}</Aside>}
      />
    </>
  );
}

export function ForcedTile() {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const definition = forced(browserZone());
  const split = groupedBy("activity", definition);
  const asked = useQuery(groupsOf(split, 10));
  const shown = (activity: string): string => format.number(counted(asked.data, "activity", activity));
  return (
    <Tile
      to={definition}
      label={t("forced.tile")}
      asked={[asked]}
      figure={format.number(counted(asked.data))}
      beside={<Aside to={split}>{t("forced.split", { ins: shown("forced_sign_in"), outs: shown("forced_sign_out") })}</Aside>}
    />
  );
}

export function DormantTile() {
  const { t } = useTranslation("overview");
  const format = useFormat();
  const zone = browserZone();
  const all = agentsBySignIns(zone, "last_30_days", true);
  // Whoever has signed in is a group either way: the others are what the directory adds.
  const asked = [useQuery(groupsOf(all, 0)), useQuery(groupsOf(agentsBySignIns(zone, "last_30_days", false), 0))] as const;
  const [everybody, active] = asked.map(({ data }) => data?.total ?? 0) as [number, number];
  return <Tile to={all} label={t("dormant.tile")} asked={asked} figure={format.number(Math.max(0, everybody - active))} beside={t("dormant.of")} />;
}

/** How many rows the groups have: those of a value, or all. */
function counted(answer: GroupsAnswer | undefined, key?: string, value?: string): number {
  const wanted = (answer?.groups ?? []).filter(({ keys }) => key === undefined || (keys as Record<string, unknown>)[key] === value);
  return wanted.reduce((sum, { measures }) => sum + Number((measures as Record<string, unknown>).count ?? 0), 0);
}
