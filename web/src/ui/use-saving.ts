/** Saves what a form holds, and sorts what the server has against it: to its field, to the top, or to be looked at anew. */
import { useEffect, useState } from "react";
import { type Failure, asFailure } from "../api/failure";

interface Wish {
  /** The fields that the form has, by the API's names. */
  fields: readonly string[];
  save: () => Promise<unknown>;
  /** Reads anew what somebody else has changed. */
  reload: () => Promise<unknown>;
}

export interface Saving {
  busy: boolean;
  /** Somebody else has changed it meanwhile, and it has been loaded anew. */
  isStale: boolean;
  /** What stands above the form. */
  failure: Failure | null;
  /** What is wrong with a field. */
  at: (field: string) => string | undefined;
  run: (wish: Wish) => void;
}

export function useSaving(): Saving {
  const [busy, setBusy] = useState(false);
  const [isStale, setStale] = useState(false);
  const [refused, setRefused] = useState<{ failure: Failure; fields: readonly string[] } | null>(null);
  const act = async ({ fields, save, reload }: Wish): Promise<void> => {
    setBusy(true);
    setStale(false);
    setRefused(null);
    try {
      await save();
    } catch (error) {
      const failure = asFailure(error);
      if (failure.status === 412) {
        await reload();
        setStale(true);
      } else setRefused({ failure, fields });
    } finally {
      setBusy(false);
    }
  };
  // What has to be changed is where one goes on.
  useEffect(() => {
    if (refused !== null) document.querySelector<HTMLElement>("[role=dialog] form [aria-invalid=true]")?.focus();
  }, [refused]);
  const fieldOf = refused === null ? undefined : refused.fields.find((field) => isOf(refused.failure, field));
  return {
    busy,
    isStale,
    failure: fieldOf === undefined ? (refused?.failure ?? null) : null,
    at: (field) => (fieldOf === field ? refused?.failure.problem.detail : undefined),
    run: (wish) => {
      if (!busy) void act(wish);
    },
  };
}

/** Whether a refusal is about a field, or about something within it, such as `accounts[0]`. */
function isOf(failure: Failure, field: string): boolean {
  const named = failure.problem.field ?? "";
  return named === field || named.startsWith(`${field}[`) || named.startsWith(`${field}.`);
}
