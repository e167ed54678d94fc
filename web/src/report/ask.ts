/** What the page asks of reports. Every answer is kept under its question, so that going back shows at once what was there. */
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { type Schemas, api, told } from "../api/client";
import type { Answer, Definition, Field, Filter, KindOffer } from "./types";

/** A definition as requests carry it. The API's own type spells out every field and operator, which only the server knows. */
export function asked(definition: Definition): Schemas["ReportQuery"] {
  const { report: _, ...members } = definition;
  return members;
}

function at(definition: Definition) {
  return { path: { kind: definition.report } } as const;
}

/** The kinds of report that one may see, and what each offers. They change with a new version alone. */
export const offersQuery = queryOptions({
  queryKey: ["offers"],
  queryFn: ({ signal }) => told(api.GET("/api/v1/reports", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export function useOffers(): { offers: readonly KindOffer[] | undefined; error: unknown; refetch: () => void } {
  const { data, error, refetch } = useQuery(offersQuery);
  return { offers: data?.reports, error, refetch: () => void refetch() };
}

export interface PageAsked {
  limit: number;
  cursor?: string;
  offset?: number;
}

export async function askPage(definition: Definition, page: PageAsked, signal: AbortSignal): Promise<Answer> {
  const body = { ...asked(definition), ...page } as Schemas["ReportQuery"];
  // Other formats of the rows are files; none is asked for here.
  return (await told(api.POST("/api/v1/reports/{kind}/query", { params: at(definition), body, signal }))) as Answer;
}

/** The groups of a definition, by so many of its keys. */
export function askGroups(definition: Definition, depth: number, limit: number, cursor: string | undefined, signal: AbortSignal) {
  const more = cursor === undefined ? { depth, limit } : { depth, limit, cursor };
  const body = { ...asked(definition), ...more } as unknown as Schemas["GroupsQuery"];
  return told(api.POST("/api/v1/reports/{kind}/groups", { params: at(definition), body, signal }));
}

/** What of a definition says which rows there are, not how they stand in a table. */
function rowsOf(definition: Definition): Definition {
  const { columns: _, group_by: __, measures: ___, group_sort: ____, ...rest } = definition;
  return { ...rest, sort: [] };
}

/** The values of a field, of the rows that all other filters leave. */
export function useFacet(all: Definition, field: string, search: string, under: string | null, enabled: boolean, top = 50) {
  const definition = rowsOf(all);
  const facet = { field, top, ...(search === "" ? {} : { search }), ...(under === null ? {} : { under }) };
  return useQuery({
    queryKey: ["facet", asked(definition), definition.report, facet],
    queryFn: async ({ signal }) => {
      const body = { ...asked(definition), facets: [facet] } as unknown as Schemas["FacetsQuery"];
      const answer = await told(api.POST("/api/v1/reports/{kind}/facets", { params: at(definition), body, signal }));
      return answer.facets[0];
    },
    enabled,
    placeholderData: keepPreviousData,
  });
}

/** How often what is drawn or summed up is asked for anew in live mode: it costs more than the first rows. */
export const LIVE_MS = 5_000;

export function useHistogram(all: Definition, split: string | null, live: boolean) {
  const definition = rowsOf(all);
  const histogram = split === null ? {} : { split, top: 6 };
  return useQuery({
    queryKey: ["histogram", asked(definition), definition.report, histogram],
    queryFn: ({ signal }) => {
      const body = { ...asked(definition), histogram } as unknown as Schemas["HistogramQuery"];
      return told(api.POST("/api/v1/reports/{kind}/histogram", { params: at(definition), body, signal }));
    },
    refetchInterval: live ? LIVE_MS : false,
    placeholderData: keepPreviousData,
  });
}

/** A field of a kind, if it has it. */
export function fieldOf(offer: KindOffer, name: string): Field | undefined {
  return offer.columns.find((column) => column.name === name);
}

/** A definition with more filters. */
export function narrowed(definition: Definition, filters: readonly { field: string; op: string; values: readonly unknown[] }[]): Definition {
  const wanted = filters.map(({ field, op, values }) => ({ field, op, values: values.map(String) }) as Filter);
  // A subgroup names what holds of its group again.
  const added = wanted.filter((filter) => !definition.filters.some((other) => JSON.stringify(other) === JSON.stringify(filter)));
  return { ...definition, filters: [...definition.filters, ...added] };
}
