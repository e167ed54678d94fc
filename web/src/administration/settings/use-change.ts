/** A change of something that is stored: what shows it is read anew; if somebody else was first, that is said. */
import { notifications } from "@mantine/notifications";
import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Failure } from "../../api/failure";
import { useAction } from "../../session/use-action";

export interface Change {
  busy: boolean;
  failure: Failure | null;
  run: (act: () => Promise<unknown>, message: string | null, done?: () => void) => void;
  forget: () => void;
}

export function useChange(...keys: QueryKey[]): Change {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const action = useAction();
  const reload = (): Promise<unknown> => Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
  const run: Change["run"] = (act, message, done) =>
    action.run(
      async () => {
        await act();
        if (message !== null) notifications.show({ message, color: "green" });
        done?.();
        await reload();
      },
      (failure) => {
        if (failure.status !== 412) return;
        notifications.show({ title: t("conflict.what"), message: t("conflict.advice"), color: "yellow", autoClose: 10_000 });
        void reload();
      },
    );
  // A stale change is told by the notice: the form already shows how things stand now.
  const failure = action.failure?.status === 412 ? null : action.failure;
  return { busy: action.busy, failure, run, forget: action.forget };
}

/** The `ETag` of a version. */
export function tagOf(version: number): string {
  return `"${version}"`;
}
