import { expect, it } from "vitest";
import { differences, hasDifference } from "./Difference";

it("members that differ come first, each with what it was and is", () => {
  const before = { name: "Billing", limits: { idle: 30, total: 8 }, tags: ["a"], gone: true };
  const after = { name: "Billing", limits: { idle: 15, total: 8 }, tags: ["a", "b"], new: 1 };
  expect(differences(before, after)).toEqual([
    { path: "limits.idle", before: 30, after: 15, change: "changed" },
    { path: "tags", before: ["a"], after: ["a", "b"], change: "changed" },
    { path: "gone", before: true, after: undefined, change: "removed" },
    { path: "new", before: undefined, after: 1, change: "added" },
    { path: "name", before: "Billing", after: "Billing", change: "same" },
    { path: "limits.total", before: 8, after: 8, change: "same" },
  ]);
});

it("what was made has no before", () => {
  expect(differences(null, { name: "x" })).toEqual([{ path: "name", before: undefined, after: "x", change: "added" }]);
});

it("details are read also where they come as text", () => {
  expect(hasDifference({ details: '{"before":null,"after":{"a":1}}' })).toBe(true);
  expect(hasDifference({ details: { note: "x" } })).toBe(false);
  expect(hasDifference({ details: null })).toBe(false);
});
