/** What the directory and recent events have of hierarchies, routing profiles, tags and employee ids, to choose from where a scope is made. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Schemas, api, told } from "../../api/client";
import { useWho } from "../../session/session";
import { type Occurring, type Suggestions, suggestionsOf } from "./suggestions";

/** As many agents, and values of a field, as one answer tells. */
const MOST = 1_000;
const FIELDS = { hierarchies: "hierarchy", routing_profiles: "routing_profile", employee_ids: "employee_id" } as const;
const NAMES = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

export function useSuggestions(enabled: boolean): Suggestions {
  const { can } = useWho();
  const agents = useQuery({
    queryKey: ["directory", "suggestions"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/directory/agents", { params: { query: { limit: MOST } }, signal })),
    enabled: enabled && can("directory view"),
    staleTime: 60_000,
  });
  const occurring = useQuery({
    queryKey: ["facet", "of scopes"],
    queryFn: ({ signal }) => occurringLately(signal),
    enabled: enabled && can("login_logout view"),
    staleTime: 60_000,
  });
  const { data: directory } = agents;
  const { data: events } = occurring;
  return useMemo(
    () => suggestionsOf(directory?.agents ?? [], events?.values ?? {}, directory !== undefined && directory.next_after == null, events?.isWhole === true),
    [directory, events],
  );
}

async function occurringLately(signal: AbortSignal): Promise<{ values: Occurring; isWhole: boolean }> {
  const facets = NAMES.map((name) => ({ field: FIELDS[name], top: MOST }));
  const body = { range: { preset: "last_90_days" }, time_zone: "UTC", filters: [], facets } as unknown as Schemas["FacetsQuery"];
  const answer = await told(api.POST("/api/v1/reports/{kind}/facets", { params: { path: { kind: "login_logout" } }, body, signal }));
  const values = Object.fromEntries(NAMES.map((name, at) => [name, answer.facets[at]?.values.map(({ value }) => value) ?? []]));
  return { values, isWhole: answer.facets.every(({ others }) => others.values === 0) };
}
