/** What the server tells of the directory. */
import { keepPreviousData, skipToken, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { type Schemas, api, told, toldWithTag } from "../../api/client";
import type { Versioned } from "../../ui/use-draft";

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

export function freshAgent(id: string, signal?: AbortSignal): Promise<Versioned<Agent>> {
  const params = { path: { employee_id: id } };
  return toldWithTag(api.GET("/api/v1/directory/agents/{employee_id}", { params, ...(signal === undefined ? {} : { signal }) }));
}

/** One agent, if one is asked for. */
export function useAgent(id: string | null) {
  return useQuery({
    queryKey: ["directory", "agent", id],
    queryFn: id === null ? skipToken : ({ signal }) => freshAgent(id, signal),
  });
}

/** Who of the directory has an employee id, if one is asked for; null if nobody has. By a search, as nobody is no error here. */
export function useAgentOf(id: string | null) {
  return useQuery({
    queryKey: ["directory", "agent of", id],
    queryFn: id === null ? skipToken : async ({ signal }) => (await page(id, null, LARGEST_PAGE, signal)).agents.find((agent) => agent.employee_id === id) ?? null,
  });
}

/** Has everything that is known of the directory asked anew. */
export function useForgetAgents(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(() => queries.invalidateQueries({ queryKey: ["directory"] }), [queries]);
}
