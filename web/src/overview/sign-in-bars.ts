/** The bars of sign-ins, by what has become of them. */
import type { HistogramAnswer } from "../report/types";

/** At most so many steps of an axis. */
const STEPS = 5;

export interface Bar {
  from: string;
  to: string;
  success: number;
  failure: number;
  /** What the source told no outcome of. */
  others: number;
  /** Whether its time is not over, so that more may come. */
  isRunning: boolean;
}

export function barsOf({ bars, split, range }: HistogramAnswer): Bar[] {
  const places = split?.values.map(({ value }) => value) ?? [];
  const [success, failure] = [places.indexOf("success"), places.indexOf("failure")];
  return bars.map(({ from, to, rows, parts }) => {
    const [good, bad] = [parts?.[success] ?? 0, parts?.[failure] ?? 0];
    return { from, to, success: good, failure: bad, others: rows - good - bad, isRunning: Date.parse(to) >= Date.parse(range.as_of) };
  });
}

/** The marks of an axis from 0 to a number: at even distances of 1, 2 or 5, 10, 20 and so on, the last at or above it. */
export function stepsTo(most: number): number[] {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, most))) - 1);
  const step = [1, 2, 5, 10].map((round) => round * power).find((size) => most <= size * STEPS) ?? 20 * power;
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, at) => at * step);
}

export function sumOf(bars: readonly Bar[]): Omit<Bar, "from" | "to" | "isRunning"> & { most: number; mostFrom: string } {
  const sum = { success: 0, failure: 0, others: 0, most: 0, mostFrom: "" };
  for (const { from, success, failure, others } of bars) {
    sum.success += success;
    sum.failure += failure;
    sum.others += others;
    const rows = success + failure + others;
    if (rows > sum.most) Object.assign(sum, { most: rows, mostFrom: from });
  }
  return sum;
}
