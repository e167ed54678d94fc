/** Who has a security profile; null where whoever asks doesn't see users. */
import { useCallback } from "react";
import { useWho } from "../../session/session";
import { type User, useUsers } from "../users/queries";

export function useHolders(): ((profileId: string) => User[]) | null {
  const { can } = useWho();
  const { data } = useUsers(can("users view"));
  const holders = useCallback((id: string) => data?.filter(({ profiles }) => profiles.includes(id)) ?? [], [data]);
  return data === undefined ? null : holders;
}
