/** What the server tells of users, security profiles and sessions. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { type Schemas, api, told, toldWithTag } from "../../api/client";

export type User = Schemas["UserAnswer"];
export type SessionEntry = Schemas["SessionEntry"];
export type Profile = Schemas["ProfileAnswer"];

export function useUsers(enabled = true) {
  return useQuery({
    queryKey: ["users"],
    queryFn: async ({ signal }) => (await told(api.GET("/api/v1/users", { signal }))).users,
    enabled,
  });
}

export function useUser(id: string) {
  return useQuery({
    queryKey: ["users", id],
    queryFn: ({ signal }) => toldWithTag(api.GET("/api/v1/users/{id}", { params: { path: { id } }, signal })),
  });
}

export function useProfiles() {
  return useQuery({
    queryKey: ["profiles"],
    queryFn: async ({ signal }) => (await told(api.GET("/api/v1/profiles", { signal }))).profiles,
  });
}

/** Who is signed in, looked at anew while the page is open. */
export function useSessions() {
  return useQuery({
    queryKey: ["sessions"],
    queryFn: async ({ signal }) => (await told(api.GET("/api/v1/sessions", { signal }))).sessions,
    refetchInterval: 30_000,
  });
}

/** The names of security profiles by their ids. */
export function useProfileNames(): ReadonlyMap<string, string> {
  const { data } = useProfiles();
  return useMemo(() => new Map(data?.map(({ id, name }) => [id, name])), [data]);
}

/** Has everything that is known of users and their sessions asked anew. */
export function useForgetUsers(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(async () => {
    await Promise.all([queries.invalidateQueries({ queryKey: ["users"] }), queries.invalidateQueries({ queryKey: ["sessions"] })]);
  }, [queries]);
}
