/**
 * The types of the HTTP API (`/api/v1`) that the page uses, written by hand.
 *
 * A change of the API has to be made here too; nothing else in the page describes what goes over the wire.
 */

/** The kinds of report of this version. */
export type ReportKind =
  | "sign_in_log"
  | "login_logout"
  | "access_log"
  | "activity_log"
  | "activity_audit"
  | "webhook_failures"
  | "integration_failures";

/** How a field is compared. */
export type Operator = "in" | "not_in" | "contains" | "prefix" | "under" | "is_null" | "gte" | "lte" | "cidr";

/** A preset, or bounds: dates or civil times in the report's zone, or RFC 3339 instants. A date alone as `to` includes that day. */
export type Range = { preset: string } | { from?: string; to?: string };

/** A condition on one field. Every type's values may be sent as text. */
export interface Filter {
  field: string;
  op: Operator;
  values: string[];
}

export interface SortKey {
  field: string;
  dir: "asc" | "desc";
}

/** What is asked: the same value in the address, the API and the command line. */
export interface Definition {
  report: ReportKind;
  range: Range;
  time_zone: string;
  filters: Filter[];
  /** Only for `login_logout`: also the sessions that cover the whole range. */
  spanning?: boolean;
  clock?: "report" | "utc";
  /** The kind's own if left out. */
  columns?: string[];
  /** The kind's own if empty. */
  sort: SortKey[];
}

export type ColumnType = "text" | "timestamp" | "seconds" | "integer" | "boolean" | "uuid" | "map";

/** A column of an answer. */
export interface Column {
  name: string;
  label: string;
  type: ColumnType;
  meaning?: string;
  /** How people read the values of a closed vocabulary. */
  words?: Record<string, string>;
}

/** A column that a kind of report can show, filter and sort by. */
export interface Field extends Column {
  operators: Operator[];
}

/** What a kind of report can do. */
export interface KindOffer {
  report: ReportKind;
  label: string;
  columns: Field[];
  default_columns: string[];
  default_sort: SortKey[];
  /** The clock of a definition that names none. */
  default_clock?: "report" | "utc";
  /** The fields whose filters are offered first. */
  filters: string[];
  /** The presets that are offered first; the first of them is the default. */
  presets: string[];
}

/** `GET /api/v1/reports`. */
export interface Catalogue {
  reports: KindOffer[];
}

export type Value = string | number | boolean | Record<string, string> | null;
export type Row = Record<string, Value>;

export interface SourceHealth {
  source: string;
  newest_event_time: string;
  last_received_at: string;
  /** For how long it has been silent, if that is unusual. */
  silent_seconds: number | null;
  /** By how much its clock is ahead, if it is. */
  clock_ahead_seconds: number | null;
  /** Null for those who see a part of the rows alone. */
  events: number | null;
  rejected: number | null;
}

export interface Watermark {
  complete_to: string | null;
  /** The source whose newest event that is. */
  held_back_by?: string | null;
  /** Whether the whole range is complete, as far as it lies in the past. */
  complete?: boolean;
  seq: number;
  sources: SourceHealth[];
}

/** `POST /api/v1/reports/{kind}/query`. */
export interface Answer {
  report: ReportKind;
  range: { from: string; to: string; as_of: string; time_zone: string; words: string };
  columns: Column[];
  rows: Row[];
  total: number;
  next_cursor: string | null;
  watermark: Watermark;
}

/** An RFC 9457 problem. `field` and `allowed` come with a wrong definition, `elsewhere` with a sign-in that was refused for it. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  field?: string;
  allowed?: string[];
  elsewhere?: Elsewhere;
}

/** Where an account is signed in already. */
export interface Elsewhere {
  since: string;
  source_ip: string | null;
  user_agent: string | null;
}

/** What `POST /api/v1/session` takes. */
export interface SignInAttempt {
  account: string;
  password: string;
  /** A one-time or recovery code. */
  code?: string;
  /** Whether a session elsewhere is to end. */
  force?: boolean;
}

export interface Person {
  id: string;
  account: string;
  display_name: string;
}

/** `GET /api/v1/session` of somebody who has signed in. */
export interface Session {
  session_id: string;
  /** Whom they work as. */
  user: Person;
  /** What must be done before anything else. */
  restriction: "change_password" | "set_up_second_factor" | null;
  /** Who really sits there, if they act as somebody else. */
  impersonator: (Person & { since: string }) | null;
  /** Has to be sent with whatever changes something. */
  csrf_token: string;
}

/** `GET /api/v1/sign-in`. */
export interface SignInMethods {
  password: boolean;
  openid: { name: string; address: string } | null;
}

/** What an app for one-time codes needs. */
export interface Enrolment {
  secret: string;
  /** `otpauth://…` */
  address: string;
}
