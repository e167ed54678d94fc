/** Offers and answers for tests, small but shaped as the server's. */
import type { Answer, Field, KindOffer, Row } from "./types";

const TEXT = ["in", "not_in", "contains", "prefix", "is_null", "is"];
const ORDERED = ["in", "not_in", "gte", "lte", "is_null"];

/** A field as the server offers it. */
function field(name: string, label: string, type: Field["type"], operators: string[], words?: Record<string, string>): Field {
  const more = words === undefined ? {} : { words };
  return { name, label, type, operators, meaning: `what ${label} means`, has_facet: type === "text", makes_groups: true, ...more };
}

const MEASURES: KindOffer["measures"] = [
  { name: "count", label: "Rows", type: "integer", meaning: "how many rows" },
  { name: "duration_sum", label: "Total duration", type: "seconds", meaning: "all durations" },
];

export const SIGN_IN_LOG: KindOffer = {
  report: "sign_in_log",
  label: "Sign-in log",
  columns: [
    field("account", "Account", "text", TEXT),
    field("event_time", "Operation time", "timestamp", ORDERED),
    field("outcome", "Result", "text", TEXT, { success: "Successful", failure: "Failed" }),
    field("source_ip", "Sign-in IP address", "text", [...TEXT, "cidr"]),
    field("event_id", "Event ID", "uuid", TEXT),
  ],
  default_columns: ["account", "event_time", "outcome"],
  default_sort: [{ field: "event_time", dir: "desc" }],
  default_clock: "report",
  filters: ["account", "outcome"],
  measures: MEASURES.slice(0, 1),
  presets: ["1_day", "3_days", "7_days"],
};

export const LOGIN_LOGOUT: KindOffer = {
  report: "login_logout",
  label: "Login/Logout report",
  columns: [
    field("agent", "Agent", "text", TEXT),
    field("source_ip", "Source IP", "text", [...TEXT, "cidr"]),
    field("login_time", "Login time", "timestamp", ORDERED),
    field("logout_time", "Logout time", "timestamp", ORDERED),
    field("duration", "Duration", "seconds", ORDERED),
    field("end_reason", "End reason", "text", TEXT, { signed_out: "Signed out", still_open: "Still open" }),
    field("open", "Open", "boolean", ["in", "not_in", "is_null"]),
    field("attempt", "Attempt", "integer", ORDERED),
    field("session_key", "Session key", "uuid", TEXT),
  ],
  default_columns: ["agent", "login_time", "logout_time", "duration", "end_reason"],
  default_sort: [{ field: "login_time", dir: "desc" }],
  default_clock: "report",
  filters: ["agent"],
  measures: MEASURES,
  presets: ["today", "yesterday"],
};

/** A field of a kind that is known to be there. */
export function fieldOf(offer: KindOffer, name: string): Field {
  const found = offer.columns.find((column) => column.name === name);
  if (found === undefined) throw new Error(`${offer.report} has no field ${name}`);
  return found;
}

export function answerOf(rows: Row[], more: Partial<Answer> = {}): Answer {
  return {
    report: "login_logout",
    range: {
      from: "2026-11-20T00:00:00+01:00",
      to: "2026-11-21T00:00:00+01:00",
      as_of: "2026-11-21T00:00:00+01:00",
      time_zone: "Europe/Stockholm",
      words: "Fri 20 Nov 2026 00:00 to Sat 21 Nov 2026 00:00 (Europe/Stockholm)",
    },
    columns: LOGIN_LOGOUT.default_columns.map((name) => fieldOf(LOGIN_LOGOUT, name)),
    rows: rows as unknown as Answer["rows"],
    total: rows.length,
    next_cursor: null,
    watermark: { complete: true, complete_to: "2026-11-20T23:00:00Z", seq: 12, sources: [] },
    ...more,
  };
}
