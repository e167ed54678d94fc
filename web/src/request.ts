/**
 * One request to the server: how it shows who sends it, and how its answer is read. What failed is told by `failure.ts`.
 */
import type { Session } from "./api-types";
import { Failure, failureOf } from "./failure";

/** How a request shows who sends it: by a key, or by the session whose cookie the browser keeps. Null is for signing in. */
export type Proof = { key: string } | { session: Session } | null;

/** What a failure says of whoever sends: that the server knows them no more, or that their session is not as the page takes it to be. */
export type Doubt = "refused" | "changed";

/** Another has signed in in this browser, or something must be done first. */
const CHANGED = ["/problems/csrf-token", "/problems/first-things-first"];

export function doubtOf({ status, problem }: Failure): Doubt | null {
  if (status === 401) return "refused";
  return CHANGED.includes(problem.type ?? "") ? "changed" : null;
}

const JSON_BODY = { "content-type": "application/json" };

/** A request that sends a body. */
export function posting(body: unknown, signal?: AbortSignal): RequestInit {
  return { method: "POST", headers: JSON_BODY, body: JSON.stringify(body), ...(signal === undefined ? {} : { signal }) };
}

/** Sends a request. Throws `Failure` if the answer is none that was hoped for. */
export async function send(path: string, request: RequestInit, proof: Proof): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set("accept", "application/json");
  if (proof !== null && "key" in proof) headers.set("authorization", `Bearer ${proof.key}`);
  if (proof !== null && "session" in proof && (request.method ?? "GET") !== "GET") headers.set("x-csrf-token", proof.session.csrf_token);
  const credentials = proof !== null && "key" in proof ? "omit" : "same-origin";
  const response = await fetch(path, { ...request, headers, cache: "no-store", credentials }).catch((error: unknown) => {
    if (request.signal?.aborted) throw error;
    throw new Failure(null);
  });
  if (!response.ok) throw await failureOf(response);
  return response;
}

/** What an answer holds. */
export async function read<T>(response: Response, signal?: AbortSignal | null): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure(response.status, { title: "The server's answer can't be read" });
  }
}
