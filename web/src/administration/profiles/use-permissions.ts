/** The permissions that the server knows. */
import { useQuery } from "@tanstack/react-query";
import { api, told } from "../../api/client";

export function usePermissions() {
  return useQuery({
    queryKey: ["permissions"],
    queryFn: async ({ signal }) => (await told(api.GET("/api/v1/permissions", { signal }))).permissions,
    staleTime: Infinity,
  });
}
