/**
 * What can go wrong between page and server, and how that is told: what happened, why, and what to do.
 *
 * Knows problems and statuses; asks nothing and shows nothing itself.
 */
import type { TFunction } from "i18next";

/** An RFC 9457 problem. `field` and `allowed` come with what is wrong in a request, `elsewhere` with a sign-in that was refused for it. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  field?: string;
  allowed?: string[];
  elsewhere?: Elsewhere;
  present_version?: number;
}

/** Where an account is signed in already. */
export interface Elsewhere {
  since: string;
  source_ip: string | null;
  user_agent: string | null;
}

/** A request without a usable answer. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(
    /** The HTTP status; null if no answer came, 0 if the page itself failed. */
    readonly status: number | null,
    readonly problem: Problem = {},
    readonly retryAfterSeconds: number | null = null,
    readonly requestId: string | null = null,
  ) {
    super(problem.detail ?? problem.title ?? (status === null ? "no answer" : `status ${status}`));
  }

  /** Whether going on from page to page has come to its end. */
  get cursorIsGone(): boolean {
    return this.status === 410 || this.problem.type === "/problems/invalid-cursor" || this.problem.field === "cursor";
  }

  /** The place of the filter that the server refused, if it was one. */
  get refusedFilter(): number | null {
    const place = /^filters\[(\d+)\]/.exec(this.problem.field ?? "")?.[1];
    return place === undefined ? null : Number(place);
  }

  /** Whether it is about a field, or about something within it, such as `accounts[0]` or `config.path`. */
  isAbout(field: string): boolean {
    const named = this.problem.field ?? "";
    return named === field || named.startsWith(`${field}[`) || named.startsWith(`${field}.`);
  }

  /** Whether asking again may help. */
  get isPassing(): boolean {
    return this.status === null || this.status === 429 || this.status >= 500;
  }
}

/** Whatever was thrown, as a failure. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure(0, { detail: error instanceof Error ? error.message : String(error) });
}

export interface Explanation {
  what: string;
  why?: string;
  advice: string;
  requestId?: string;
}

type Words = TFunction;

/** A failure in words. */
export function explain(failure: Failure, t: Words): Explanation {
  const why = failure.problem.detail;
  const { requestId } = failure;
  return {
    what: whatHappened(failure, t),
    ...(why === undefined ? {} : { why }),
    advice: advice(failure, t),
    ...(requestId === null || (failure.status ?? 0) < 500 ? {} : { requestId }),
  };
}

function whatHappened({ status, problem, cursorIsGone }: Failure, t: Words): string {
  if (cursorIsGone) return t("failure.cursorGone");
  if (problem.type === "/problems/too-many-attempts") return t("failure.tooMany");
  switch (status) {
    case null:
      return t("failure.unreachable");
    case 0:
      return t("failure.page");
    case 401:
      return t("failure.signedOut");
    case 403:
      return t("failure.forbidden");
    case 404:
      return t("failure.notFound");
    case 409:
      return t("failure.conflict");
    case 412:
      return t("failure.stale");
    case 413:
      return t("failure.tooLarge");
    case 400:
    case 422:
      return t("failure.invalid");
    case 429:
      return t("failure.busy");
    default:
      return problem.title ?? t("failure.server", { status });
  }
}

function advice({ status, retryAfterSeconds, cursorIsGone }: Failure, t: Words): string {
  if (cursorIsGone) return t("failure.cursorGoneAdvice");
  switch (status) {
    case null:
      return t("failure.unreachableAdvice");
    case 0:
      return t("failure.pageAdvice");
    case 401:
      return t("failure.signedOutAdvice");
    case 403:
      return t("failure.forbiddenAdvice");
    case 404:
      return t("failure.notFoundAdvice");
    case 409:
      return t("failure.conflictAdvice");
    case 412:
      return t("failure.staleAdvice");
    case 413:
      return t("failure.tooLargeAdvice");
    case 400:
    case 422:
      return t("failure.invalidAdvice");
    case 429:
    case 503:
      return retryAfterSeconds === null ? t("failure.waitAdvice") : t("failure.waitSecondsAdvice", { count: retryAfterSeconds });
    default:
      return t("failure.serverAdvice");
  }
}

/** The failure that an unsuccessful answer stands for. */
export async function failureOf(response: Response): Promise<Failure> {
  const retryAfter = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  const problem = await problemIn(response);
  return new Failure(response.status, problem, Number.isNaN(retryAfter) ? null : retryAfter, response.headers.get("x-request-id"));
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
