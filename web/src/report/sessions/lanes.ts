/** Sessions as bars on lanes, and the part of the time that is looked at. */
import type { Span } from "../axis";
import type { Row } from "../types";

export interface Bar extends Span {
  key: string;
  end: string;
  channel: string | null;
  isOpen: boolean;
  /** Where the sign-in is not known, there is no telling for how long: such a session is a moment, that of its end. */
  isBeginKnown: boolean;
  /** Whether it ended when it says, not somewhen before. */
  isEndKnown: boolean;
  /** Sessions at the same time lie beneath each other, from 0 on. */
  row: number;
}

export interface Lane {
  key: string;
  agent: string;
  bars: Bar[];
  /** In how many rows its bars lie. */
  rows: number;
}

/** Most rows of a lane. More sessions at once lie on each other in the last one. */
const MOST_ROWS = 6;
/** Which part of the range is kept free for the stub of a session whose sign-in is not known. */
const STUB = 0.02;

/** A lane for each agent, in the order of the rows. */
export function lanesOf(rows: readonly Row[], range: Span, now: number): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const row of rows) {
    const key = text(row.agent_id) ?? text(row.agent) ?? "";
    const lane = lanes.get(key) ?? { key, agent: text(row.agent) ?? "–", bars: [], rows: 1 };
    lanes.set(key, lane);
    const bar = barOf(row, range, now);
    const free = freeRow(lane.bars, bar, (range.to - range.from) * STUB);
    lane.bars.push({ ...bar, row: free });
    lane.rows = Math.max(lane.rows, free + 1);
  }
  return [...lanes.values()];
}

function barOf(row: Row, range: Span, now: number): Omit<Bar, "row"> {
  const end = text(row.end_reason) ?? "";
  const isOpen = end === "still_open";
  const [login, logout] = [moment(row.login_time), moment(row.logout_time) ?? moment(row.ended_no_later_than)];
  const to = isOpen ? Math.min(range.to, now) : (logout ?? range.to);
  return {
    key: text(row.session_key) ?? "",
    from: login ?? to,
    to: Math.max(to, login ?? to),
    end,
    channel: text(row.channel),
    isOpen,
    isBeginKnown: login !== null,
    isEndKnown: isOpen || moment(row.logout_time) !== null,
  };
}

/** The first row in which nothing lies where the bar does. */
function freeRow(bars: readonly Bar[], bar: Omit<Bar, "row">, stub: number): number {
  const beginOf = ({ from, isBeginKnown }: Omit<Bar, "row">): number => (isBeginKnown ? from : from - stub);
  const taken = bars.filter((other) => beginOf(other) < bar.to && beginOf(bar) < other.to).map(({ row }) => row);
  const free = Array.from({ length: MOST_ROWS }, (_, row) => row).find((row) => !taken.includes(row));
  return free ?? MOST_ROWS - 1;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function moment(value: unknown): number | null {
  const read = Date.parse(String(value));
  return Number.isNaN(read) ? null : read;
}

/** Where a moment lies in a span: 0 at its beginning, 1 at its end. */
export function share(at: number, { from, to }: Span): number {
  return to === from ? 0 : (at - from) / (to - from);
}

const SHORTEST_MS = 60_000;

/** The view with its length times a factor, within the range. The moment `around` stays where it is; the middle if left out. */
export function zoomed(view: Span, range: Span, factor: number, around = (view.from + view.to) / 2): Span {
  const length = Math.min(Math.max((view.to - view.from) * factor, SHORTEST_MS), range.to - range.from);
  const from = around - share(around, view) * length;
  return within({ from, to: from + length }, range);
}

/** The view moved by a part of its length, within the range. */
export function moved(view: Span, range: Span, by: number): Span {
  const distance = (view.to - view.from) * by;
  return within({ from: view.from + distance, to: view.to + distance }, range);
}

function within(view: Span, range: Span): Span {
  const shift = Math.max(range.from - view.from, 0) - Math.max(view.to - range.to, 0);
  return { from: view.from + shift, to: view.to + shift };
}
