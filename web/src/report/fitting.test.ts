import { expect, it } from "vitest";
import { fitting } from "./fitting";

it("shows no text that would lie on another, or on the ends of the axis", () => {
  const texts = [100, 160, 200, 400, 480].map((left) => ({ left, right: left + 50 }));
  expect(fitting(texts, { left: 120, right: 500 })).toEqual([false, true, false, true, false]);
  expect(fitting(texts, { left: 120, right: 120 })).toEqual(Array(5).fill(false));
});
