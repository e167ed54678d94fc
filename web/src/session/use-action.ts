/** Something that somebody has the server do: one thing at a time, and what went wrong with the last. */
import { useState } from "react";
import { type Failure, asFailure } from "../api/failure";

export interface Action {
  busy: boolean;
  failure: Failure | null;
  /** How many have been begun. */
  count: number;
  run: (act: () => Promise<void>, failed?: (failure: Failure) => void) => void;
  /** Forgets what went wrong. */
  forget: () => void;
}

export function useAction(): Action {
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
      if (outcome !== null) failed?.(outcome);
    };
    act().then(
      () => settled(null),
      (error: unknown) => settled(asFailure(error)),
    );
  };
  return { busy, failure, count, run, forget: () => setFailure(null) };
}
