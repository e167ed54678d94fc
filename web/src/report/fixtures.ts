/** Offers and answers for tests, small but shaped as the server's. */
import type { Answer, Field, KindOffer, Row, Session } from "./api-types";

const TEXT: Field["operators"] = ["in", "not_in", "contains", "prefix", "is_null"];
const ORDERED: Field["operators"] = ["in", "not_in", "gte", "lte", "is_null"];

export const SIGN_IN_LOG: KindOffer = {
  report: "sign_in_log",
  label: "Sign-in log",
  columns: [
    { name: "account", label: "Account", type: "text", operators: TEXT },
    { name: "event_time", label: "Operation time", type: "timestamp", operators: ORDERED },
    { name: "outcome", label: "Result", type: "text", words: { success: "Successful", failure: "Failed" }, operators: TEXT },
    { name: "source_ip", label: "Sign-in IP address", type: "text", operators: [...TEXT, "cidr"] },
  ],
  default_columns: ["account", "event_time", "outcome"],
  default_sort: [{ field: "event_time", dir: "desc" }],
  filters: ["account", "outcome"],
  presets: ["1_day", "3_days", "7_days"],
};

export const LOGIN_LOGOUT: KindOffer = {
  report: "login_logout",
  label: "Login/Logout report",
  columns: [
    { name: "agent", label: "Agent", type: "text", operators: TEXT },
    { name: "source_ip", label: "Source IP", type: "text", operators: [...TEXT, "cidr"] },
    { name: "login_time", label: "Login time", type: "timestamp", operators: ORDERED },
    { name: "logout_time", label: "Logout time", type: "timestamp", operators: ORDERED },
    { name: "duration", label: "Duration", type: "seconds", operators: ORDERED },
    { name: "end_reason", label: "End reason", type: "text", words: { signed_out: "Signed out", still_open: "Still open" }, operators: TEXT },
    { name: "open", label: "Open", type: "boolean", operators: ["in", "not_in", "is_null"] },
    { name: "attempt", label: "Attempt", type: "integer", operators: ORDERED },
  ],
  default_columns: ["agent", "login_time", "logout_time", "duration", "end_reason"],
  default_sort: [{ field: "login_time", dir: "desc" }],
  filters: ["agent"],
  presets: ["today", "yesterday"],
};

export const OFFERS: KindOffer[] = [SIGN_IN_LOG, LOGIN_LOGOUT];

/** A field of a kind that is known to be there. */
export function fieldOf(offer: KindOffer, name: string): Field {
  const field = offer.columns.find((column) => column.name === name);
  if (field === undefined) throw new Error(`${offer.report} has no field ${name}`);
  return field;
}

export const ROWS: Row[] = [
  {
    agent: "Mara Lind",
    login_time: "2026-11-20T08:59:58.12+01:00",
    logout_time: "2026-11-20T17:05:01+01:00",
    duration: 29_102.88,
    end_reason: "signed_out",
  },
  { agent: "Jonas Ek", login_time: "2026-11-20T22:00:00+01:00", logout_time: null, duration: null, end_reason: "still_open" },
];

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
    rows,
    total: rows.length,
    next_cursor: null,
    watermark: { complete_to: "2026-11-20T23:00:00Z", seq: 12, sources: [] },
    ...more,
  };
}

export const SESSION: Session = {
  session_id: "s1",
  user: { id: "u1", account: "mara", display_name: "Mara Lind" },
  restriction: null,
  impersonator: null,
  csrf_token: "token",
};
