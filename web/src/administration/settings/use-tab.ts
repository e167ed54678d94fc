/** Which tab of a page is open: it stands in the address, so that a link can lead to it. */
import { useNavigate, useRouterState } from "@tanstack/react-router";
import type { Search } from "../../app/search";

export function useTab(tabs: readonly string[]): [string | null, (tab: string | null) => void] {
  const navigate = useNavigate();
  const wanted = useRouterState({ select: (state) => (state.location.search as Search).tab });
  const open = (tab: string | null): void => {
    if (tab !== null) void navigate({ to: ".", search: { tab } as never, replace: true });
  };
  return [tabs.find((tab) => tab === wanted) ?? tabs[0] ?? null, open];
}
