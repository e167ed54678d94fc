/** What the server tells of the directory. */
import { keepPreviousData, skipToken, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { type Schemas, api, told, toldWithTag } from "../../api/client";

export type Agent = Schemas["AgentAnswer"];
export type AgentPage = Schemas["AgentPage"];

const PAGE = 100;
/** As many as one answer may have. */
const LARGEST_PAGE = 1_000;

async function page(search: string, after: string | null, limit: number, signal?: AbortSignal): Promise<AgentPage> {
  const query = { limit, ...(search === "" ? {} : { search }), ...(after === null ? {} : { after }) };
  return told(api.GET("/api/v1/directory/agents", { params: { query }, ...(signal === undefined ? {} : { signal }) }));
}

/** The agents that a search finds, page after page. */
export function useAgents(search: string) {
  return useInfiniteQuery({
    queryKey: ["directory", "agents", search],
    queryFn: ({ pageParam, signal }) => page(search, pageParam, PAGE, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_after }) => next_after ?? null,
    placeholderData: keepPreviousData,
  });
}

/** All agents that a search finds, and how many there are so far. */
export async function allAgents(search: string, reached: (count: number) => void): Promise<Agent[]> {
  const agents: Agent[] = [];
  let after: string | null = null;
  do {
    const { agents: found, next_after }: AgentPage = await page(search, after, LARGEST_PAGE);
    agents.push(...found);
    reached(agents.length);
    after = next_after ?? null;
  } while (after !== null);
  return agents;
}

/** One agent, if one is asked for. */
export function useAgent(id: string | null) {
  return useQuery({
    queryKey: ["directory", "agent", id],
    queryFn:
      id === null
        ? skipToken
        : ({ signal }) => toldWithTag(api.GET("/api/v1/directory/agents/{employee_id}", { params: { path: { employee_id: id } }, signal })),
  });
}

/** Has everything that is known of the directory asked anew. */
export function useForgetAgents(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(() => queries.invalidateQueries({ queryKey: ["directory"] }), [queries]);
}
