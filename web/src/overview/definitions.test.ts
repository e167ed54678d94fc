/** The definitions behind the figures, as the links have them. */
import { expect, it } from "vitest";
import { fromSearch, toSearch } from "../report/address";
import type { Facet } from "../report/types";
import { agentsBySignIns, allOthers, everybodyInDirectory, failures, groupedBy, openSessions, sentBy, signIns, signedInAs } from "./definitions";

const facet = (missing: number) => ({ field: "routing_profile", values: [{ value: "Billing" }, { value: "Tech, 2" }], missing }) as unknown as Facet;

it("survives the way through an address", () => {
  for (const definition of [
    openSessions("Europe/Stockholm", signedInAs(["Mara Lind, 4711"])),
    openSessions("UTC", ...allOthers(facet(3))),
    failures("UTC", { from: "2026-11-26T00:00:00+01:00", to: "2026-11-26T01:00:00+01:00" }),
    sentBy("UTC", "phone: 1", "activity_audit"),
    everybodyInDirectory("UTC"),
  ]) {
    const { report: _, sort, ...rest } = definition;
    expect(fromSearch(toSearch(definition)).stated).toEqual(sort.length > 0 ? { ...rest, sort } : rest);
  }
});

it("asks for agents without rows only where they are wanted, and for the fewest rows first", () => {
  const everybody = agentsBySignIns("UTC", "last_30_days", true);
  expect(everybody.group_by).toEqual([{ field: "agent", empty: true }]);
  expect(everybody.group_sort?.[0]).toEqual({ field: "count", dir: "asc" });
  const some = agentsBySignIns("UTC", "last_90_days", false, ["Mara Lind"]);
  expect(some.group_by).toEqual([{ field: "agent" }]);
  expect(some.filters.at(-1)).toEqual({ field: "agent", op: "is", values: ["Mara Lind"] });
});

it("counts agents over the same rows as are counted", () => {
  const rows = signIns("UTC", { preset: "last_24_hours" });
  const { group_by, measures: _, group_sort: __, ...same } = groupedBy("agent", rows);
  expect(same).toEqual(rows);
  expect(group_by).toEqual([{ field: "agent" }]);
});

it("leaves for all others what is not told, without what has no value", () => {
  const others = { field: "routing_profile", op: "not_in", values: ["Billing", "Tech, 2"] };
  expect(allOthers(facet(0))).toEqual([others]);
  // The operator takes in what is missing.
  expect(allOthers(facet(2))).toEqual([others, { field: "routing_profile", op: "contains", values: [""] }]);
});
