/** Sessions as bars on lanes, and the part of the time that is looked at. */
import type { Row } from "../types";

/** A stretch of time, in milliseconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

export interface Bar extends Span {
  key: string;
  end: string;
  channel: string | null;
  isOpen: boolean;
  isBeginKnown: boolean;
  /** Sessions at the same time lie on top of each other: 0, 1 or 2. */
  row: number;
}

export interface Lane {
  key: string;
  agent: string;
  bars: Bar[];
}

const ROWS = 3;

/** A lane for each agent, in the order of the rows. What is unknown of a session is drawn to the range's edge. */
export function lanesOf(rows: readonly Row[], range: Span, now: number): Lane[] {
  const lanes = new Map<string, Lane>();
  for (const row of rows) {
    const key = text(row.agent_id) ?? text(row.agent) ?? "";
    const lane = lanes.get(key) ?? { key, agent: text(row.agent) ?? "–", bars: [] };
    lanes.set(key, lane);
    const bar = barOf(row, range, now);
    lane.bars.push({ ...bar, row: freeRow(lane.bars, bar) });
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
    from: login ?? Math.min(range.from, to),
    to: Math.max(to, login ?? to),
    end,
    channel: text(row.channel),
    isOpen,
    isBeginKnown: login !== null,
  };
}

/** The first row in which nothing lies where the bar begins. */
function freeRow(bars: readonly Bar[], bar: Span): number {
  const taken = bars.filter((other) => other.from < bar.to && bar.from < other.to).map(({ row }) => row);
  const free = Array.from({ length: ROWS }, (_, row) => row).find((row) => !taken.includes(row));
  return free ?? ROWS - 1;
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

/** The view with its length times a factor, around its middle, within the range. */
export function zoomed(view: Span, range: Span, factor: number): Span {
  const length = Math.min(Math.max((view.to - view.from) * factor, SHORTEST_MS), range.to - range.from);
  const middle = (view.from + view.to) / 2;
  return within({ from: middle - length / 2, to: middle + length / 2 }, range);
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

const STEPS_MS = [1, 5, 15, 30, 60, 180, 360, 720, 1_440, 2_880, 10_080, 40_320].map((minutes) => minutes * 60_000);
const MOST_TICKS = 9;

/** Moments to be written on the axis: round ones, at most nine. */
export function ticks(view: Span): number[] {
  const step = STEPS_MS.find((size) => (view.to - view.from) / size <= MOST_TICKS) ?? (view.to - view.from) / MOST_TICKS;
  const offset = new Date(view.from).getTimezoneOffset() * 60_000;
  const first = Math.ceil((view.from - offset) / step) * step + offset;
  const found: number[] = [];
  for (let at = first; at < view.to; at += step) found.push(at);
  return found;
}
