/**
 * Changes of what the library shows: each is followed by a fresh look, and a change that came too late says so.
 *
 * In a dialog the failure stands there; what is done from a menu tells it aside.
 */
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createElement } from "react";
import { useTranslation } from "react-i18next";
import { asFailure, explain } from "../api/failure";
import { FailureText } from "../ui/ServerWords";

interface Options<Result> {
  /** What it is followed by, with a message for people. */
  done?: (result: Result) => string | null;
  /** Whether failures are told aside; else whoever calls shows them. */
  tellsFailures?: boolean;
}

/** The lists that hang together: a report that goes takes its schedules along. */
const SHOWN = [["saved-reports"], ["schedules"], ["schedule-runs"], ["exports"]];

export function useChange<Wish, Result>(act: (wish: Wish) => Promise<Result>, { done, tellsFailures = true }: Options<Result> = {}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (result: Result) => {
      const message = done?.(result) ?? null;
      if (message !== null) notifications.show({ message, color: "green" });
    },
    onError: (error: unknown) => {
      const failure = asFailure(error);
      if (!tellsFailures) return;
      if (failure.status === 412) notifications.show({ title: t("conflict.what"), message: t("conflict.advice"), color: "yellow" });
      else {
        const message = createElement(FailureText, { failure, titled: true });
        notifications.show({ title: explain(failure, t).what, message, color: "red", autoClose: 10_000 });
      }
    },
    onSettled: () => {
      // A report that is opened later is looked at anew: it may be called otherwise, or be gone.
      queries.removeQueries({ queryKey: ["saved-report"], type: "inactive" });
      return Promise.all(SHOWN.map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
}

/** Does something with how things stand now, if a change was refused because somebody else came first. */
export function ifStale<T>(look: () => Promise<T>, then: (now: T) => void): (error: unknown) => void {
  return (error) => {
    // Where it can't be looked at either, the refusal stands there, and says what to do.
    if (asFailure(error).status === 412) look().then(then, () => undefined);
  };
}

/** The version that somebody has seen, as a change has to name it. */
export function tagOf({ version }: { version: number }): string {
  return `"${version}"`;
}
