/**
 * Changes of what the library shows: each is followed by a fresh look.
 *
 * In a form or a question the failure stands there; what is done from a menu tells it aside.
 */
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createElement, useCallback } from "react";
import { useTranslation } from "react-i18next";
import { asFailure, explain } from "../api/failure";
import { FailureText } from "../ui/ServerWords";
import { useOnce } from "../ui/use-once";
import { ONE_REPORT } from "./questions";

/** The lists that hang together: a report that goes takes its schedules along. */
const SHOWN = [["saved-reports"], ["schedules"], ["schedule-runs"], ["runs"], ["exports"]];

interface Options<Result> {
  /** What it is followed by, with a message for people. */
  done?: (result: Result) => string | null;
}

/** Something that is done at once, from a menu or by a button; what goes wrong is told aside. */
export function useChange<Wish, Result>(act: (wish: Wish) => Promise<Result>, { done }: Options<Result> = {}) {
  const { t } = useTranslation();
  const fresh = useFreshLook();
  const once = useOnce();
  const { mutateAsync, isPending } = useMutation({
    mutationFn: act,
    onSuccess: (result: Result) => tell(done?.(result)),
    onError: (error: unknown) => {
      const failure = asFailure(error);
      const message = createElement(FailureText, { failure, titled: true });
      notifications.show({ title: explain(failure, t).what, message, color: "red", autoClose: 10_000 });
    },
    onSettled: fresh,
  });
  return { isPending, mutate: (wish: Wish) => once(() => mutateAsync(wish)) };
}

/** Has everything in the library looked at anew. */
function useFreshLook(): () => Promise<unknown> {
  const queries = useQueryClient();
  return useCallback(() => {
    // A report that is opened later is looked at anew: it may be called otherwise, or be gone.
    queries.removeQueries({ queryKey: ONE_REPORT, type: "inactive" });
    return Promise.all(SHOWN.map((queryKey) => queries.invalidateQueries({ queryKey })));
  }, [queries]);
}

/** Does something, and has the library looked at anew whatever comes of it: somebody else may have been first. */
export function useFollowed(): <T>(act: () => Promise<T>, done: (result: T) => string | null) => Promise<T> {
  const fresh = useFreshLook();
  return useCallback(
    async (act, done) => {
      try {
        const result = await act();
        tell(done(result));
        return result;
      } finally {
        void fresh();
      }
    },
    [fresh],
  );
}

function tell(message: string | null | undefined): void {
  if (message !== null && message !== undefined) notifications.show({ message, color: "green" });
}

/** The version that somebody has seen, as a change has to name it. */
export function tagOf({ version }: { version: number }): string {
  return `"${version}"`;
}
