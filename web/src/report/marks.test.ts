/** Marks of an axis: even by the clock and the calendar, whatever the length of bars and of days. */
import { expect, it } from "vitest";
import { type Mark, marksOf } from "./marks";

interface Bar {
  from: string;
  to: string;
}

function bars(from: string, count: number, hours: number): Bar[] {
  const at = (place: number): string => new Date(Date.parse(from) + place * hours * 3_600_000).toISOString();
  return Array.from({ length: count }, (_, place) => ({ from: at(place), to: at(place + 1) }));
}

const STOCKHOLM = "Europe/Stockholm";
const begins = (marks: Mark[]): string[] => marks.map(({ tick }) => new Date(tick.at).toISOString().slice(0, 16));

it("names midnights where several bars make a day, wherever bars begin", () => {
  const marks = marksOf(bars("2026-11-19T08:00:00Z", 28, 6), STOCKHOLM, 10);
  expect(begins(marks)).toEqual([20, 21, 22, 23, 24, 25, 26].map((day) => `2026-11-${String(day - 1)}T23:00`));
  expect(marks.map(({ from }) => from.slice(11, 16))).toEqual(Array(7).fill("02:00"));
  expect(marks[0]?.share).toBeCloseTo(2.5 / 28, 9);
  expect(marks.every(({ isDay }) => isDay)).toBe(true);
});

it("names Mondays where there are too many days", () => {
  expect(begins(marksOf(bars("2026-10-31T23:00:00Z", 30, 24), STOCKHOLM, 8))).toEqual(["01", "08", "15", "22", "29"].map((day) => `2026-11-${day}T23:00`));
});

it("names round hours within a day, and says which of them begins one", () => {
  const marks = marksOf(bars("2026-11-24T23:00:00Z", 48, 0.5), STOCKHOLM, 8);
  expect(marks.map(({ from }) => from.slice(11, 16))).toEqual(["02:00", "05:00", "08:00", "11:00", "14:00", "17:00", "20:00"]);
  const overnight = marksOf(bars("2026-11-24T12:00:00Z", 24, 1), STOCKHOLM, 8);
  expect(overnight.filter(({ isDay }) => isDay).map(({ from }) => from)).toEqual(["2026-11-24T23:00:00.000Z"]);
});

it("goes by the clock on a day that has 25 hours", () => {
  const marks = marksOf(bars("2026-10-24T22:00:00Z", 25, 1), STOCKHOLM, 8);
  expect(marks.map(({ share }) => Math.round(share * 25))).toEqual([4, 7, 10, 13, 16, 19, 22]);
});

it("names minutes where all bars lie in one hour, but nothing closer than bars", () => {
  expect(begins(marksOf(bars("2026-11-24T12:05:00Z", 50, 1 / 60), STOCKHOLM, 4))).toEqual(["15", "30", "45"].map((minute) => `2026-11-24T12:${minute}`));
  expect(begins(marksOf(bars("2026-11-23T23:00:00Z", 2, 24), STOCKHOLM, 8))).toEqual(["2026-11-24T23:00"]);
  expect(marksOf([], STOCKHOLM, 8)).toEqual([]);
});

it("names centuries over all the time that can be asked for", () => {
  const year = (number: number): string => `${String(number).padStart(4, "0")}-01-01T00:00:00Z`;
  const years = Array.from({ length: 2026 }, (_, place) => ({ from: year(place + 1), to: year(place + 2) }));
  expect(begins(marksOf(years, "UTC", 8)).map((text) => text.slice(0, 4))).toEqual(["0500", "1000", "1500", "2000"]);
});
