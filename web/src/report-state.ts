/**
 * What is known of a report while it is asked for page by page: a pure state machine.
 */
import type { Answer } from "./api-types";
import type { Failure } from "./failure";

export interface ReportState {
  /** The answer, with the rows of all pages so far. */
  answer: Answer | null;
  failure: Failure | null;
  /** Which page is being waited for. */
  asking: "first" | "next" | null;
}

export type Step =
  | { type: "first_asked" }
  | { type: "next_asked" }
  | { type: "answered"; answer: Answer }
  | { type: "failed"; failure: Failure };

export const NOTHING_YET: ReportState = { answer: null, failure: null, asking: "first" };

export function advance(state: ReportState, step: Step): ReportState {
  switch (step.type) {
    case "first_asked":
      // The old rows stay in sight until the new ones come.
      return { ...state, failure: null, asking: "first" };
    case "next_asked":
      return { ...state, failure: null, asking: "next" };
    case "answered":
      return { answer: state.asking === "next" ? appended(state.answer, step.answer) : step.answer, failure: null, asking: null };
    case "failed":
      // Rows of another view than the one that failed would be taken for its own.
      return { answer: state.asking === "next" ? state.answer : null, failure: step.failure, asking: null };
  }
}

/** The pages before and a new one. Range and watermark are those of the first: all pages show one snapshot. */
function appended(before: Answer | null, page: Answer): Answer {
  if (before === null) return page;
  return { ...before, rows: [...before.rows, ...page.rows], next_cursor: page.next_cursor };
}
