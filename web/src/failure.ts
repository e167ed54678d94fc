/**
 * What can go wrong between page and server, and how that is told: what happened, why, and what to do.
 *
 * Knows problems and statuses; asks nothing and shows nothing itself.
 */
import type { Problem } from "./api-types";

/** A request without a usable answer. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(
    /** The HTTP status; null if no answer came, 0 if the page itself failed. */
    readonly status: number | null,
    readonly problem: Problem = {},
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(problem.detail ?? problem.title ?? (status === null ? "no answer" : `status ${status}`));
  }

  /** Whether going on from page to page has come to its end. */
  get cursorIsGone(): boolean {
    return this.status === 410 || this.problem.type === "/problems/invalid-cursor";
  }

  /** The place of the filter that the server refused, if it was one. */
  get refusedFilter(): number | null {
    const place = /^filters\[(\d+)\]/.exec(this.problem.field ?? "")?.[1];
    return place === undefined ? null : Number(place);
  }
}

export interface Explanation {
  what: string;
  why?: string;
  advice: string;
}

/** A failure in words. */
export function explain(failure: Failure): Explanation {
  const why = failure.problem.detail;
  return { what: whatHappened(failure), ...(why === undefined ? {} : { why }), advice: advice(failure) };
}

function whatHappened({ status, problem, cursorIsGone }: Failure): string {
  if (cursorIsGone) return "These pages can't be continued";
  if (status === null) return "The server can't be reached";
  if (status === 401) return "You are not signed in any more";
  if (status === 403) return "This may not be done";
  if (status === 422) return "The server doesn't accept this view";
  if (problem.type === "/problems/too-many-attempts") return "Too many attempts have failed";
  if (status === 429) return "The server is busy";
  return problem.title ?? `The server answered with status ${status}`;
}

function advice({ status, retryAfterSeconds, cursorIsGone }: Failure): string {
  if (cursorIsGone) return "What has been loaded is still right. Start anew to see more, from the first page on.";
  switch (status) {
    case null:
      return "Check that it runs and that you are connected to it, then try again.";
    case 401:
      return "Sign in again.";
    case 403:
      return "Ask an administrator for the permission. An API key needs the scope reports:read.";
    case 422:
      return "Change or remove what is named above, or start with a fresh view.";
    case 429:
    case 503:
      return retryAfterSeconds === null ? "Wait a moment, then try again." : `Try again in ${retryAfterSeconds} seconds.`;
    default:
      return "Try again. If it happens again, look into the server's log.";
  }
}

/** The failure that an unsuccessful answer stands for. */
export async function failureOf(response: Response): Promise<Failure> {
  const retryAfter = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  const problem = await problemIn(response);
  return new Failure(response.status, problem, Number.isNaN(retryAfter) ? null : retryAfter);
}

async function problemIn(response: Response): Promise<Problem> {
  if (!(response.headers.get("content-type") ?? "").includes("json")) return {};
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {};
  }
}
