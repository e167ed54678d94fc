/** Bars of sign-ins, whatever order the outcomes come in. */
import { expect, it } from "vitest";
import type { HistogramAnswer } from "../report/types";
import { barsOf, stepsTo, sumOf } from "./sign-in-bars";

const BARS = [
  { from: "2026-11-26T00:00:00Z", to: "2026-11-26T01:00:00Z", rows: 5, parts: [1, 3], others: 1 },
  { from: "2026-11-26T01:00:00Z", to: "2026-11-26T02:00:00Z", rows: 9, parts: [0, 9], others: 0 },
];

function answer(values: string[]): HistogramAnswer {
  const split = { field: "outcome", values: values.map((value) => ({ value, rows: 1 })), others: { values: 0, rows: 0, not_occurred: 0 } };
  return { bars: BARS, split, range: { as_of: "2026-11-26T02:00:00Z" } } as unknown as HistogramAnswer;
}

it("tells sign-ins and failures by their values, and keeps what is neither", () => {
  expect(barsOf(answer(["failure", "success"]))[0]).toMatchObject({ success: 3, failure: 1, others: 1 });
  expect(barsOf(answer(["success", "failure"]))[0]).toMatchObject({ success: 1, failure: 3, others: 1 });
});

it("takes what did not occur for none", () => {
  expect(barsOf(answer(["success"]))[1]).toMatchObject({ success: 0, failure: 0, others: 9 });
});

it("sums up, with the highest bar", () => {
  const sum = sumOf(barsOf(answer(["failure", "success"])));
  expect(sum).toEqual({ success: 12, failure: 1, others: 1, most: 9, mostFrom: "2026-11-26T01:00:00Z" });
});

it("knows the bar whose time is not over", () => {
  expect(barsOf(answer(["success"])).map(({ isRunning }) => isRunning)).toEqual([false, true]);
});

it("marks an axis at round numbers that reach its highest bar", () => {
  expect(stepsTo(0)).toEqual([0, 1]);
  expect(stepsTo(3)).toEqual([0, 1, 2, 3]);
  expect(stepsTo(7)).toEqual([0, 2, 4, 6, 8]);
  expect(stepsTo(51)).toEqual([0, 20, 40, 60]);
  expect(stepsTo(410)).toEqual([0, 100, 200, 300, 400, 500]);
  for (let most = 1; most < 30_000; most += 7) {
    const steps = stepsTo(most);
    expect(steps.length).toBeLessThan(7);
    expect(steps.at(-1)).toBeGreaterThanOrEqual(most);
    expect(steps.at(-2)).toBeLessThan(most);
  }
});
