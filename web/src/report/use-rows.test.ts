import { expect, it } from "vitest";
import { Failure } from "../api/failure";
import { type Rows, areLost } from "./use-rows";

const rows = (failure: Failure | null, isOld: boolean): Rows => ({ failure, isOld }) as Rows;

it("rows that could not be refreshed stay, unless something else is asked or they may not be seen any more", () => {
  expect(areLost(rows(null, true))).toBe(false);
  expect(areLost(rows(new Failure(503), false))).toBe(false);
  expect(areLost(rows(new Failure(503), true))).toBe(true);
  expect(areLost(rows(new Failure(403), false))).toBe(true);
});
