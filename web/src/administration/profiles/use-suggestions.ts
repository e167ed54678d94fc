/** What the directory has of hierarchies, routing profiles and tags, to choose from where a scope is made. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type Schemas, api, told } from "../../api/client";
import { useWho } from "../../session/session";
import { type PartEntry, tagTexts } from "./scope";

/** As many agents as one answer tells. They are to suggest, not to be complete. */
const AGENTS = 1_000;

export type Suggestions = Readonly<Record<keyof PartEntry, string[]>>;

export function useSuggestions(enabled: boolean): Suggestions {
  const { can } = useWho();
  const { data } = useQuery({
    queryKey: ["directory", "suggestions"],
    queryFn: async ({ signal }) => (await told(api.GET("/api/v1/directory/agents", { params: { query: { limit: AGENTS } }, signal }))).agents,
    enabled: enabled && can("directory view"),
    staleTime: 60_000,
  });
  return useMemo(() => suggestionsOf(data ?? []), [data]);
}

export function suggestionsOf(agents: readonly Schemas["AgentAnswer"][]): Suggestions {
  const of = (texts: (agent: Schemas["AgentAnswer"]) => string[]): string[] => [...new Set(agents.flatMap(texts))].filter((text) => text !== "").sort();
  return {
    hierarchies: of(({ hierarchy }) => branches(hierarchy ?? "")),
    routing_profiles: of(({ routing_profile }) => [routing_profile ?? ""]),
    tags: of(tagTexts),
    employee_ids: of(({ employee_id }) => [employee_id]),
  };
}

/** A place and all that it is under, outermost first. */
function branches(hierarchy: string): string[] {
  const levels = hierarchy.split(" / ");
  return levels.map((_, at) => levels.slice(0, at + 1).join(" / "));
}
