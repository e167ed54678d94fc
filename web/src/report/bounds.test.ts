import { describe, expect, it } from "vitest";
import { OPEN, boundsOf, fromBound, toBound } from "./bounds";
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
