/**
 * The server's API, by types that are made of its own description (`openapi.json`).
 *
 * An answer that is none of success is thrown as a `Failure`. Who asks is set by `session/`.
 */
import createClient, { type Middleware } from "openapi-fetch";
import { Failure, failureOf } from "./failure";
import { failureOnTheWay, fetchFileInTime, fetchInTime } from "./patience";
import type { components, paths } from "./schema.gen";

export type Schemas = components["schemas"];

/** How a request shows who sends it: by a key, or by the session whose cookie the browser keeps. Null is for signing in. */
export type Proof = { key: string } | { csrfToken: string; impersonator: string | null } | null;

/** What an answer says of whoever asks: that the server knows them no more, or that they are not whom the page takes them for. */
export type Doubt = "refused" | "changed";

/** Another has signed in in this browser, or something must be done first. */
const CHANGED = ["/problems/csrf-token", "/problems/first-things-first"];

let proof: Proof = null;
/** As whom requests were sent: what is answered to one before says nothing of the one now. */
const sentAs = new WeakMap<Request, Proof>();
let doubted: (doubt: Doubt) => void = () => undefined;

/** From now on requests are sent by somebody else. */
export function asWhom(next: Proof, whenDoubted: (doubt: Doubt) => void): void {
  // The same one stays the same.
  if (JSON.stringify(next) !== JSON.stringify(proof)) proof = next;
  doubted = whenDoubted;
}

const who: Middleware = {
  onRequest({ request }) {
    sentAs.set(request, proof);
    if (proof === null) return undefined;
    if ("key" in proof) request.headers.set("authorization", `Bearer ${proof.key}`);
    else if (request.method !== "GET") request.headers.set("x-csrf-token", proof.csrfToken);
    return request;
  },
  async onResponse({ request, response }) {
    const isOfNow = sentAs.get(request) === proof;
    if (isOfNow && proof !== null && "csrfToken" in proof && response.headers.get("rollcall-impersonator") !== proof.impersonator) doubted("changed");
    if (response.ok) return undefined;
    const failure = await failureOf(response);
    if (isOfNow && proof !== null && failure.status === 401) doubted("refused");
    else if (isOfNow && CHANGED.includes(failure.problem.type ?? "")) doubted("changed");
    throw failure;
  },
  onError({ error, request }) {
    return error instanceof Failure || request.signal.aborted ? undefined : (failureOnTheWay(error) ?? new Failure(null));
  },
};

/** Where the page lies; it also works behind a proxy that serves it below a path. */
export const BASE = new URL(".", document.baseURI).href.replace(/\/$/, "");

export const api = createClient<paths>({ baseUrl: BASE, credentials: "same-origin", cache: "no-store", fetch: fetchInTime });
api.use(who);

/** An answer that has been read to its end. */
async function read<T>(answer: Promise<T>): Promise<T> {
  return await answer.catch((error: unknown) => {
    throw failureOnTheWay(error) ?? error;
  });
}

/** What an answer of success holds. */
export async function told<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await read(answer);
  if (data === undefined) throw new Failure(0, { detail: "the answer is empty" });
  return data;
}

/** What an answer of success holds, with the version of it that changes have to name. */
export async function toldWithTag<T>(answer: Promise<{ data?: T; response: Response }>): Promise<{ value: T; tag: string }> {
  const { data, response } = await read(answer);
  if (data === undefined) throw new Failure(0, { detail: "the answer is empty" });
  return { value: data, tag: response.headers.get("etag") ?? "*" };
}

/** Fetches a file, as a blob with its name: for those who come with a key, which a link can't bear. */
export async function fetchFile(path: string, init: RequestInit = {}): Promise<{ blob: Blob; name: string }> {
  const headers = new Headers(init.headers);
  if (proof !== null && "key" in proof) headers.set("authorization", `Bearer ${proof.key}`);
  if (proof !== null && "csrfToken" in proof) headers.set("x-csrf-token", proof.csrfToken);
  const asked = async (): Promise<[Response, Blob]> => {
    const response = await fetchFileInTime(BASE + path, { ...init, headers, credentials: "same-origin", cache: "no-store" });
    if (!response.ok) throw await failureOf(response);
    return [response, await response.blob()];
  };
  const [{ headers: told }, blob] = await asked().catch((error: unknown) => {
    if (error instanceof Failure || init.signal?.aborted === true) throw error;
    throw failureOnTheWay(error) ?? new Failure(null);
  });
  return { blob, name: fileNameIn(told.get("content-disposition")) };
}

function fileNameIn(disposition: string | null): string {
  const encoded = /filename\*=UTF-8''([^;]+)/.exec(disposition ?? "")?.[1];
  if (encoded !== undefined) return decodeURIComponent(encoded);
  return /filename="([^"]*)"/.exec(disposition ?? "")?.[1] ?? "download";
}
