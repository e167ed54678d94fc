/** The definitions behind the figures, as the links have them. */
import { expect, it } from "vitest";
import { fromSearch, toSearch } from "../report/address";
import { agentsBySignIns, failures, integrationFailures, openSessions, signedInAs } from "./definitions";

it("survives the way through an address", () => {
  for (const definition of [
    openSessions("Europe/Stockholm", signedInAs(["Mara Lind, 4711"])),
    failures("UTC", { from: "2026-11-26T00:00:00+01:00", to: "2026-11-26T01:00:00+01:00" }),
    integrationFailures("UTC", "phone: 1"),
  ]) {
    const { report: _, sort, ...rest } = definition;
    expect(fromSearch(toSearch(definition)).stated).toEqual(sort.length > 0 ? { ...rest, sort } : rest);
  }
});

it("asks for agents without rows only where they are wanted", () => {
  expect(agentsBySignIns("UTC", "last_30_days", true).group_by).toEqual([{ field: "agent", empty: true }]);
  const some = agentsBySignIns("UTC", "last_90_days", false, ["Mara Lind"]);
  expect(some.group_by).toEqual([{ field: "agent" }]);
  expect(some.filters.at(-1)).toEqual({ field: "agent", op: "is", values: ["Mara Lind"] });
});
