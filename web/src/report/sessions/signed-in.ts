/**
 * Signed-in time as a table: agents down, days across, with totals.
 *
 * What is shown adds up to the second: the time of an agent on a day is rounded to whole seconds, and every total is the sum of the
 * cells that are shown, so whoever adds them up by hand comes to the same. The file that is downloaded has the fractions; its sums can
 * differ by as much as rounding takes or gives, at most half a second for each cell.
 */
import { civilAt, momentOf, padded } from "../../i18n/clock";
import type { ResolvedRange, SignedInAnswer } from "../types";

type Day = SignedInAnswer["days"][number];

/** The time of an agent on a day. */
export interface Cell {
  /** Whole ones. */
  seconds: number;
  isOpen: boolean;
  isInferred: boolean;
}

interface AgentTime {
  key: string;
  name: string;
  seconds: number;
  days: ReadonlyMap<string, Cell>;
}

export interface Times {
  days: readonly string[];
  agents: readonly AgentTime[];
  /** Of all agents, by day. */
  sums: ReadonlyMap<string, number>;
  seconds: number;
  hasOpen: boolean;
  hasInferred: boolean;
}

/** Most days that a table has columns for. */
export const MAX_DAYS = 62;

export function tableOf(rows: readonly Day[]): Times {
  const agents = new Map<string, { key: string; name: string; seconds: number; days: Map<string, Cell> }>();
  const sums = new Map<string, number>();
  let all = 0;
  for (const row of rows) {
    const seconds = Math.round(row.seconds);
    const agent = agents.get(row.agent) ?? { key: row.agent, name: row.agent_name ?? row.agent, seconds: 0, days: new Map<string, Cell>() };
    agents.set(row.agent, agent);
    agent.days.set(row.day, { seconds, isOpen: row.open, isInferred: row.inferred });
    agent.seconds += seconds;
    sums.set(row.day, (sums.get(row.day) ?? 0) + seconds);
    all += seconds;
  }
  const byName = [...agents.values()].sort((one, other) => one.name.localeCompare(other.name));
  const hasOpen = rows.some(({ open }) => open);
  const hasInferred = rows.some(({ inferred }) => inferred);
  return { days: [...sums.keys()].sort(), agents: byName, sums, seconds: all, hasOpen, hasInferred };
}

/** Where a day begins later or ends earlier than the calendar's, because the range does, or because nothing more is known yet. */
export function partOf(day: string, range: ResolvedRange, zone: string): { from: string | null; to: string | null } {
  const begin = momentOf(`${day}T00:00`, zone, "earlier");
  const end = momentOf(`${dayAfter(day)}T00:00`, zone, "earlier");
  if (begin === null || end === null) return { from: null, to: null };
  const [from, to] = [Date.parse(range.from), Math.min(Date.parse(range.to), Date.parse(range.as_of))];
  return {
    from: from > begin && dayOf(from, zone) === day ? range.from : null,
    to: to < end && dayOf(to, zone) === day && to > begin ? new Date(to).toISOString() : null,
  };
}

function dayOf(at: number, zone: string): string {
  const { year, month, day } = civilAt(at, zone);
  return `${String(year).padStart(4, "0")}-${padded(month)}-${padded(day)}`;
}

function dayAfter(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}
