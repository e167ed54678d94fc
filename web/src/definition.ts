/**
 * Report definitions: completing what an address leaves out, and the changes that the page's controls make.
 *
 * Every change gives a new definition; where it is kept is `use-view.ts`'s business.
 */
import type { Definition, Filter, KindOffer, Range, SortKey } from "./api-types";
import type { Stated } from "./address";

/** The definition that an address means: what it doesn't state is the kind's default, and the zone this browser's. */
export function completed(stated: Stated, offers: readonly KindOffer[], browserZone: string): Definition {
  const offer = offers.find((kind) => kind.report === stated.report) ?? offers[0];
  const range: Range = { preset: offer?.presets[0] ?? "today" };
  // Only what is not in the report's zone by itself has to be said.
  const clock = offer?.default_clock === "utc" ? { clock: "utc" as const } : {};
  return { report: offer?.report ?? "sign_in_log", range, time_zone: browserZone, filters: [], sort: [], ...clock, ...stated };
}

/** The same view of another kind: its range and zone, and the filters that the other kind has too. The clock that is the former kind's own stays with it. */
export function ofKind(definition: Definition, offer: KindOffer, former?: KindOffer): Definition {
  const { range, time_zone } = definition;
  const clock = definition.clock === former?.default_clock ? undefined : definition.clock;
  if (offer.report === definition.report) return definition;
  const has = (field: string): boolean => offer.columns.some((column) => column.name === field);
  const filters = definition.filters.filter((filter) => has(filter.field));
  return { report: offer.report, range, time_zone, filters, sort: [], ...(clock === undefined ? {} : { clock }) };
}

export function withFilter(definition: Definition, filter: Filter): Definition {
  return { ...definition, filters: [...definition.filters, filter] };
}

export function withoutFilter(definition: Definition, place: number): Definition {
  return { ...definition, filters: definition.filters.filter((_, at) => at !== place) };
}

export function withSpanning(definition: Definition, spanning: boolean): Definition {
  const { spanning: before, ...rest } = definition;
  return spanning ? { ...rest, spanning } : rest;
}

/** The order that holds: the definition's, else the kind's. */
export function sortOf(definition: Definition, offer: KindOffer): readonly SortKey[] {
  return definition.sort.length > 0 ? definition.sort : offer.default_sort;
}

/** Sorted by a field: upwards, or the other way round if it is the first key already. */
export function sortedBy(definition: Definition, offer: KindOffer, field: string): Definition {
  const [first] = sortOf(definition, offer);
  const dir = first?.field === field && first.dir === "asc" ? "desc" : "asc";
  return { ...definition, sort: [{ field, dir }] };
}

/** The zone in which the answer's times are told. */
export function shownZone(definition: Definition): string {
  return definition.clock === "utc" ? "UTC" : definition.time_zone;
}
