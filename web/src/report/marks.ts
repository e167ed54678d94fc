/** Which moments the axis of a histogram names between its ends, and where they lie among its bars. */
import { type Tick, ticksOf } from "./axis";

export interface Mark {
  tick: Tick;
  /** Where it lies: 0 at the beginning of the first bar, 1 at the end of the last. */
  share: number;
  /** The first bar that begins there, or after it. */
  from: string;
  /** Whether it begins a day, or more than a day; else it is a time within one. */
  isDay: boolean;
}

/** At most so many marks, at even distances of the calendar or the clock, never closer than bars. */
export function marksOf(bars: readonly { from: string; to: string }[], zone: string, most: number): Mark[] {
  const begins = bars.map(({ from }) => Date.parse(from));
  const end = Date.parse(bars.at(-1)?.to ?? "");
  const [begin] = begins;
  if (begin === undefined || Number.isNaN(begin) || Number.isNaN(end)) return [];
  return ticksOf({ from: begin, to: end }, zone, Math.min(most, bars.length)).flatMap((tick) => {
    const after = begins.findIndex((from) => from >= tick.at);
    const bar = bars[after];
    // The beginning of the first bar is an end of the axis.
    if (bar === undefined || after === 0) return [];
    const [from, to] = [begins[after - 1] ?? begin, begins[after] ?? end];
    const place = after - 1 + (tick.at - from) / (to - from);
    // The ends of the axis are told in full: a time between them is of a day that is known.
    return [{ tick: { ...tick, hasDate: false }, share: place / bars.length, from: bar.from, isDay: tick.unit !== "time" }];
  });
}
