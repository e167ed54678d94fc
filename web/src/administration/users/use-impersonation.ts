/** Begins to act as another user, and goes where everybody begins. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { api, told } from "../../api/client";
import { useSessionHandle } from "../../session/session";

export function useImpersonation(): (userId: string) => Promise<void> {
  const { begin } = useSessionHandle();
  const navigate = useNavigate();
  return useCallback(
    async (userId) => {
      const session = await told(api.POST("/api/v1/session/impersonation", { body: { user_id: userId } }));
      // First away from a page that the other one may not see.
      await navigate({ to: "/overview" });
      begin(session);
    },
    [begin, navigate],
  );
}
