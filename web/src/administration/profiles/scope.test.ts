/** A scope, edited and told. */
import { describe, expect, it } from "vitest";
import { EMPTY_PART, entryOf, isComplete, scopeIn, scopeOf } from "./scope";

const PARTS = { parts: [{ hierarchies: ["EMEA / Stockholm"], routing_profiles: [], tags: { site: "LIS", rule: "a=b" }, employee_ids: ["4711"] }] };

describe("a scope", () => {
  it("comes back as it was", () => {
    expect(scopeOf(entryOf(scopeIn(PARTS)))).toEqual(PARTS);
    expect(scopeOf(entryOf(scopeIn("all")))).toBe("all");
  });

  it("is told with what is left out", () => {
    expect(scopeIn({ parts: [{ employee_ids: ["1"] }] })).toEqual({ parts: [{ hierarchies: [], routing_profiles: [], tags: {}, employee_ids: ["1"] }] });
  });

  it("has a condition in each part", () => {
    expect(isComplete({ isAll: true, parts: [EMPTY_PART] })).toBe(true);
    expect(isComplete({ isAll: false, parts: [] })).toBe(false);
    expect(isComplete({ isAll: false, parts: [{ ...EMPTY_PART, employee_ids: ["1"] }, EMPTY_PART] })).toBe(false);
    expect(isComplete({ isAll: false, parts: [{ ...EMPTY_PART, tags: ["site=LIS"] }] })).toBe(true);
  });

  it("has tags with a key and a value", () => {
    for (const tag of ["site", "site=", "=LIS"]) expect(isComplete({ isAll: false, parts: [{ ...EMPTY_PART, tags: [tag] }] })).toBe(false);
  });
});
