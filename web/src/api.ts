/**
 * Asking the server for reports. What a request looks like is `request.ts`'s, what failed is told by `failure.ts`.
 */
import type { Answer, Catalogue, Definition } from "./api-types";
import { Failure } from "./failure";
import { type Doubt, type Proof, doubtOf, posting, read, send } from "./request";

/** Rows of one page. */
export const PAGE_ROWS = 100;

/** The server, asked by one key or in one session. */
export class Api {
  /** `doubted` is called when an answer tells that who asks is not who the page takes them for. */
  constructor(
    private readonly proof: Proof,
    private readonly doubted: (doubt: Doubt) => void,
  ) {}

  /** The kinds of report and what they offer. */
  catalogue(signal: AbortSignal): Promise<Catalogue> {
    return this.ask<Catalogue>("api/v1/reports", { signal });
  }

  /** The first page of a report, or the one at a cursor. */
  query(definition: Definition, cursor: string | null, signal: AbortSignal): Promise<Answer> {
    const body = { ...definition, limit: PAGE_ROWS, ...(cursor === null ? {} : { cursor }) };
    return this.ask<Answer>(`api/v1/reports/${definition.report}/query`, posting(body, signal));
  }

  private async ask<T>(path: string, request: RequestInit): Promise<T> {
    try {
      const response = await send(path, request, this.proof);
      if (response.headers.get("rollcall-impersonator") !== this.impersonator()) this.doubted("changed");
      return await read<T>(response, request.signal);
    } catch (error) {
      const doubt = error instanceof Failure ? doubtOf(error) : null;
      if (doubt !== null) this.doubted(doubt);
      throw error;
    }
  }

  /** Who really sits there, as the server names them. */
  private impersonator(): string | null {
    const real = this.proof !== null && "session" in this.proof ? this.proof.session.impersonator : null;
    return real === null ? null : `user:${real.id}`;
  }
}
