/**
 * A report's view as the part of an address behind `?`, and back: its definition, and what of it the page shows.
 *
 * It is meant to be read:
 *
 *     preset=yesterday&time_zone=Europe/Stockholm&filter=routing_profile:in:Billing,Tech&sort=agent:asc
 *
 * The kind of report is the page itself. Only the shape is checked here. Which fields, operators and presets there are is
 * the server's to say.
 */
import type { Search } from "../app/search";
import { BUCKETS, type Definition, type Filter, type GroupKey, type Operator, type Range, type SortKey } from "./types";

/** How the rows are shown. */
export type Look = "table" | "timeline" | "summary";

/** What an address says of a definition; members that it leaves out are missing. */
export type Stated = Partial<Omit<Definition, "report">>;

/** What the page shows of a report, besides its definition. */
export interface Shown {
  look: Look;
  /** The field that the histogram's bars are split by. */
  split: string | null;
  /** Whether new rows are shown as they arrive. */
  live: boolean;
  /** The row whose drawer is open, by its key. */
  row: string | null;
  /** Columns that stay at the left, before all others. */
  pinned: readonly string[];
}

export const PLAIN: Shown = { look: "table", split: null, live: false, row: null, pinned: [] };

/** Of a group: also agents who have no row. */
const EMPTY = "empty";

/** An address that is no definition. */
export class DamagedAddress extends Error {
  override readonly name = "DamagedAddress";
}

/** The search of a definition and what is shown of it. */
export function toSearch(definition: Stated, shown: Shown = PLAIN): Search {
  const { range = {}, time_zone, filters = [], spanning, clock, columns, sort = [] } = definition;
  const { group_by = [], measures = [], group_sort = [], as_of_seq } = definition;
  const search: Record<string, string | string[]> = {};
  for (const [name, bound] of Object.entries(range)) search[name] = escaped(bound);
  if (time_zone !== undefined) search.time_zone = escaped(time_zone);
  if (filters.length > 0) search.filter = filters.map(filterText);
  if (spanning !== undefined) search.spanning = String(spanning);
  if (clock !== undefined) search.clock = clock;
  if (columns !== undefined) search.columns = namesText(columns);
  if (shown.pinned.length > 0) search.pinned = namesText(shown.pinned);
  if (sort.length > 0) search.sort = sortText(sort);
  if (group_by.length > 0) search.group_by = group_by.map(groupText).join(",");
  if (measures.length > 0) search.measures = namesText(measures);
  if (group_sort.length > 0) search.group_sort = sortText(group_sort);
  if (as_of_seq !== undefined) search.as_of_seq = String(as_of_seq);
  if (shown.look !== "table") search.look = shown.look;
  if (shown.split !== null) search.split = escaped(shown.split);
  if (shown.live) search.live = "true";
  if (shown.row !== null) search.row = escaped(shown.row);
  return search;
}

function namesText(names: readonly string[]): string {
  return names.map(escaped).join(",");
}

function sortText(sort: readonly SortKey[]): string {
  return sort.map((key) => `${escaped(key.field)}:${key.dir}`).join(",");
}

function groupText({ field, bucket, empty }: GroupKey): string {
  return [escaped(field), ...(bucket === undefined ? [] : [bucket]), ...(empty === true ? [EMPTY] : [])].join(":");
}

function filterText({ field, op, values }: Filter): string {
  const parts = [escaped(field), op, ...(values.length > 0 ? [values.map(escaped).join(",")] : [])];
  return parts.join(":");
}

/** What a search states. Throws `DamagedAddress`. */
export function fromSearch(search: Search): { stated: Stated; shown: Shown } {
  const members = new Map(Object.entries(search).map(([name, texts]) => [name, Array.isArray(texts) ? texts : [texts]]));
  const take = (name: string): string | undefined => {
    const texts = members.get(name) ?? [];
    members.delete(name);
    if (texts.length > 1) throw new DamagedAddress(`${name} is given ${texts.length} times; it can be given once.`);
    return texts[0];
  };
  const filters = members.get("filter")?.map(readFilter);
  members.delete("filter");
  const stated = dropMissing({
    range: readRange(take("preset"), take("from"), take("to")),
    time_zone: plain(take("time_zone")),
    filters,
    spanning: readFlag("spanning", take("spanning")),
    clock: oneOf("clock", take("clock"), ["report", "utc", "agent"] as const),
    columns: readNames(take("columns")),
    sort: take("sort")?.split(",").map(readSortKey),
    group_by: take("group_by")?.split(",").map(readGroupKey),
    measures: readNames(take("measures")),
    group_sort: take("group_sort")?.split(",").map(readSortKey),
    as_of_seq: readSeq(take("as_of_seq")),
  });
  const shown: Shown = {
    look: oneOf("look", take("look"), ["table", "timeline", "summary"] as const) ?? "table",
    split: plain(take("split")) ?? null,
    live: readFlag("live", take("live")) ?? false,
    row: plain(take("row")) ?? null,
    pinned: readNames(take("pinned")) ?? [],
  };
  const unknown = [...members.keys()][0];
  if (unknown !== undefined) throw new DamagedAddress(`It has a part that means nothing here: ${unknown}.`);
  return { stated, shown };
}

/** A fragment without the key that it may carry. Keys have no characters that would be escaped. */
export function withoutKey(fragment: string): { key: string | null; rest: string } {
  const parts = fragment.split("&");
  const key = parts.find((part) => part.startsWith("key="))?.slice("key=".length) ?? "";
  const rest = parts.filter((part) => !part.startsWith("key=")).join("&");
  return { key: key === "" ? null : key, rest };
}

function readRange(preset: string | undefined, from: string | undefined, to: string | undefined): Range | undefined {
  if (preset !== undefined) {
    if (from !== undefined || to !== undefined) throw new DamagedAddress("It has a preset and also from or to; only one of them can hold.");
    return { preset: unescaped(preset) };
  }
  if (from === undefined && to === undefined) return undefined;
  return dropMissing({ from: plain(from), to: plain(to) });
}

function readNames(text: string | undefined): string[] | undefined {
  return text?.split(",").map(unescaped);
}

function readFilter(text: string): Filter {
  const [field, op, values, ...more] = text.split(":");
  if (!field || !op || more.length > 0) throw new DamagedAddress(`A filter has to read field:operator:value,value; it reads ${text}.`);
  return { field: unescaped(field), op: unescaped(op) as Operator, values: values?.split(",").map(unescaped) ?? [] };
}

function readSortKey(text: string): SortKey {
  const [field, dir = "asc", ...more] = text.split(":");
  if (!field || (dir !== "asc" && dir !== "desc") || more.length > 0) {
    throw new DamagedAddress(`A sort key has to read field:asc or field:desc; it reads ${text}.`);
  }
  return { field: unescaped(field), dir };
}

function readGroupKey(text: string): GroupKey {
  const [field, ...words] = text.split(":");
  const bucket = BUCKETS.find((name) => name === words[0]);
  const rest = bucket === undefined ? words : words.slice(1);
  const empty = rest[0] === EMPTY;
  if (!field || rest.length > (empty ? 1 : 0)) {
    throw new DamagedAddress(`A group has to read field or field:bucket, with a bucket of ${BUCKETS.join(", ")}; it reads ${text}.`);
  }
  return { field: unescaped(field), ...(bucket === undefined ? {} : { bucket }), ...(empty ? { empty } : {}) };
}

function readSeq(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw new DamagedAddress(`as_of_seq has to be a whole number; it is ${text}.`);
  return Number(text);
}

function readFlag(name: string, text: string | undefined): boolean | undefined {
  const flag = oneOf(name, text, ["true", "false"] as const);
  return flag === undefined ? undefined : flag === "true";
}

function oneOf<T extends string>(name: string, text: string | undefined, allowed: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  const found = allowed.find((word) => word === unescaped(text));
  if (found === undefined) throw new DamagedAddress(`${name} has to be one of ${allowed.join(", ")}; it is ${text}.`);
  return found;
}

function plain(text: string | undefined): string | undefined {
  return text === undefined ? undefined : unescaped(text);
}

/** Text with everything escaped that has a meaning in a fragment or between its parts. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll("%2F", "/");
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DamagedAddress(`${text} has a % that escapes nothing.`);
  }
}

/** An object without its undefined members. */
function dropMissing<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
