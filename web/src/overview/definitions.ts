/**
 * The definitions behind the overview's figures. Each is what a figure counts and what its link opens, so that both say
 * the same.
 */
import type { Definition, Facet, Filter, GroupKey, Range } from "../report/types";

export const SPANS = ["last_24_hours", "last_7_days", "last_30_days"] as const;
export type Span = (typeof SPANS)[number];

const ATTEMPTS: Filter = { field: "activity", op: "in", values: ["sign_in", "forced_sign_in"] };
const FAILED: Filter = { field: "outcome", op: "in", values: ["failure"] };
const SUCCESSFUL: Filter = { field: "outcome", op: "in", values: ["success"] };
const NO_TIME: Range = { from: "1970-01-01T00:00:00Z", to: "1970-01-01T00:00:01Z" };

function made(report: Definition["report"], range: Range, time_zone: string, filters: Filter[]): Definition {
  return { report, range, time_zone, filters, sort: [] };
}

/** Sessions that have not ended, the oldest first. All of them reach into the last hour; the oldest span it. */
export function openSessions(zone: string, ...more: Filter[]): Definition {
  const filters: Filter[] = [{ field: "open", op: "in", values: ["true"] }, { field: "kind", op: "in", values: ["sign_in"] }, ...more];
  return { ...made("login_logout", { preset: "last_hour" }, zone, filters), spanning: true, sort: [{ field: "login_time", dir: "asc" }] };
}

/** What is left of a field's values besides those that are told, with as many rows. What has no value is told by itself. */
export function allOthers({ field, values, missing }: Facet): Filter[] {
  const others: Filter = { field, op: "not_in", values: values.map(({ value }) => String(value)) };
  return missing > 0 ? [others, { field, op: "contains", values: [""] }] : [others];
}

/** Attempts to sign in, whatever has become of them. */
export function attempts(zone: string, range: Range, ...more: Filter[]): Definition {
  return made("sign_in_log", range, zone, [ATTEMPTS, ...more]);
}

export function signIns(zone: string, range: Range): Definition {
  return made("sign_in_log", range, zone, [ATTEMPTS, SUCCESSFUL]);
}

export function failures(zone: string, range: Range): Definition {
  return made("sign_in_log", range, zone, [ATTEMPTS, FAILED]);
}

export function forced(zone: string, ...more: Filter[]): Definition {
  const filters: Filter[] = [{ field: "activity", op: "in", values: ["forced_sign_in", "forced_sign_out"] }, ...more];
  return made("sign_in_log", { preset: "last_7_days" }, zone, filters);
}

/** The rows of a definition by what they have in common, most of them first. */
export function groupedBy(field: string, definition: Definition): Definition {
  const group_sort: Definition["group_sort"] = [
    { field: "count", dir: "desc" },
    { field, dir: "asc" },
  ];
  return { ...definition, sort: [], group_by: [{ field }], measures: ["count"], group_sort };
}

/** Agents with their sign-ins, the fewest first; those of the directory without any too, if it is asked for. */
export function agentsBySignIns(zone: string, preset: string, withIdle: boolean, names: readonly string[] = []): Definition {
  const key: GroupKey & { empty?: true } = { field: "agent", ...(withIdle ? { empty: true as const } : {}) };
  const { filters, ...rest } = signIns(zone, { preset });
  return {
    ...rest,
    filters: names.length === 0 ? filters : [...filters, signedInAs(names)],
    group_by: [key],
    measures: ["count", "last"],
    group_sort: [
      { field: "count", dir: "asc" },
      { field: "agent", dir: "asc" },
    ],
  };
}

/** Those in the directory, as far as one sees them: of a time without events they alone are groups. */
export function everybodyInDirectory(zone: string): Definition {
  return { ...agentsBySignIns(zone, "last_hour", true), range: NO_TIME };
}

/** The rows of agents by their shown names. */
export function signedInAs(names: readonly string[]): Filter {
  return { field: "agent", op: "is", values: [...names] };
}

/** What has come from a source today. */
export function sentBy(zone: string, source: string, report: "activity_audit" | "sign_in_log" | "login_logout"): Definition {
  return made(report, { preset: "last_24_hours" }, zone, [{ field: "source", op: "in", values: [source] }]);
}
