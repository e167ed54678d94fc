/** What a security profile is called: those that come with Rollcall in the reader's language, all others as they were named. */
import type { TFunction } from "i18next";

const BUILT_IN = ["admin", "supervisor", "analyst", "auditor", "agent"] as const;

export function profileName({ id, name }: { id: string; name: string }, t: TFunction<"users">): string {
  const known = BUILT_IN.find((one) => one === id);
  return known === undefined ? name : t(`profile.named.${known}`);
}
