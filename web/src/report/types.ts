/** What reports are made of, as the API has it. A definition is the same value in the address, the API and the command line. */
import type { ReportKind } from "../app/navigation";
import type { Schemas } from "../api/client";

export type { ReportKind };
export type Column = Schemas["ColumnAnswer"];
/** A column that a kind of report can show, filter, sort and maybe group by. */
export type Field = Schemas["FieldOffer"];
/** What a kind of report can do. */
export type KindOffer = Schemas["KindOffer"];
export type Answer = Schemas["ReportAnswer"];
export type Watermark = Schemas["WatermarkAnswer"];
export type SourceHealth = Schemas["SourceHealth"];
export type ResolvedRange = Schemas["RangeAnswer"];
export type GroupsAnswer = Schemas["GroupsAnswer"];
export type Group = Schemas["GroupAnswer"];
export type Facet = Schemas["FacetAnswer"];
export type FacetValue = Schemas["FacetValue"];
export type HistogramAnswer = Schemas["HistogramAnswer"];
export type SignedInAnswer = Schemas["SignedInAnswer"];

/** How a field is compared. */
export type Operator = "in" | "not_in" | "is" | "contains" | "prefix" | "under" | "is_null" | "gte" | "lte" | "cidr";

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

export const BUCKETS = [
  "minute",
  "five_minutes",
  "quarter_hour",
  "hour",
  "three_hours",
  "six_hours",
  "day",
  "week",
  "month",
  "year",
] as const;
export type Bucket = (typeof BUCKETS)[number];

export interface GroupKey {
  field: string;
  bucket?: Bucket;
  /** Of agents: groups also of those in the directory who have no row. */
  empty?: boolean;
}

export type Clock = "report" | "utc" | "agent";

export interface Definition {
  report: ReportKind;
  range: Range;
  time_zone: string;
  filters: Filter[];
  /** Only for `login_logout`: also the sessions that cover the whole range. */
  spanning?: boolean;
  clock?: Clock;
  /** The kind's own if left out. */
  columns?: string[];
  /** The kind's own if empty. */
  sort: SortKey[];
  group_by?: GroupKey[];
  measures?: string[];
  group_sort?: SortKey[];
  /** What was known before the event of this seq had come. */
  as_of_seq?: number;
}

/** Whether any event of a source was taken. Of one that has sent rejected records alone, the newest event is no moment of our time. */
export function hasEvents({ events, newest_event_time: newest }: SourceHealth): boolean {
  return events !== 0 && !newest.startsWith("0000-");
}

export type Value = string | number | boolean | Record<string, unknown> | null;
export type Row = Record<string, Value>;

/** A value as a plain text, whatever it is. */
export function plainText(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
