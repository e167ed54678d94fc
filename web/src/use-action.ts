/**
 * Something that somebody has the server do: one thing at a time, and what went wrong with the last.
 */
import { useState } from "react";
import type { Failure } from "./failure";
import { type Doubt, doubtOf } from "./request";
import { asFailure } from "./use-report";

export interface Action {
  busy: boolean;
  failure: Failure | null;
  /** How many have been begun. */
  count: number;
  run: (act: () => Promise<void>, failed?: (failure: Failure) => void) => void;
  /** Forgets what went wrong. */
  forget: () => void;
}

/** `doubted` is called when an answer tells that the session is not what it was. */
export function useAction(doubted?: (doubt: Doubt) => void): Action {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [count, setCount] = useState(0);
  const run: Action["run"] = (act, failed) => {
    if (busy) return;
    setBusy(true);
    setCount(count + 1);
    const settled = (outcome: Failure | null): void => {
      setBusy(false);
      setFailure(outcome);
      if (outcome === null) return;
      failed?.(outcome);
      const doubt = doubtOf(outcome);
      if (doubt !== null) doubted?.(doubt);
    };
    act().then(
      () => settled(null),
      (error: unknown) => settled(asFailure(error)),
    );
  };
  return { busy, failure, count, run, forget: () => setFailure(null) };
}
