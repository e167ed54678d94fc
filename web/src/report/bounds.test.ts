import { describe, expect, it } from "vitest";
import { OPEN, boundsOf, fromBound, isInOrder, toBound } from "./bounds";
import { answerOf } from "./fixtures";

describe("a bound", () => {
  it.each(["2026-05-01", "2026-05-01T08:00", "2026-05-01T08:00:30"])("is the same there and back: %s", (text) => {
    expect(fromBound(toBound(text, "UTC"))).toBe(text);
  });

  it("that is an instant is entered as the zone's civil time", () => {
    expect(toBound("2026-05-01T08:00:00Z", "Europe/Stockholm")).toEqual({ date: "2026-05-01", time: "10:00" });
    expect(toBound("2026-05-01T22:30:15Z", "Asia/Seoul")).toEqual({ date: "2026-05-02", time: "07:30:15" });
  });

  it("that is missing or no time is open", () => {
    expect(toBound(undefined, "UTC")).toEqual(OPEN);
    expect(toBound("soon", "UTC")).toEqual(OPEN);
    expect(fromBound(OPEN)).toBeUndefined();
  });
});

describe("the bounds of a resolved range", () => {
  const range = answerOf([]).range;

  it("are days where it is whole days, the last one included", () => {
    expect(boundsOf(range, "Europe/Stockholm")).toEqual({ from: { date: "2026-11-20", time: "" }, to: { date: "2026-11-20", time: "" } });
  });

  it("are days also over a change of clocks and the end of a month", () => {
    const october = { ...range, from: "2026-10-25T00:00:00+02:00", to: "2026-11-01T00:00:00+01:00" };
    expect(boundsOf(october, "Europe/Stockholm")).toEqual({ from: { date: "2026-10-25", time: "" }, to: { date: "2026-10-31", time: "" } });
  });

  it("have times to the minute otherwise", () => {
    const rolling = { ...range, from: "2026-11-19T21:15:42.5Z", to: "2026-11-20T21:15:42.5Z" };
    expect(boundsOf(rolling, "UTC")).toEqual({ from: { date: "2026-11-19", time: "21:15" }, to: { date: "2026-11-20", time: "21:15" } });
  });
});

describe("a range begins before it ends", () => {
  const inOrder = (from: string, to: string, zone = "Europe/Stockholm"): boolean => isInOrder(toBound(from, zone), toBound(to, zone), zone);

  it.each([
    ["2026-11-25", "2026-11-25", true],
    ["2026-11-26", "2026-11-25", false],
    ["2026-11-25T14:00", "2026-11-25", true],
    ["2026-11-25T14:00", "2026-11-25T08:00", false],
    ["2026-11-25T14:00", "2026-11-25T14:00", false],
    ["2026-11-25", "2026-11-25T00:00", false],
  ])("from %s to %s: %s", (from, to, isRight) => {
    expect(inOrder(from, to)).toBe(isRight);
  });

  it("also where the clocks are set back in it", () => {
    expect(inOrder("2026-10-25T02:30", "2026-10-25T02:30")).toBe(true);
    expect(inOrder("2026-10-25T02:30", "2026-10-25T02:30", "UTC")).toBe(false);
  });

  it("where one end is open", () => {
    expect(isInOrder(OPEN, toBound("2026-11-25", "UTC"), "UTC")).toBe(true);
    expect(isInOrder(toBound("2026-11-25", "UTC"), OPEN, "UTC")).toBe(true);
  });
});
