/** Signed-in time as a table: agents down, days across. */
import type { SignedInAnswer } from "../types";

type Day = SignedInAnswer["days"][number];

export interface AgentTime {
  key: string;
  name: string;
  seconds: number;
  days: ReadonlyMap<string, Day>;
}

/** Most days that a table has columns for. */
export const MAX_DAYS = 62;

export function tableOf(rows: readonly Day[]): { days: string[]; agents: AgentTime[] } {
  const agents = new Map<string, { key: string; name: string; seconds: number; days: Map<string, Day> }>();
  const days = new Set<string>();
  for (const row of rows) {
    days.add(row.day);
    const agent = agents.get(row.agent) ?? { key: row.agent, name: row.agent_name ?? row.agent, seconds: 0, days: new Map<string, Day>() };
    agents.set(row.agent, agent);
    agent.days.set(row.day, row);
    agent.seconds += row.seconds;
  }
  const byName = [...agents.values()].sort((one, other) => one.name.localeCompare(other.name));
  return { days: [...days].sort(), agents: byName };
}
