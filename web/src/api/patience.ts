/**
 * How long an answer is waited for, and whether one is being waited for longer than usual.
 *
 * A server that has stopped may still take requests: without a bound they would wait for ever.
 */
import { Failure } from "./failure";

/** Within this the server answers questions; one that doesn't is taken for unreachable. */
const ANSWER_MS = 60_000;
/** What has a whole file or the whole store gone through first may take this long to be answered. */
const LONG_MS = 15 * 60_000;
/** After this somebody is told that it takes long. */
const SLOW_MS = 10_000;

/** The kind of problem of an answer that has not come in time: asking again at once would wait as long again. */
const NOT_IN_TIME = "/problems/not-in-time";

/** Whether a failure is that an answer has not come in time. */
export function isNotInTime(failure: Failure): boolean {
  return failure.problem.type === NOT_IN_TIME;
}

const LONG = /\/(directory\/import|(retention|jobs\/[^/]+)\/run)$/;

/** Fetches a question's answer, to its end within a bound. */
export async function fetchInTime(request: Request): Promise<Response> {
  const bound = AbortSignal.timeout(LONG.test(new URL(request.url).pathname) ? LONG_MS : ANSWER_MS);
  return await watched(fetch(request, { signal: AbortSignal.any([request.signal, bound]) }));
}

/** Fetches a file: it has to begin within a bound, and may then take as long as it is large. */
export async function fetchFileInTime(address: string, init: RequestInit): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new DOMException("no answer in time", "TimeoutError")), LONG_MS);
  try {
    return await fetch(address, { ...init, signal: AbortSignal.any([late.signal, ...(init.signal == null ? [] : [init.signal])]) });
  } finally {
    clearTimeout(timer);
  }
}

/** What has gone wrong on the way to or from the server, as a failure; null if it is something else. */
export function failureOnTheWay(error: unknown): Failure | null {
  if (error instanceof DOMException && error.name === "TimeoutError") return new Failure(null, { type: NOT_IN_TIME });
  return error instanceof TypeError ? new Failure(null) : null;
}

const listeners = new Set<() => void>();
let slow = 0;

/** Whether some answer takes long. */
export function isSlow(): boolean {
  return slow > 0;
}

/** Calls `listener` when that changes; the answer ends it. */
export function onSlowness(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function watched<T>(answer: Promise<T>): Promise<T> {
  const late = { by: 0 };
  const count = (by: 0 | 1): void => {
    slow += by - late.by;
    late.by = by;
    for (const listener of listeners) listener();
  };
  const timer = setTimeout(() => count(1), SLOW_MS);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
    if (late.by > 0) count(0);
  }
}
