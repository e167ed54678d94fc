import { describe, expect, it } from "vitest";
import {
  alsoSortedBy,
  completed,
  filteredBy,
  groupedBy,
  shownZone,
  sortedBy,
  withClock,
  withFilter,
  withSpanning,
  withoutAsOf,
  withoutFilter,
} from "./definition";
import { LOGIN_LOGOUT, SIGN_IN_LOG } from "./fixtures";
import type { Definition } from "./types";

const SESSIONS: Definition = { report: "login_logout", range: { preset: "today" }, time_zone: "Asia/Seoul", filters: [], sort: [] };

describe("what an address leaves out", () => {
  it("is the kind's first preset and the browser's zone", () => {
    expect(completed({}, SIGN_IN_LOG, "Asia/Seoul")).toEqual({
      report: "sign_in_log",
      range: { preset: "1_day" },
      time_zone: "Asia/Seoul",
      filters: [],
      sort: [],
      columns: SIGN_IN_LOG.default_columns,
    });
  });

  it("is only what it leaves out", () => {
    expect(completed({ time_zone: "UTC" }, LOGIN_LOGOUT, "Asia/Seoul")).toMatchObject({ range: { preset: "today" }, time_zone: "UTC" });
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

describe("sorting by one more field", () => {
  it("comes after the others, then is turned round, then is taken away", () => {
    const both = alsoSortedBy(SESSIONS, LOGIN_LOGOUT, "agent");
    expect(both.sort).toEqual([...LOGIN_LOGOUT.default_sort, { field: "agent", dir: "asc" }]);
    const turned = alsoSortedBy(both, LOGIN_LOGOUT, "agent");
    expect(turned.sort.at(-1)).toEqual({ field: "agent", dir: "desc" });
    expect(alsoSortedBy(turned, LOGIN_LOGOUT, "agent").sort).toEqual(LOGIN_LOGOUT.default_sort);
  });
});

it("a filter takes the place of one on the same field that compares alike, and stands beside others", () => {
  const only = filteredBy(SESSIONS, { field: "agent", op: "in", values: ["a"] });
  expect(filteredBy(only, { field: "agent", op: "in", values: ["b"] }).filters).toEqual([{ field: "agent", op: "in", values: ["b"] }]);
  expect(filteredBy(only, { field: "agent", op: "not_in", values: ["b"] }).filters).toHaveLength(2);
});

it("by no keys, the rows are shown, and what groups were sorted by is forgotten", () => {
  const grouped = { ...groupedBy(SESSIONS, [{ field: "channel" }]), group_sort: [{ field: "count", dir: "desc" as const }] };
  expect(grouped.group_by).toEqual([{ field: "channel" }]);
  expect(groupedBy(grouped, [])).toEqual(SESSIONS);
});

it("filters are added at the end and removed by place", () => {
  const [first, second] = ["a", "b"].map((value) => ({ field: "agent", op: "in" as const, values: [value] }));
  if (first === undefined || second === undefined) throw new Error("there are two");
  const both = withFilter(withFilter(SESSIONS, first), second);
  expect(both.filters).toEqual([first, second]);
  expect(withoutFilter(both, 0).filters).toEqual([second]);
});

it("what was known at another time gives way to what is known by now", () => {
  expect(withoutAsOf({ ...SESSIONS, as_of_seq: 12 })).toEqual(SESSIONS);
});

it("spanning is said only when it is wanted", () => {
  expect(withSpanning(SESSIONS, true).spanning).toBe(true);
  expect(withSpanning(withSpanning(SESSIONS, true), false)).toEqual(SESSIONS);
});

it("times are shown in the report's zone unless UTC is asked for, or is the kind's own clock", () => {
  expect(shownZone(SESSIONS, LOGIN_LOGOUT)).toBe("Asia/Seoul");
  expect(shownZone(withClock(SESSIONS, "utc"), LOGIN_LOGOUT)).toBe("UTC");
  const audit = { ...LOGIN_LOGOUT, default_clock: "utc" };
  expect(shownZone(SESSIONS, audit)).toBe("UTC");
  expect(shownZone(withClock(SESSIONS, "report"), audit)).toBe("Asia/Seoul");
});
