import { describe, expect, it } from "vitest";
import type { Operator } from "./api-types";
import { entryKind, readEntry, withText } from "./filter-entry";
import { LOGIN_LOGOUT, fieldOf } from "./fixtures";
import { filterWords, offeredOperators } from "./vocabulary";

const read = (name: string, op: Operator, text: string, values: string[] = []) =>
  readEntry({ values, text }, fieldOf(LOGIN_LOGOUT, name), op, "Europe/Stockholm");

describe("values are entered", () => {
  it.each([
    ["agent", "contains", "texts"],
    ["agent", "is_null", "none"],
    ["end_reason", "in", "choice"],
    ["open", "in", "choice"],
    ["login_time", "gte", "moment"],
    ["duration", "lte", "duration"],
    ["attempt", "gte", "number"],
    ["attempt", "in", "texts"],
  ] as const)("for %s %s as %s", (name, op, kind) => {
    expect(entryKind(fieldOf(LOGIN_LOGOUT, name), op)).toBe(kind);
  });
});

describe("an entry", () => {
  it("takes the text that has not been added yet, once", () => {
    expect(read("agent", "in", " Mara Lind ", ["Jonas Ek"])).toEqual({ values: ["Jonas Ek", "Mara Lind"] });
    expect(read("agent", "in", "Jonas Ek", ["Jonas Ek"])).toEqual({ values: ["Jonas Ek"] });
    expect(withText({ values: ["a"], text: "b" })).toEqual({ values: ["a", "b"], text: "" });
  });

  it("of a moment is an instant of the zone", () => {
    expect(read("login_time", "gte", "2026-11-20T08:00")).toEqual({ values: ["2026-11-20T07:00:00.000Z"] });
  });

  it("of a moment that comes twice takes in both", () => {
    expect(read("login_time", "gte", "2026-10-25T02:30")).toEqual({ values: ["2026-10-25T00:30:00.000Z"] });
    expect(read("login_time", "lte", "2026-10-25T02:30")).toEqual({ values: ["2026-10-25T01:30:00.000Z"] });
  });

  it("of a duration is a number of seconds", () => {
    expect(read("duration", "gte", "8:00:00")).toEqual({ values: ["28800"] });
  });

  it("of nothing is none, where nothing is asked", () => {
    expect(read("agent", "is_null", "")).toEqual({ values: [] });
  });

  it.each([
    ["agent", "in", "", "Enter at least one value."],
    ["end_reason", "in", "", "Pick at least one."],
    ["login_time", "gte", "", "Enter a date and a time."],
    ["duration", "gte", "long", "Enter h:mm:ss, h:mm or a number of seconds."],
    ["attempt", "lte", "1.5", "Enter a whole number."],
  ] as const)("that can't be read is told: %s %s %j", (name, op, text, problem) => {
    expect(read(name, op, text)).toEqual({ problem });
  });
});

describe("a filter in words", () => {
  it("has the words of its field and values", () => {
    const words = (name: string, op: Operator, values: string[]) =>
      filterWords({ field: name, op, values }, fieldOf(LOGIN_LOGOUT, name), "Europe/Stockholm");
    expect(words("end_reason", "in", ["signed_out", "still_open"])).toBe("End reason is one of Signed out, Still open");
    expect(words("login_time", "gte", ["2026-11-20T07:00:00.000Z"])).toBe("Login time is not before Fri 20 Nov 2026 08:00:00");
    expect(words("duration", "lte", ["28800"])).toBe("Duration is at most 8:00:00");
    expect(words("agent", "is_null", [])).toBe("Agent is missing");
  });

  it("of a field that the report doesn't have names it", () => {
    expect(filterWords({ field: "shoe_size", op: "in", values: ["44"] }, undefined, "UTC")).toBe("shoe_size is one of 44");
  });
});

it("fields with words are compared as a whole, and times only before and after", () => {
  expect(offeredOperators(fieldOf(LOGIN_LOGOUT, "end_reason"))).toEqual(["in", "not_in", "is_null"]);
  expect(offeredOperators(fieldOf(LOGIN_LOGOUT, "login_time"))).toEqual(["gte", "lte", "is_null"]);
  expect(offeredOperators(fieldOf(LOGIN_LOGOUT, "source_ip"))).toContain("cidr");
});
