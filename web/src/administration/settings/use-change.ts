/** A change of something that is stored: what shows it is read anew. */
import { notifications } from "@mantine/notifications";
import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Failure } from "../../api/failure";
import { useAction } from "../../session/use-action";

export interface Change {
  busy: boolean;
  failure: Failure | null;
  run: (act: () => Promise<unknown>, message: string | null) => void;
}

/** Something that is done at once, by a button. */
export function useChange(...keys: QueryKey[]): Change {
  const { busy, failure, run } = useAction();
  const stored = useStored(...keys);
  return {
    busy,
    failure,
    run: (act, message) =>
      run(async () => {
        await act();
        await stored(message);
      }),
  };
}

/** What follows when a form is saved: a message, whatever the form does then, and a fresh look. */
export function useStored(...keys: QueryKey[]): (message: string | null, done?: () => void) => Promise<void> {
  const queries = useQueryClient();
  const names = JSON.stringify(keys);
  return useCallback(
    async (message, done) => {
      if (message !== null) notifications.show({ message, color: "green" });
      done?.();
      await Promise.all((JSON.parse(names) as QueryKey[]).map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
    [queries, names],
  );
}

/** The `ETag` of a version. */
export function tagOf(version: number): string {
  return `"${version}"`;
}
