/** The bars of sign-ins, by what has become of them. */
import type { HistogramAnswer } from "../report/types";

export interface Bar {
  from: string;
  to: string;
  success: number;
  failure: number;
  /** What the source told no outcome of. */
  others: number;
}

export function barsOf({ bars, split }: HistogramAnswer): Bar[] {
  const places = split?.values.map(({ value }) => value) ?? [];
  const [success, failure] = [places.indexOf("success"), places.indexOf("failure")];
  return bars.map(({ from, to, rows, parts }) => {
    const [good, bad] = [parts?.[success] ?? 0, parts?.[failure] ?? 0];
    return { from, to, success: good, failure: bad, others: rows - good - bad };
  });
}

export function sumOf(bars: readonly Bar[]): Omit<Bar, "from" | "to"> & { most: number; mostFrom: string } {
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
