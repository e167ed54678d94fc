/** What the library asks the server for. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { type Schemas, api, told } from "../api/client";

export type SavedEntry = Schemas["SavedReportEntry"];
export type Saved = Schemas["SavedReport"];
export type Schedule = Schemas["ScheduleAnswer"];
export type Run = Schemas["RunAnswer"];
export type Export = Schemas["ExportAnswer"];

export const savedReports = (all: boolean) =>
  queryOptions({
    queryKey: ["saved-reports", { all }],
    queryFn: async ({ signal }) => (await told(api.GET("/api/v1/saved-reports", { params: { query: all ? { all } : {} }, signal }))).reports,
  });

/** A saved report as it is now. */
export function freshReport(id: string, signal?: AbortSignal): Promise<Saved> {
  return told(api.GET("/api/v1/saved-reports/{id}", { params: { path: { id } }, ...(signal === undefined ? {} : { signal }) }));
}

/** A schedule as it is now. */
export function freshSchedule(id: string): Promise<Schedule> {
  return told(api.GET("/api/v1/schedules/{id}", { params: { path: { id } } }));
}

/** Single reports, among all that is asked of saved ones. */
export const ONE_REPORT = ["saved-reports", "one"] as const;

export const savedReport = (id: string) =>
  queryOptions({
    queryKey: [...ONE_REPORT, id],
    queryFn: ({ signal }) => freshReport(id, signal),
  });

export const shippedReports = queryOptions({
  queryKey: ["shipped-reports"],
  queryFn: async ({ signal }) => (await told(api.GET("/api/v1/reports/shipped", { signal }))).reports,
  staleTime: Infinity,
});

export const schedules = queryOptions({
  queryKey: ["schedules"],
  queryFn: async ({ signal }) => (await told(api.GET("/api/v1/schedules", { signal }))).schedules,
});

export const destinations = queryOptions({
  queryKey: ["destinations", "names"],
  queryFn: async ({ signal }) => (await told(api.GET("/api/v1/destinations", { signal }))).destinations,
});

/** Whether something is still on its way, so that it is worth to look again soon. */
export function isUnderWay({ status }: { status: string }): boolean {
  return status === "waiting" || status === "running";
}

/** The runs of all schedules, also of those that are gone: the newest, as many as asked for. */
export const allRuns = (status: string | null, limit: number) =>
  queryOptions({
    queryKey: ["runs", { status, limit }],
    queryFn: async ({ signal }) =>
      (await told(api.GET("/api/v1/runs", { params: { query: { limit, ...(status === null ? {} : { status }) } }, signal }))).runs,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) === true ? 3_000 : 30_000),
  });

/** A run by itself, whether or not it is among those that are listed. */
export const oneRun = (id: string) =>
  queryOptions({
    queryKey: ["runs", "one", id],
    queryFn: ({ signal }) => told(api.GET("/api/v1/runs/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data !== undefined && isUnderWay(state.data) ? 3_000 : 30_000),
  });

export const runsOf = (id: string) =>
  queryOptions({
    queryKey: ["schedule-runs", id],
    queryFn: async ({ signal }) =>
      (await told(api.GET("/api/v1/schedules/{id}/runs", { params: { path: { id }, query: { limit: 100 } }, signal }))).runs,
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) === true ? 3_000 : 30_000),
  });
