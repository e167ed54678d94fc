/** Something that somebody has the server do: one thing at a time, and what went wrong with the last. */
import { useEffect, useRef, useState } from "react";
import { type Failure, asFailure } from "../api/failure";
import { useOnce } from "../ui/use-once";

export interface Action {
  busy: boolean;
  failure: Failure | null;
  /** How many have been begun. */
  count: number;
  run: (act: () => Promise<void>, failed?: (failure: Failure) => void) => void;
  /** Forgets what went wrong. */
  forget: () => void;
  /** Forgets what went wrong with these fields: they have been changed since. */
  touched: (...fields: string[]) => void;
}

/** Until the page shows what has come of it. */
const DRAWN_MS = 50;

/** A button that is at work is not to be pressed, and so loses the focus. */
function giveBack(from: Element | null): void {
  if (document.activeElement === document.body && from instanceof HTMLElement && from.isConnected) from.focus({ preventScroll: true });
}

/** Gives the focus back a moment later, unless what has the button has gone by then. */
function useRestoring(): (from: Element | null) => () => void {
  const isThere = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    isThere.current = true;
    return () => {
      isThere.current = false;
      clearTimeout(timer.current);
    };
  }, []);
  return (from) => () => {
    clearTimeout(timer.current);
    if (isThere.current) timer.current = setTimeout(() => giveBack(from), DRAWN_MS);
  };
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [count, setCount] = useState(0);
  const once = useOnce();
  const restoring = useRestoring();
  const run: Action["run"] = (act, failed) =>
    once(async () => {
      const restore = restoring(document.activeElement);
      setBusy(true);
      setCount((before) => before + 1);
      const settled = (outcome: Failure | null): void => {
        setBusy(false);
        setFailure(outcome);
        if (outcome !== null) failed?.(outcome);
        restore();
      };
      await act().then(
        () => settled(null),
        (error: unknown) => settled(asFailure(error)),
      );
    });
  const touched = (...fields: string[]): void => setFailure((before) => (before !== null && fields.some((field) => before.isAbout(field)) ? null : before));
  return { busy, failure, count, run, forget: () => setFailure(null), touched };
}
