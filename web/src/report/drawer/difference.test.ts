import { expect, it } from "vitest";
import { differences, hasDifference } from "./Difference";
import { relationsOf } from "./Related";

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

it("a row is related by its session, its item and its agent", () => {
  const row = { event_time: "2026-11-20T09:00:00Z", session_id: "s-1", source: "portal", instance: "4711", account: "mara" };
  expect(relationsOf(row).map(({ name, kind, filters }) => [name, kind, filters.map(({ field, values }) => `${field}=${values.join()}`).join("&")])).toEqual([
    ["sameSession", "sign_in_log", "session_id=s-1&source=portal"],
    ["sameInstance", "activity_audit", "instance=4711"],
    ["sameAgent", "sign_in_log", "account=mara"],
  ]);
  expect(relationsOf({ session_key: "x" })).toEqual([]);
});
