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

/** All types of problems that the server knows, without `/problems/`: each has words of its own. */
export const KINDS = [
  "malformed-body",
  "invalid-parameter",
  "unauthenticated",
  "sign-in-refused",
  "second-factor-needed",
  "forbidden",
  "first-things-first",
  "csrf-token",
  "not-found",
  "method-not-allowed",
  "not-acceptable",
  "body-timeout",
  "conflict",
  "signed-in-elsewhere",
  "snapshot-gone",
  "precondition-failed",
  "too-large",
  "too-many-records",
  "unsupported-media-type",
  "invalid-body",
  "invalid-definition",
  "invalid-cursor",
  "records-rejected",
  "idempotency-key-reused",
  "precondition-required",
  "too-many-attempts",
  "busy",
  "internal",
  "poisoned",
  "closing",
  "database-unavailable",
  "keys-unavailable",
  "no-secret-key",
  "provider-failed",
] as const;
type Kind = (typeof KINDS)[number];

/** What a status means where no problem says more, as that of a proxy. */
const BY_STATUS: Partial<Record<number, Kind>> = {
  400: "invalid-body",
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
  405: "method-not-allowed",
  406: "not-acceptable",
  408: "body-timeout",
  409: "conflict",
  410: "snapshot-gone",
  412: "precondition-failed",
  413: "too-large",
  415: "unsupported-media-type",
  422: "invalid-body",
  428: "precondition-required",
  429: "busy",
};
/** Of these there is a time to wait, even if nobody says how long. */
const WAITED_FOR: readonly Kind[] = ["too-many-attempts", "busy", "closing", "database-unavailable", "keys-unavailable"];

export interface Explanation {
  what: string;
  /** What the server says of it, or the browser: in English, whatever the page speaks. */
  why?: string;
  advice: string;
  requestId?: string;
}

type Words = TFunction;

/** A failure in words. */
export function explain(failure: Failure, t: Words): Explanation {
  const { requestId, problem } = failure;
  const why = problem.detail ?? problem.title;
  return {
    ...inWords(failure, t),
    ...(why === undefined ? {} : { why }),
    ...(requestId === null || (failure.status ?? 0) < 500 ? {} : { requestId }),
  };
}

function inWords(failure: Failure, t: Words): { what: string; advice: string } {
  const { status, retryAfterSeconds } = failure;
  if (status === null) return { what: t("failure.unreachable"), advice: t("failure.unreachableAdvice") };
  if (status === 0) return { what: t("failure.page"), advice: t("failure.pageAdvice") };
  const kind = kindOf(failure);
  const wait = retryAfterSeconds === null ? t("failure.waitAdvice") : t("failure.waitSecondsAdvice", { count: retryAfterSeconds });
  const isWaitedFor = retryAfterSeconds !== null || (kind === null ? status === 503 : WAITED_FOR.includes(kind));
  if (kind !== null) {
    const advice = t(`failure.of.${kind}.advice`);
    return { what: t(`failure.of.${kind}.what`), advice: isWaitedFor ? `${advice} ${wait}` : advice };
  }
  const what = status < 500 ? t("failure.invalid", { status }) : t("failure.server", { status });
  return { what, advice: isWaitedFor ? wait : t("failure.serverAdvice") };
}

/** The type of the problem; else what its status tells, if it tells anything. */
function kindOf({ problem, status, cursorIsGone }: Failure): Kind | null {
  const named = KINDS.find((kind) => problem.type === `/problems/${kind}`);
  if (named !== undefined) return named;
  return cursorIsGone ? "snapshot-gone" : (BY_STATUS[status ?? 0] ?? null);
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
