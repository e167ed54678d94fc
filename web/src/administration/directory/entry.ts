/** An agent as somebody edits it: rows of tags and accounts, and empty texts for what is missing. */
import type { Schemas } from "../../api/client";
import type { Agent } from "./queries";

export interface TagEntry {
  key: string;
  value: string;
}

export interface AccountEntry {
  /** Empty if it is the agent's in any source. */
  source: string;
  account: string;
}

export interface AgentEntry {
  employee_id: string;
  agent_name: string;
  hierarchy: string;
  routing_profile: string;
  time_zone: string;
  active: boolean;
  tags: readonly TagEntry[];
  accounts: readonly AccountEntry[];
}

export const NEW_ENTRY: AgentEntry = {
  employee_id: "",
  agent_name: "",
  hierarchy: "",
  routing_profile: "",
  time_zone: "",
  active: true,
  tags: [],
  accounts: [],
};

export function entryOf(agent: Agent): AgentEntry {
  return {
    employee_id: agent.employee_id,
    agent_name: agent.agent_name ?? "",
    hierarchy: agent.hierarchy ?? "",
    routing_profile: agent.routing_profile ?? "",
    time_zone: agent.time_zone ?? "",
    active: agent.active,
    tags: Object.entries(agent.tags).map(([key, value]) => ({ key, value })),
    accounts: agent.accounts.map(({ source, account }) => ({ source: source ?? "", account })),
  };
}

/** What is sent. Rows that nothing was entered in are left out. */
export function agentOf({ tags, accounts, ...entry }: AgentEntry): Schemas["NewAgent"] {
  const written = tags.filter(({ key, value }) => key.trim() !== "" || value.trim() !== "");
  const named = accounts.filter(({ source, account }) => source.trim() !== "" || account.trim() !== "");
  return {
    ...entry,
    tags: Object.fromEntries(written.map(({ key, value }) => [key.trim(), value.trim()])),
    accounts: named.map(({ source, account }) => ({ source: source.trim() === "" ? null : source.trim(), account: account.trim() })),
  };
}
