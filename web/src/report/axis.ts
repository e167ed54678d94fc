/**
 * Which moments an axis of time names: round ones by the calendar and the clock of a zone, whatever the length of its days.
 */
import { civilAt, momentOfCivil, offsetMs } from "../i18n/clock";
import type { Format } from "../i18n/format";

/** A stretch of time, in milliseconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

export interface Tick {
  at: number;
  /** The longest that begins here: a tick of the unit `day` is a midnight, where a day has one. */
  unit: "time" | "day" | "month" | "year";
  /** Whether the date has to be told with the time, and the year with the date. */
  hasDate: boolean;
  hasYear: boolean;
}

type Unit = "minute" | "day" | "month" | "year";

/** What lies between two ticks. */
interface Step {
  unit: Unit;
  count: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LENGTH_MS: Record<Unit, number> = { minute: MINUTE_MS, day: DAY_MS, month: 30.4 * DAY_MS, year: 365.2 * DAY_MS };

function steps(unit: Unit, counts: readonly number[]): Step[] {
  return counts.map((count) => ({ unit, count }));
}

/** All of them part a day, a week, a year or a century evenly. */
const STEPS: readonly Step[] = [
  ...steps("minute", [1, 5, 10, 15, 30, 60, 120, 180, 360, 720]),
  ...steps("day", [1, 2, 7, 14]),
  ...steps("month", [1, 2, 3, 6]),
  ...steps("year", [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]),
];

/** The round moments of a span, at most so many. */
export function ticksOf(span: Span, zone: string, most: number): Tick[] {
  const length = span.to - span.from;
  for (const step of STEPS) {
    if (length / (LENGTH_MS[step.unit] * step.count) > most + 1) continue;
    const moments = momentsOf(span, zone, step);
    if (moments.length <= most) return toldOf(moments, span, zone, step);
  }
  return [];
}

function momentsOf(span: Span, zone: string, step: Step): number[] {
  // Civil times are gone through as the moments at which the clocks of UTC show them. Where clocks are set back within the
  // span, the earliest of its civil times is not that of its beginning.
  const offsets = [offsetMs(span.from, zone), offsetMs(span.to, zone)];
  const last = span.to + Math.max(...offsets);
  const found = new Set<number>();
  for (let civil = roundDown(span.from + Math.min(...offsets), step); civil <= last; civil = stepped(civil, step)) {
    for (const moment of momentsAt(civil, zone, step)) if (moment >= span.from && moment < span.to) found.add(moment);
  }
  return [...found].sort((one, other) => one - other);
}

/** The moments of a civil time: two where it comes twice. Of one that is skipped none, unless a day begins there. */
function momentsAt(civil: number, zone: string, { unit, count }: Step): number[] {
  const earlier = momentOfCivil(civil, zone, "earlier");
  if (civil % DAY_MS === 0) return [earlier];
  if (earlier + offsetMs(earlier, zone) !== civil) return [];
  return unit === "minute" && count <= 60 ? [earlier, momentOfCivil(civil, zone, "later")] : [earlier];
}

/** 1 January 1970 was a Thursday. */
const FIRST_MONDAY_MS = -3 * DAY_MS;

function roundDown(civil: number, { unit, count }: Step): number {
  const date = new Date(civil);
  if (unit === "year") return yearsBegin(Math.floor(date.getUTCFullYear() / count) * count, 0);
  if (unit === "month") return yearsBegin(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / count) * count);
  const size = count * LENGTH_MS[unit];
  const origin = unit === "day" && count >= 7 ? FIRST_MONDAY_MS : 0;
  return Math.floor((civil - origin) / size) * size + origin;
}

function stepped(civil: number, { unit, count }: Step): number {
  if (unit === "minute" || unit === "day") return civil + count * LENGTH_MS[unit];
  const date = new Date(civil);
  return unit === "year" ? yearsBegin(date.getUTCFullYear() + count, 0) : yearsBegin(date.getUTCFullYear(), date.getUTCMonth() + count);
}

function yearsBegin(year: number, month: number): number {
  return new Date(0).setUTCFullYear(year, month, 1);
}

function toldOf(moments: readonly number[], span: Span, zone: string, step: Step): Tick[] {
  const hasYears = civilAt(span.from, zone).year !== civilAt(span.to - 1, zone).year;
  let before: number | null = null;
  return moments.map((at) => {
    const civil = civilAt(at, zone);
    const isFirst = before === null;
    const unit = step.unit === "minute" ? (beginsDay(at, zone) ? "day" : "time") : step.unit;
    const hasYear = isFirst ? hasYears || unit === "month" : before !== civil.year;
    before = civil.year;
    // The first time of an axis says of which day it is; the others follow a midnight or the first one.
    return { at, unit, hasDate: isFirst && unit === "time", hasYear };
  });
}

/** Whether a day begins at a moment: at midnight, or where midnight is skipped, after it. */
function beginsDay(at: number, zone: string): boolean {
  const civil = at + offsetMs(at, zone);
  return momentOfCivil(Math.floor(civil / DAY_MS) * DAY_MS, zone, "earlier") === at;
}

export function tickText({ at, unit, hasDate, hasYear }: Tick, zone: string, format: Format): string {
  const moment = new Date(at).toISOString();
  switch (unit) {
    case "year":
      return format.year(moment, zone);
    case "month":
      return hasYear ? format.monthOfYear(moment, zone) : format.month(moment, zone);
    case "day":
      return hasYear ? format.dateOfYear(moment, zone) : format.shortDate(moment, zone);
    case "time": {
      const time = format.time(moment, zone);
      if (!hasDate) return time;
      return `${hasYear ? format.dateOfYear(moment, zone) : format.shortDate(moment, zone)} ${time}`;
    }
  }
}
