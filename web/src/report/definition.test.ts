import { describe, expect, it } from "vitest";
import type { Definition } from "./api-types";
import { completed, ofKind, shownZone, sortedBy, withFilter, withSpanning, withoutFilter } from "./definition";
import { LOGIN_LOGOUT, OFFERS, SIGN_IN_LOG } from "./fixtures";

const SESSIONS: Definition = { report: "login_logout", range: { preset: "today" }, time_zone: "Asia/Seoul", filters: [], sort: [] };

describe("what an address leaves out", () => {
  it("is the first kind, its first preset and the browser's zone", () => {
    expect(completed({}, OFFERS, "Asia/Seoul")).toEqual({
      report: "sign_in_log",
      range: { preset: "1_day" },
      time_zone: "Asia/Seoul",
      filters: [],
      sort: [],
    });
  });

  it("is only what it leaves out", () => {
    expect(completed({ report: "login_logout", time_zone: "UTC" }, OFFERS, "Asia/Seoul")).toMatchObject({
      report: "login_logout",
      range: { preset: "today" },
      time_zone: "UTC",
    });
  });
});

describe("another kind", () => {
  it("takes over range, zone and the filters that it has too", () => {
    const address = { field: "source_ip", op: "cidr", values: ["203.0.113.0/24"] } as const;
    const sessions: Definition = {
      ...SESSIONS,
      filters: [{ ...address, values: [...address.values] }, { field: "open", op: "in", values: ["true"] }],
      spanning: true,
      columns: ["agent"],
      sort: [{ field: "agent", dir: "asc" }],
    };
    expect(ofKind(sessions, SIGN_IN_LOG)).toEqual({
      report: "sign_in_log",
      range: { preset: "today" },
      time_zone: "Asia/Seoul",
      filters: [address],
      sort: [],
    });
  });

  it("leaves the clock that was only the former kind's own", () => {
    const audit = { ...SIGN_IN_LOG, report: "activity_audit", default_clock: "utc" } as const;
    const inUtc = completed({ report: "activity_audit" }, [audit], "Asia/Seoul");
    expect(inUtc.clock).toBe("utc");
    expect(ofKind(inUtc, LOGIN_LOGOUT, audit).clock).toBeUndefined();
    expect(ofKind({ ...inUtc, clock: "report" }, LOGIN_LOGOUT, audit).clock).toBe("report");
  });

  it("that is the same one changes nothing", () => {
    expect(ofKind(SESSIONS, LOGIN_LOGOUT)).toBe(SESSIONS);
  });
});

describe("sorting", () => {
  it("by the field that is first already turns it round", () => {
    const up = sortedBy(SESSIONS, LOGIN_LOGOUT, "login_time");
    expect(up.sort).toEqual([{ field: "login_time", dir: "asc" }]);
    expect(sortedBy(up, LOGIN_LOGOUT, "login_time").sort).toEqual([{ field: "login_time", dir: "desc" }]);
  });

  it("by another field begins upwards", () => {
    expect(sortedBy(SESSIONS, LOGIN_LOGOUT, "agent").sort).toEqual([{ field: "agent", dir: "asc" }]);
  });
});

it("filters are added at the end and removed by place", () => {
  const [first, second] = ["a", "b"].map((value) => ({ field: "agent", op: "in" as const, values: [value] }));
  if (first === undefined || second === undefined) throw new Error("there are two");
  const both = withFilter(withFilter(SESSIONS, first), second);
  expect(both.filters).toEqual([first, second]);
  expect(withoutFilter(both, 0).filters).toEqual([second]);
});

it("spanning is said only when it is wanted", () => {
  expect(withSpanning(SESSIONS, true).spanning).toBe(true);
  expect(withSpanning(withSpanning(SESSIONS, true), false)).toEqual(SESSIONS);
});

it("times are shown in the report's zone unless UTC is asked for", () => {
  expect(shownZone(SESSIONS)).toBe("Asia/Seoul");
  expect(shownZone({ ...SESSIONS, clock: "utc" })).toBe("UTC");
});
