import { describe, expect, it } from "vitest";
import i18next from "i18next";
import { formatFor } from "../i18n/format";
import { entryKind, readEntry, withText, withTyped } from "./filter-entry";
import { LOGIN_LOGOUT, fieldOf } from "./fixtures";
import type { Operator } from "./types";
import { filterWords, offeredOperators } from "./vocabulary";
import type { ReportWords } from "./words";

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

  it("takes what stands before a comma, also where a keyboard tells no keys", () => {
    expect(withTyped({ values: ["a"], text: "liv" }, "live,mar")).toEqual({ values: ["a", "live"], text: "mar" });
    expect(withTyped({ values: [], text: "" }, "a,b:c,\nd")).toEqual({ values: ["a", "b:c"], text: "d" });
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
    ["agent", "in", "", "atLeastOne"],
    ["end_reason", "in", "", "pick"],
    ["login_time", "gte", "", "moment"],
    ["duration", "gte", "long", "duration"],
    ["attempt", "lte", "1.5", "number"],
  ] as const)("that can't be read is told: %s %s %j", (name, op, text, problem) => {
    expect(read(name, op, text)).toEqual({ problem });
  });
});

const words = (): ReportWords => i18next.getFixedT("en", ["report", "fields", "common"]) as unknown as ReportWords;

describe("a filter in words", () => {
  it("has the words of its field and values", () => {
    const told = (name: string, op: Operator, values: string[]) =>
      filterWords({ field: name, op, values }, fieldOf(LOGIN_LOGOUT, name), "Europe/Stockholm", formatFor("en-GB"), words());
    expect(told("end_reason", "in", ["signed_out", "still_open"])).toBe("End reason is one of Signed out, Still open");
    expect(told("login_time", "gte", ["2026-11-20T07:00:00.000Z"])).toBe("Login time is not before 20 Nov 2026, 08:00:00");
    expect(told("duration", "lte", ["28800"])).toBe("Duration is at most 8:00:00");
    expect(told("agent", "is_null", [])).toBe("Agent is missing");
  });

  it("of a field that the report doesn't have names it", () => {
    expect(filterWords({ field: "shoe_size", op: "in", values: ["44"] }, undefined, "UTC", formatFor("en-GB"), words())).toBe("shoe_size is one of 44");
  });
});

it("fields with words are compared as a whole, and times only before and after", () => {
  expect(offeredOperators(fieldOf(LOGIN_LOGOUT, "end_reason"))).toEqual(["in", "not_in", "is_null"]);
  expect(offeredOperators(fieldOf(LOGIN_LOGOUT, "login_time"))).toEqual(["gte", "lte", "is_null"]);
  expect(offeredOperators(fieldOf(LOGIN_LOGOUT, "source_ip"))).toContain("cidr");
});
