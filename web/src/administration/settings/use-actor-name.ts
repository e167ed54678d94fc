/** Who did something, by name: the server tells `user:ID`, `key:ID`, `operator` or `system`. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, told } from "../../api/client";
import { useWho } from "../../session/session";

export function useActorName(): (actor: string) => string {
  const { t } = useTranslation("setup");
  const { can, session } = useWho();
  const enabled = can("users view");
  const users = useQuery({
    queryKey: ["users", "names"],
    queryFn: async ({ signal }) => (await told(api.GET("/api/v1/users", { signal }))).users.map((user) => ({ id: user.id, name: user.display_name })),
    enabled,
    staleTime: 60_000,
  });
  const keys = useQuery({
    queryKey: ["keys", "names"],
    queryFn: async ({ signal }) => (await told(api.GET("/api/v1/keys", { signal }))).keys as unknown as { id: string; name: string }[],
    enabled,
    staleTime: 60_000,
  });
  return (actor) => {
    if (actor === "operator" || actor === "system") return t(`actor.${actor}`);
    if (actor === session.id) return t("actor.you");
    const [kind, id] = [actor.slice(0, actor.indexOf(":")), actor.slice(actor.indexOf(":") + 1)];
    const user = users.data?.find((one) => one.id === id);
    if (kind === "user") return user?.name ?? actor;
    const key = keys.data?.find((one) => one.id === id);
    return kind === "key" && key !== undefined ? t("actor.key", { name: key.name }) : actor;
  };
}
