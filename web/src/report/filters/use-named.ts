/** A filter's values as the catalogue names them, so that a chip says the same as the list that they were picked from. */
import { useFacet } from "../ask";
import type { Definition, Field, Filter } from "../types";

/** Fields whose values the catalogue has names for. */
const CATALOGUED = ["application", "entity", "activity"];
/** As many values as a facet tells. */
const ALL = 1_000;

/** The filter with names for its values, for people to read alone. */
export function useNamed(filter: Filter | null, field: Field | undefined, definition: Definition): Filter | null {
  const isNamed =
    filter !== null && filter.op !== "is_null" && field !== undefined && field.words === undefined && field.has_facet && CATALOGUED.includes(field.name);
  const { data } = useFacet({ ...definition, filters: [] }, field?.name ?? "", "", null, isNamed, ALL);
  if (filter === null || !isNamed || data === undefined) return filter;
  const names = new Map(data.values.map(({ value, label }) => [String(value), label]));
  return { ...filter, values: filter.values.map((value) => names.get(value) ?? value) };
}
