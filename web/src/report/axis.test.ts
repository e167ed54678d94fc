/** Ticks of an axis: round in any zone, on days of any length. */
import { describe, expect, it } from "vitest";
import { civilAt } from "../i18n/clock";
import { formatFor } from "../i18n/format";
import { type Span, tickText, ticksOf } from "./axis";

const span = (from: string, to: string): Span => ({ from: Date.parse(from), to: Date.parse(to) });
const texts = (of: Span, zone: string, most: number): string[] => ticksOf(of, zone, most).map((tick) => tickText(tick, zone, formatFor("en-US")));

const HOUR = 3_600_000;
const LENGTHS = [1 / 60, 0.2, 1, 5, 24, 24.5, 50, 24 * 5, 24 * 30, 24 * 100, 24 * 400, 24 * 3_000];
const ZONES = ["UTC", "Asia/Kolkata", "America/New_York", "Europe/Stockholm", "Australia/Lord_Howe", "America/Santiago", "America/Havana", "Pacific/Apia"];
// Around days on which clocks are changed in one of the zones, and others.
const MOMENTS = ["2026-10-24T21:17:03Z", "2026-03-28T22:00:00Z", "2026-11-01T03:30:00Z", "2026-03-08T06:59:59Z", "2026-04-04T12:00:00Z", "2026-10-03T14:10:00Z", "2026-09-05T20:00:00Z", "2011-12-29T10:00:00Z"];

describe.each(ZONES)("in %s", (zone) => {
  it("ticks are round, in order, within the span and not too many", () => {
    for (const moment of MOMENTS) {
      for (const length of LENGTHS) {
        const of = { from: Date.parse(moment), to: Date.parse(moment) + length * HOUR };
        for (const most of [3, 9]) {
          const ticks = ticksOf(of, zone, most);
          const about = `${moment} ${length} h, at most ${most}`;
          expect(ticks.length, about).toBeLessThanOrEqual(most);
          if (length >= 1) expect(ticks.length, about).toBeGreaterThan(0);
          for (const [place, { at, unit }] of ticks.entries()) {
            const civil = civilAt(at, zone);
            const before = ticks[place - 1];
            if (before !== undefined) expect(at, about).toBeGreaterThan(before.at);
            expect(at >= of.from && at < of.to, about).toBe(true);
            expect(civil.second, about).toBe(0);
            // A day begins where its number changes.
            if (unit !== "time") expect(civilAt(at - 1, zone).day, about).not.toBe(civil.day);
            if (unit === "month" || unit === "year") expect(civil.day, about).toBe(1);
            if (unit === "year") expect(civil.month, about).toBe(1);
          }
        }
      }
    }
  });
});

it("a day is a step of the calendar, whatever its length", () => {
  const week = ticksOf(span("2026-10-21T22:00:00Z", "2026-10-28T23:00:00Z"), "Europe/Stockholm", 9);
  expect(week.map(({ at }) => new Date(at).toISOString().slice(5, 16))).toEqual(["10-21T22:00", "10-22T22:00", "10-23T22:00", "10-24T22:00", "10-25T23:00", "10-26T23:00", "10-27T23:00"]);
});

it("times that come twice are told twice, with their offsets", () => {
  expect(texts(span("2026-10-24T22:00:00Z", "2026-10-25T04:00:00Z"), "Europe/Stockholm", 9)).toEqual(["Oct 25", "01:00 AM", "02:00 AM +02:00", "02:00 AM +01:00", "03:00 AM", "04:00 AM"]);
  const lordHowe = ticksOf(span("2026-04-04T13:00:00Z", "2026-04-04T17:00:00Z"), "Australia/Lord_Howe", 12);
  expect(lordHowe.map(({ at }) => new Date(at).toISOString().slice(11, 16))).toEqual(["13:00", "13:30", "14:00", "14:30", "15:00", "15:30", "16:00", "16:30"]);
});

it("a day without a midnight begins when it begins", () => {
  expect(texts(span("2026-09-05T04:00:00Z", "2026-09-08T03:00:00Z"), "America/Santiago", 4)).toEqual(["Sep 5", "Sep 6", "Sep 7"]);
});

it("the first of several times says of which day they are, the others where a day begins", () => {
  expect(texts(span("2026-11-20T08:26:00Z", "2026-11-21T08:26:00Z"), "Asia/Kolkata", 9)).toEqual(["Nov 20 03:00 PM", "06:00 PM", "09:00 PM", "Nov 21", "03:00 AM", "06:00 AM", "09:00 AM", "12:00 PM"]);
  expect(texts(span("2026-11-18T23:00:00Z", "2026-11-22T23:00:00Z"), "Europe/Stockholm", 9)).toEqual(["Nov 19", "12:00 PM", "Nov 20", "12:00 PM", "Nov 21", "12:00 PM", "Nov 22", "12:00 PM"]);
});

it("over weeks and months it is Mondays and first days, with the year where it changes", () => {
  expect(texts(span("2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"), "Europe/Stockholm", 9)).toEqual(["Nov 2", "Nov 9", "Nov 16", "Nov 23", "Nov 30"]);
  expect(texts(span("2026-12-18T23:00:00Z", "2027-01-11T23:00:00Z"), "Europe/Stockholm", 4)).toEqual(["Dec 21, 2026", "Dec 28", "Jan 4, 2027", "Jan 11"]);
  expect(texts(span("2026-08-20T00:00:00Z", "2027-02-20T00:00:00Z"), "UTC", 9)).toEqual(["Sep 2026", "Oct", "Nov", "Dec", "Jan 2027", "Feb"]);
  expect(texts(span("2021-08-20T00:00:00Z", "2027-02-20T00:00:00Z"), "UTC", 9)).toEqual(["2022", "2023", "2024", "2025", "2026", "2027"]);
  expect(texts(span("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z"), "UTC", 9)).toEqual(["2000", "4000", "6000", "8000"]);
});
