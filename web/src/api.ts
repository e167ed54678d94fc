/**
 * Asking the server. Owns paths, headers and the key's way into a request; what failed is told by `failure.ts`.
 */
import type { Answer, Catalogue, Definition } from "./api-types";
import { Failure, failureOf } from "./failure";

/** Rows of one page. */
export const PAGE_ROWS = 100;

/** The server, asked with one key. */
export class Api {
  /** `refused` is called when the server doesn't know the key. */
  constructor(
    private readonly key: string,
    private readonly refused: () => void,
  ) {}

  /** The kinds of report and what they offer. */
  catalogue(signal: AbortSignal): Promise<Catalogue> {
    return this.ask<Catalogue>("api/v1/reports", { signal });
  }

  /** The first page of a report, or the one at a cursor. */
  query(definition: Definition, cursor: string | null, signal: AbortSignal): Promise<Answer> {
    const body = JSON.stringify({ ...definition, limit: PAGE_ROWS, ...(cursor === null ? {} : { cursor }) });
    return this.ask<Answer>(`api/v1/reports/${definition.report}/query`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal,
    });
  }

  private async ask<T>(path: string, request: RequestInit): Promise<T> {
    const headers = new Headers(request.headers);
    headers.set("accept", "application/json");
    headers.set("authorization", `Bearer ${this.key}`);
    const response = await fetch(path, { ...request, headers, cache: "no-store", credentials: "omit" }).catch((error: unknown) => {
      if (request.signal?.aborted) throw error;
      throw new Failure(null);
    });
    if (response.status === 401) this.refused();
    if (!response.ok) throw await failureOf(response);
    try {
      return (await response.json()) as T;
    } catch (error) {
      if (request.signal?.aborted) throw error;
      throw new Failure(response.status, { title: "The server's answer can't be read" });
    }
  }
}
