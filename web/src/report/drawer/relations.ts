/** What a row is related to, and in which report that stands. Asks nothing itself. */
import { type Filter, type Range, type ReportKind, type Row } from "../types";

export interface Relation {
  name: "sameSession" | "sameInstance" | "samePerson" | "sameAgent";
  kind: ReportKind;
  range: Range;
  filters: Filter[];
}

export interface Related {
  relations: Relation[];
  /** The reports in which more would stand, were they not barred to the reader. */
  barred: ReportKind[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What a row says of what it belongs to, in the fullest of the reports that one may view. */
export function relationsOf(row: Row, mayView: (kind: ReportKind) => boolean): Related {
  const found: Related = { relations: [], barred: [] };
  const span = spanOf(row);
  if (span === null) return found;
  const add = (name: Relation["name"], kinds: readonly ReportKind[], margin: number, filters: Filter[]): void => {
    const kind = kinds.find(mayView);
    const range = { from: new Date(span.from - margin).toISOString(), to: new Date(span.to + margin).toISOString() };
    if (kind !== undefined) found.relations.push({ name, kind, range, filters });
    // What another report has of it is not all of it.
    const [fullest] = kinds;
    if (fullest !== undefined && kind !== fullest && !found.barred.includes(fullest)) found.barred.push(fullest);
  };
  const [session, instance, agent] = [textIn(row, "session_id"), textIn(row, "instance"), agentOf(row)];
  // Signs of life stand in the activity audit alone.
  if (session !== null) add("sameSession", ["activity_audit", "sign_in_log", "access_log"], 3 * DAY_MS, [isOf("session_id", session), ...sourceOf(row)]);
  if (instance !== null) add("sameInstance", ["activity_audit"], 30 * DAY_MS, [isOf("instance", instance)]);
  const person = personOf(row);
  if (person !== null) add("samePerson", ["activity_audit"], 12 * HOUR_MS, [person]);
  if (agent !== null) add("sameAgent", ["sign_in_log", "access_log", "login_logout"], 12 * HOUR_MS, [agent]);
  return found;
}

/** From when to when it happened, as far as its row tells. */
function spanOf(row: Row): { from: number; to: number } | null {
  const moments = ["event_time", "login_time", "logout_time", "last_sign_of_life", "ended_no_later_than"]
    .map((name) => Date.parse(textIn(row, name) ?? ""))
    .filter((moment) => !Number.isNaN(moment));
  return moments.length === 0 ? null : { from: Math.min(...moments), to: Math.max(...moments) };
}

/** What the same person did: by what tells best who did it, else by whose row it is. */
function personOf(row: Row): Filter | null {
  const field = ["triggered_by_id", "triggered_by_email", "triggered_by_name"].find((name) => textIn(row, name) !== null);
  if (field !== undefined) return isOf(field, textIn(row, field) ?? "");
  const employee = textIn(row, "employee_id");
  return employee === null ? null : isOf("triggered_by_id", employee);
}

/** When the agent whose row it is, or else who did it, was signed in. A filter on the agent finds all of their accounts. */
function agentOf(row: Row): Filter | null {
  const field = ["account", "agent", "employee_id"].find((name) => textIn(row, name) !== null);
  if (field !== undefined) return isOf(field, textIn(row, field) ?? "");
  const person = textIn(row, "triggered_by_id");
  // Who works in Rollcall itself is no agent.
  return person === null || textIn(row, "source") === "rollcall" ? null : isOf("agent", person);
}

function sourceOf(row: Row): Filter[] {
  const source = textIn(row, "source");
  return source === null ? [] : [isOf("source", source)];
}

function isOf(field: string, value: string): Filter {
  return { field, op: "in", values: [value] };
}

function textIn(row: Row, name: string): string | null {
  const value = row[name];
  return typeof value === "string" && value !== "" ? value : null;
}
