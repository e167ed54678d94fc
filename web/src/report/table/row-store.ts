/**
 * The rows of one answer, page by page as they are looked at.
 *
 * All pages are of the snapshot that the first one saw: rows that arrive meanwhile neither shift nor repeat rows. A page
 * that follows one that is there goes on at its cursor; any other is found by its distance from the first.
 */
import { type Failure, asFailure } from "../../api/failure";
import { askPage } from "../ask";
import type { Answer, Definition, Row } from "../types";

/** Rows of one page. */
export const PAGE_ROWS = 200;
/** Most pages that are kept; those that were looked at longest ago go first. */
const MAX_PAGES = 100;
/** Most pages that are asked for at once. */
const AT_ONCE = 3;

interface Page {
  rows: readonly Row[];
  nextCursor: string | null;
}

export class RowStore {
  readonly total: number;
  /** Changes with every page that comes. */
  version = 0;
  failure: Failure | null = null;
  private readonly pages = new Map<number, Page>();
  private readonly asked = new Set<number>();
  private wanted: number[] = [];
  private readonly listeners = new Set<() => void>();
  private abort = new AbortController();

  constructor(
    private readonly definition: Definition,
    readonly first: Answer,
  ) {
    this.total = first.total;
    this.pages.set(0, { rows: first.rows, nextCursor: first.next_cursor ?? null });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): number => this.version;

  row(index: number): Row | undefined {
    return this.pages.get(Math.floor(index / PAGE_ROWS))?.rows[index % PAGE_ROWS];
  }

  /** Where a row lies among those that have come; null if it isn't there. */
  placeOf(is: (row: Row) => boolean): number | null {
    for (const [page, { rows }] of this.pages) {
      const at = rows.findIndex(is);
      if (at >= 0) return page * PAGE_ROWS + at;
    }
    return null;
  }

  /** Says which rows are looked at: what of them is missing is fetched, what was looked at before is not any more. */
  want(from: number, to: number): void {
    const [first, last] = [Math.floor(Math.max(from, 0) / PAGE_ROWS), Math.floor(Math.min(to, this.total - 1) / PAGE_ROWS)];
    this.wanted = [];
    for (let place = first; place <= last; place += 1) {
      const page = this.pages.get(place);
      if (page === undefined) this.wanted.push(place);
      else if (place !== 0) {
        // The order of a map is that in which things were put into it.
        this.pages.delete(place);
        this.pages.set(place, page);
      }
    }
    this.fetchWanted();
  }

  /** Fetches anew what could not be fetched. */
  again(): void {
    this.failure = null;
    this.changed();
    this.fetchWanted();
  }

  /** Ends what is being fetched. The rows that are there stay, and others are fetched when they are looked at again. */
  stop(): void {
    this.abort.abort();
    this.abort = new AbortController();
    this.listeners.clear();
  }

  private fetchWanted(): void {
    if (this.failure !== null) return;
    for (const place of this.wanted) {
      if (this.asked.size >= AT_ONCE) return;
      if (!this.asked.has(place) && !this.pages.has(place)) void this.fetch(place);
    }
  }

  private async fetch(place: number): Promise<void> {
    this.asked.add(place);
    const { signal } = this.abort;
    try {
      const answer = await askPage(this.definition, this.question(place), signal);
      this.pages.set(place, { rows: answer.rows, nextCursor: answer.next_cursor ?? null });
      this.forgetOldest();
    } catch (error) {
      if (signal.aborted) return;
      this.failure = asFailure(error);
    } finally {
      this.asked.delete(place);
    }
    this.changed();
    this.fetchWanted();
  }

  private question(place: number): { limit: number; cursor?: string; offset?: number } {
    const before = this.pages.get(place - 1)?.nextCursor;
    if (before != null) return { limit: PAGE_ROWS, cursor: before };
    const start = this.pages.get(0)?.nextCursor;
    const offset = (place - 1) * PAGE_ROWS;
    return start == null ? { limit: PAGE_ROWS, offset: place * PAGE_ROWS } : { limit: PAGE_ROWS, cursor: start, offset };
  }

  private forgetOldest(): void {
    for (const place of this.pages.keys()) {
      if (this.pages.size <= MAX_PAGES) return;
      // The first one holds the cursor by which others are found.
      if (place !== 0) this.pages.delete(place);
    }
  }

  private changed(): void {
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}
