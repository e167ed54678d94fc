/**
 * Asking for a report and its further pages; an answer that comes after the question has changed is dropped.
 */
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import type { Definition } from "./api-types";
import type { Api } from "./api";
import { Failure } from "./failure";
import { NOTHING_YET, type ReportState, advance } from "./report-state";

export interface Report extends ReportState {
  /** Asks for the next page. */
  more: () => void;
  /** Asks anew, from the first page. */
  again: () => void;
}

export function useReport(api: Api, definition: Definition): Report {
  const [state, dispatch] = useReducer(advance, NOTHING_YET);
  const [attempt, setAttempt] = useState(0);
  const current = useRef<AbortController>(null);
  // Definitions are compared by what they say: each reading of the address makes a new object.
  const asked = JSON.stringify(definition);

  const ask = useCallback(
    (cursor: string | null, signal: AbortSignal) => {
      api.query(JSON.parse(asked) as Definition, cursor, signal).then(
        (answer) => {
          if (!signal.aborted) dispatch({ type: "answered", answer });
        },
        (error: unknown) => {
          if (!signal.aborted) dispatch({ type: "failed", failure: asFailure(error) });
        },
      );
    },
    [api, asked],
  );

  useEffect(() => {
    const controller = new AbortController();
    current.current = controller;
    dispatch({ type: "first_asked" });
    ask(null, controller.signal);
    return () => controller.abort();
  }, [ask, attempt]);

  const more = (): void => {
    const cursor = state.answer?.next_cursor;
    if (!cursor || state.asking !== null || current.current === null) return;
    dispatch({ type: "next_asked" });
    ask(cursor, current.current.signal);
  };
  return { ...state, more, again: () => setAttempt((count) => count + 1) };
}

/** Whatever was thrown, as something that can be told. */
export function asFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure(0, { title: "The page failed", detail: String(error) });
}
