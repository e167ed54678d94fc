import { expect, it } from "vitest";
import { shared } from "./widths";

const column = (usual: number, chosen?: number) => ({ usual, chosen });

it("columns that nobody has changed share what is left, in proportion", () => {
  expect(shared([column(100), column(200, 80), column(300)], 880)).toEqual([200, 80, 600]);
});

it("together they are never wider than the room, where they fit", () => {
  const widths = shared([column(101), column(97), column(103)], 1000);
  expect(widths.reduce((sum, width) => sum + width, 0)).toBeLessThanOrEqual(1000);
});

it("where there is no room left, or it isn't known, they are as wide as usual", () => {
  expect(shared([column(100), column(200)], 250)).toEqual([100, 200]);
  expect(shared([column(100), column(200)], 0)).toEqual([100, 200]);
  expect(shared([column(100, 90)], 500)).toEqual([90]);
});
