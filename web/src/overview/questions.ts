/** What the overview asks the server: anew every half a minute as long as somebody looks. */
import { queryOptions } from "@tanstack/react-query";
import { type Schemas, api, told } from "../api/client";
import type { Answer, Definition, GroupsAnswer, Row } from "../report/types";

const REFRESH_MS = 30_000;

/** Rows with values of any type, which the description doesn't know. */
type Rows = Omit<Answer, "rows"> & { rows: Row[] };

// The answers come in other forms than JSON too, which nobody asks for here.

export const rowsOf = (definition: Definition, limit: number) =>
  queryOptions({
    queryKey: ["overview", "rows", definition, limit],
    queryFn: async ({ signal }) => {
      const body = { ...definition, limit } as unknown as Schemas["ReportQuery"];
      const params = { path: { kind: definition.report } };
      return (await told(api.POST("/api/v1/reports/{kind}/query", { params, body, signal }))) as Rows;
    },
    refetchInterval: REFRESH_MS,
  });

export const groupsOf = (definition: Definition, limit: number) =>
  queryOptions({
    queryKey: ["overview", "groups", definition, limit],
    queryFn: async ({ signal }) => {
      const body = { ...definition, limit } as unknown as Schemas["GroupsQuery"];
      const params = { path: { kind: definition.report } };
      return (await told(api.POST("/api/v1/reports/{kind}/groups", { params, body, signal }))) as GroupsAnswer;
    },
    refetchInterval: REFRESH_MS,
  });

export const histogramOf = (definition: Definition, histogram: { bucket: string; split: string }) =>
  queryOptions({
    queryKey: ["overview", "histogram", definition, histogram],
    queryFn: ({ signal }) => {
      const body = { ...definition, histogram } as unknown as Schemas["HistogramQuery"];
      const params = { path: { kind: definition.report } };
      return told(api.POST("/api/v1/reports/{kind}/histogram", { params, body, signal }));
    },
    refetchInterval: REFRESH_MS,
  });

export const facetsOf = (definition: Definition, facets: { field: string; top: number }[]) =>
  queryOptions({
    queryKey: ["overview", "facets", definition, facets],
    queryFn: ({ signal }) => {
      const body = { ...definition, facets } as unknown as Schemas["FacetsQuery"];
      const params = { path: { kind: definition.report } };
      return told(api.POST("/api/v1/reports/{kind}/facets", { params, body, signal }));
    },
    refetchInterval: REFRESH_MS,
  });
