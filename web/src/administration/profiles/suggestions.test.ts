/** What is offered for a scope, and what fits nothing. */
import { expect, it } from "vitest";
import { suggestionsOf, unknownOf } from "./suggestions";

const AGENT = { employee_id: "1", hierarchy: "EMEA / Kraków", routing_profile: "Billing", tags: { site: "KRK" } };

it("is offered from the directory and from recent events", () => {
  const { texts } = suggestionsOf([AGENT], { hierarchies: ["Global / UTC"], routing_profiles: ["Sales"], employee_ids: ["2"] }, true, true);
  expect(texts).toEqual({
    hierarchies: ["EMEA", "EMEA / Kraków", "Global", "Global / UTC"],
    routing_profiles: ["Billing", "Sales"],
    tags: ["site=KRK"],
    employee_ids: ["1", "2"],
  });
});

it("tells what nothing known has, if all is known", () => {
  const known = suggestionsOf([AGENT], { routing_profiles: ["Sales"] }, true, true);
  expect(unknownOf(known, "routing_profiles", ["Sal", "Sales", "Billing"])).toEqual(["Sal"]);
  expect(unknownOf(known, "hierarchies", ["EMEA", "EMEA / Krak"])).toEqual(["EMEA / Krak"]);
  const partly = suggestionsOf([AGENT], {}, false, true);
  expect(unknownOf(partly, "routing_profiles", ["Sal"])).toEqual([]);
});
