/**
 * A definition as the fragment of an address, and back.
 *
 * It stands in the fragment, not in the query: a browser doesn't send fragments, so names of people in
 * filters get into no server's or proxy's log. It is meant to be read:
 *
 *     report=login_logout&preset=yesterday&time_zone=Europe/Stockholm&filter=routing_profile:in:Billing,Tech&sort=agent:asc
 *
 * Only the shape is checked here. Which fields, operators and presets there are is the server's to say.
 */
import type { Definition, Filter, Operator, Range, ReportKind, SortKey } from "./api-types";

/** What an address says; members that it leaves out are missing. */
export type Stated = Partial<Definition>;

/** An address that is no definition. */
export class DamagedAddress extends Error {
  override readonly name = "DamagedAddress";
}

const REPORTS: readonly ReportKind[] = [
  "sign_in_log",
  "login_logout",
  "access_log",
  "activity_log",
  "activity_audit",
  "webhook_failures",
  "integration_failures",
];

/** The fragment of a definition, without `#`. */
export function toFragment(definition: Definition): string {
  const { report, range, time_zone, filters, spanning, clock, columns, sort } = definition;
  const members: [string, string][] = [["report", escaped(report)]];
  for (const [name, bound] of Object.entries(range)) members.push([name, escaped(bound)]);
  members.push(["time_zone", escaped(time_zone)]);
  for (const filter of filters) members.push(["filter", filterText(filter)]);
  if (spanning !== undefined) members.push(["spanning", String(spanning)]);
  if (clock !== undefined) members.push(["clock", clock]);
  if (columns !== undefined) members.push(["columns", columns.map(escaped).join(",")]);
  if (sort.length > 0) members.push(["sort", sort.map((key) => `${escaped(key.field)}:${key.dir}`).join(",")]);
  return members.map(([name, text]) => `${name}=${text}`).join("&");
}

function filterText({ field, op, values }: Filter): string {
  const parts = [escaped(field), op, ...(values.length > 0 ? [values.map(escaped).join(",")] : [])];
  return parts.join(":");
}

/** What a fragment (without `#`) states. Throws `DamagedAddress`. */
export function fromFragment(fragment: string): Stated {
  const members = new Map<string, string[]>();
  for (const [name, text] of pairs(fragment)) members.set(name, [...(members.get(name) ?? []), text]);
  const take = (name: string): string | undefined => {
    const texts = members.get(name) ?? [];
    members.delete(name);
    if (texts.length > 1) throw new DamagedAddress(`${name} is given ${texts.length} times; it can be given once.`);
    return texts[0];
  };
  const filters = members.get("filter")?.map(readFilter);
  members.delete("filter");
  const stated = dropMissing({
    report: oneOf("report", take("report"), REPORTS),
    range: readRange(take("preset"), take("from"), take("to")),
    time_zone: plain(take("time_zone")),
    filters,
    spanning: readFlag("spanning", take("spanning")),
    clock: oneOf("clock", take("clock"), ["report", "utc"] as const),
    columns: take("columns")?.split(",").map(unescaped),
    sort: take("sort")?.split(",").map(readSortKey),
  });
  const unknown = [...members.keys()][0];
  if (unknown !== undefined) throw new DamagedAddress(`It has a part that means nothing here: ${unknown}.`);
  return stated;
}

/** A fragment without the key that it may carry. Keys have no characters that would be escaped. */
export function withoutKey(fragment: string): { key: string | null; rest: string } {
  const parts = fragment.split("&");
  const key = parts.find((part) => part.startsWith("key="))?.slice("key=".length) ?? "";
  const rest = parts.filter((part) => !part.startsWith("key=")).join("&");
  return { key: key === "" ? null : key, rest };
}

function pairs(fragment: string): [string, string][] {
  const parts = fragment.split("&").filter((part) => part !== "");
  return parts.map((part) => {
    const at = part.indexOf("=");
    return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
  });
}

function readRange(preset: string | undefined, from: string | undefined, to: string | undefined): Range | undefined {
  if (preset !== undefined) {
    if (from !== undefined || to !== undefined) throw new DamagedAddress("It has a preset and also from or to; only one of them can hold.");
    return { preset: unescaped(preset) };
  }
  if (from === undefined && to === undefined) return undefined;
  return dropMissing({ from: plain(from), to: plain(to) });
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
