import { expect, it } from "vitest";
import { MAX_WIDTH, MIN_WIDTH, readLayout, shownOrder, withPinned, withWidth } from "./layout";

it("widths stay within bounds, and the usual one is forgotten", () => {
  const usual = { widths: {}, pinned: [] };
  expect(withWidth(usual, "agent", 5).widths).toEqual({ agent: MIN_WIDTH });
  expect(withWidth(usual, "agent", 5_000).widths).toEqual({ agent: MAX_WIDTH });
  expect(withWidth(withWidth(usual, "agent", 200), "agent", null).widths).toEqual({});
});

it("pinned columns come first, in the order of all", () => {
  const pinned = withPinned(withPinned([], "c", true), "a", true);
  expect(shownOrder(["a", "b", "c", "d"], pinned)).toEqual(["a", "c", "b", "d"]);
  expect(withPinned(pinned, "c", false)).toEqual(["a"]);
});

it.each([undefined, "", "{", "null", "7", '{"pinned":3,"columns":[1]}'])("what can't be read is the usual: %s", (text) => {
  expect(readLayout(text)).toEqual({ widths: {}, pinned: [] });
});

it("what was remembered is read as far as it is right", () => {
  const text = JSON.stringify({ widths: { agent: 90, outcome: "wide" }, pinned: ["agent"], columns: ["agent"] });
  expect(readLayout(text)).toEqual({ widths: { agent: 90 }, pinned: ["agent"], columns: ["agent"] });
});
