/** Two changes of the same thing. */
import { expect, it } from "vitest";
import { merged } from "./merge";

const BEFORE = { idle: 60, absolute: 12, config: { host: "a", port: 25 }, to: ["x"] };

it("keeps what either side has changed", () => {
  const mine = { ...BEFORE, idle: 45, config: { host: "b", port: 25 } };
  const theirs = { ...BEFORE, absolute: 10, config: { host: "a", port: 587 } };
  expect(merged(BEFORE, mine, theirs)).toEqual({ idle: 45, absolute: 10, config: { host: "b", port: 587 }, to: ["x"] });
});

it("keeps one's own where both have changed the same", () => {
  expect(merged(BEFORE, { ...BEFORE, to: ["x", "y"] }, { ...BEFORE, to: [] }).to).toEqual(["x", "y"]);
});
