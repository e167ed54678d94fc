/** Agents as a CSV file that the directory imports (RFC 4180). */
import type { Agent } from "./queries";

const COLUMNS = ["employee_id", "agent_name", "hierarchy", "routing_profile", "time_zone", "tags", "active", "accounts"] as const;

export type AgentRow = Pick<Agent, (typeof COLUMNS)[number]>;

export const EXAMPLE: AgentRow = {
  employee_id: "4711",
  agent_name: "Lind, Mara",
  hierarchy: "EMEA / Stockholm / Billing",
  routing_profile: "Billing",
  time_zone: "Europe/Stockholm",
  tags: { site: "STO", team: "A" },
  active: true,
  accounts: [
    { source: "keycloak", account: "mara.lind" },
    { source: null, account: "SIP/8007" },
  ],
};

export function agentsCsv(agents: readonly AgentRow[]): string {
  const lines = [[...COLUMNS], ...agents.map(cells)];
  return lines.map((line) => `${line.map(quoted).join(",")}\r\n`).join("");
}

function cells(agent: AgentRow): string[] {
  const tags = Object.entries(agent.tags).map(([key, value]) => `${key}=${value}`);
  // Without a source the colon still stands, as the account may have one of its own.
  const accounts = agent.accounts.map(({ source, account }) => `${source ?? ""}:${account}`);
  return [
    agent.employee_id,
    agent.agent_name ?? "",
    agent.hierarchy ?? "",
    agent.routing_profile ?? "",
    agent.time_zone ?? "",
    joined(tags),
    String(agent.active),
    joined(accounts),
  ];
}

function joined(parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll(";", "\\;")).join(";");
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
