/**
 * Report definitions: completing what an address leaves out, and the changes that the page's controls make.
 *
 * Every change gives a new definition; that it stands in the address is `use-view.ts`'s business.
 */
import type { Stated } from "./address";
import type { Clock, Definition, Filter, GroupKey, KindOffer, Range, ReportKind, SortKey } from "./types";

/**
 * The definition that an address means: what it doesn't state is the kind's default, and the zone this browser's. Its columns
 * are named in any case, so that it shows the same ones to everybody.
 */
export function completed(stated: Stated, offer: KindOffer, browserZone: string): Definition {
  const range: Range = { preset: offer.presets[0] ?? "today" };
  return { report: offer.report as ReportKind, range, time_zone: browserZone, filters: [], sort: [], columns: [...offer.default_columns], ...stated };
}

export function withFilter(definition: Definition, filter: Filter): Definition {
  return { ...definition, filters: [...definition.filters, filter] };
}

export function withoutFilter(definition: Definition, place: number): Definition {
  return { ...definition, filters: definition.filters.filter((_, at) => at !== place) };
}

/** With all that is known by now. */
export function withoutAsOf(definition: Definition): Definition {
  const { as_of_seq: _, ...rest } = definition;
  return rest;
}

export function withSpanning(definition: Definition, spanning: boolean): Definition {
  const { spanning: before, ...rest } = definition;
  return spanning ? { ...rest, spanning } : rest;
}

/** The order that holds: the definition's, else the kind's. */
export function sortOf(definition: Definition, offer: KindOffer): readonly SortKey[] {
  return definition.sort.length > 0 ? definition.sort : (offer.default_sort as SortKey[]);
}

/** Sorted by a field alone; in the other direction if it is the first key already. */
export function sortedBy(definition: Definition, offer: KindOffer, field: string, wanted?: SortKey["dir"]): Definition {
  const [first] = sortOf(definition, offer);
  const dir = wanted ?? (first?.field === field && first.dir === "asc" ? "desc" : "asc");
  return { ...definition, sort: [{ field, dir }] };
}

/** Sorted by a field after the others; a key that is there already is turned round, or taken away. */
export function alsoSortedBy(definition: Definition, offer: KindOffer, field: string): Definition {
  const keys = sortOf(definition, offer);
  const found = keys.find((key) => key.field === field);
  if (found === undefined) return { ...definition, sort: [...keys, { field, dir: "asc" }] };
  if (found.dir === "asc") return { ...definition, sort: keys.map((key) => (key === found ? { field, dir: "desc" as const } : key)) };
  return { ...definition, sort: keys.filter((key) => key !== found) };
}

/** With a filter in the place of one on the same field that compares in the same way; else beside the others. */
export function filteredBy(definition: Definition, filter: Filter): Definition {
  const at = definition.filters.findIndex((other) => other.field === filter.field && other.op === filter.op);
  if (at < 0) return withFilter(definition, filter);
  return { ...definition, filters: definition.filters.map((other, place) => (place === at ? filter : other)) };
}

/** Grouped by these keys; by none, the rows are shown. What was sorted by keys that are gone is forgotten. */
export function groupedBy(definition: Definition, keys: readonly GroupKey[]): Definition {
  const { group_by: _, group_sort: __, ...rest } = definition;
  return keys.length === 0 ? rest : { ...rest, group_by: [...keys] };
}

export function withClock(definition: Definition, clock: Clock | undefined): Definition {
  const { clock: _, ...rest } = definition;
  return clock === undefined ? rest : { ...rest, clock };
}

export function withColumns(definition: Definition, columns: readonly string[] | undefined): Definition {
  const { columns: _, ...rest } = definition;
  return columns === undefined ? rest : { ...rest, columns: [...columns] };
}

/** The clock by which times are shown. */
export function clockOf(definition: Definition, offer: KindOffer): Clock {
  return definition.clock ?? (offer.default_clock as Clock);
}

/** The zone in which the answer's times are told; those of the clock `agent` bear their own offsets. */
export function shownZone(definition: Definition, offer: KindOffer): string {
  return clockOf(definition, offer) === "utc" ? "UTC" : definition.time_zone;
}

export function columnsOf(definition: Definition, offer: KindOffer): readonly string[] {
  return definition.columns ?? offer.default_columns;
}
