/** Marks of an axis: even by the clock, whatever the length of bars and of days. */
import { expect, it } from "vitest";
import { marksOf } from "./marks";

function bars(from: string, count: number, hours: number): { from: string }[] {
  return Array.from({ length: count }, (_, at) => ({ from: new Date(Date.parse(from) + at * hours * 3_600_000).toISOString() }));
}

const STOCKHOLM = "Europe/Stockholm";

it("names the first bar of each day, where several bars make one", () => {
  const marks = marksOf(bars("2026-11-19T08:00:00Z", 28, 6), STOCKHOLM, 10);
  expect(marks.map(({ at }) => at)).toEqual([3, 7, 11, 15, 19, 23, 27]);
  expect(marks.every(({ isDay }) => isDay)).toBe(true);
});

it("leaves days out at even distances where there are too many", () => {
  const marks = marksOf(bars("2026-10-31T23:00:00Z", 30, 24), STOCKHOLM, 8);
  expect(marks.map(({ at }) => at)).toEqual([1, 5, 9, 13, 17, 21, 25, 29]);
});

it("names round hours within a day, and says which of them begins one", () => {
  const marks = marksOf(bars("2026-11-24T23:00:00Z", 48, 0.5), STOCKHOLM, 8);
  expect(marks.map(({ from }) => from.slice(11, 16))).toEqual(["02:00", "05:00", "08:00", "11:00", "14:00", "17:00", "20:00"]);
  const overnight = marksOf(bars("2026-11-24T12:00:00Z", 24, 1), STOCKHOLM, 8);
  expect(overnight.filter(({ isDay }) => isDay).map(({ from }) => from)).toEqual(["2026-11-24T23:00:00.000Z"]);
});

it("goes by the clock on a day that has 25 hours", () => {
  const marks = marksOf(bars("2026-10-24T22:00:00Z", 25, 1), STOCKHOLM, 8);
  expect(marks.map(({ at }) => at)).toEqual([4, 7, 10, 13, 16, 19, 22]);
});

it("has no mark where all bars lie in one hour", () => {
  expect(marksOf(bars("2026-11-24T12:05:00Z", 50, 1 / 60), STOCKHOLM, 8)).toEqual([]);
});
