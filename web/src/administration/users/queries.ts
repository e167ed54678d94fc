/** What the server tells of users, security profiles and sessions. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told, toldWithTag } from "../../api/client";
import { profileName } from "../profiles/profile-name";

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

/** The security profiles, by the names that the reader knows them by. */
export function useProfiles() {
  const { t } = useTranslation("users");
  return useQuery({
    queryKey: ["profiles"],
    queryFn: async ({ signal }) => (await told(api.GET("/api/v1/profiles", { signal }))).profiles,
    select: useCallback((profiles: Profile[]) => profiles.map((profile) => ({ ...profile, name: profileName(profile, t) })), [t]),
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
