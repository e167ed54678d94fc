/** An agent, edited and sent. */
import { expect, it } from "vitest";
import { NEW_ENTRY, agentOf, entryOf } from "./entry";

it("sends what came, if nothing is changed", () => {
  const agent = {
    employee_id: "4711",
    agent_name: "Mara Lind",
    hierarchy: "EMEA / Stockholm",
    routing_profile: "Billing",
    time_zone: "Europe/Stockholm",
    active: false,
    tags: { site: "STO" },
    accounts: [
      { source: null, account: "mara" },
      { source: "pbx", account: "SIP/8007" },
    ],
  };
  const came = { ...agent, version: 3, created_at: "2026-11-26T05:00:00Z", changed_at: "2026-11-26T05:00:00Z" };
  expect(agentOf(entryOf(came))).toEqual(agent);
});

it("leaves out rows in which nothing was entered, and keeps those that are half done for the server to refuse", () => {
  const sent = agentOf({
    ...NEW_ENTRY,
    tags: [
      { key: " ", value: "" },
      { key: " site ", value: " LIS" },
    ],
    accounts: [
      { source: "", account: "" },
      { source: "pbx", account: "" },
    ],
  });
  expect(sent.tags).toEqual({ site: "LIS" });
  expect(sent.accounts).toEqual([{ source: "pbx", account: "" }]);
});
