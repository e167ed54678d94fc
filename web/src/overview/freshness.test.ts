/** What is said of how old the figures are. */
import { expect, it } from "vitest";
import { Failure } from "../api/failure";
import { type Freshness, freshnessOf } from "./freshness";

const NOTHING: Freshness = { asOf: null, failure: null, since: null };
const AWAY = new Failure(null);

function known(dataUpdatedAt: number, failed: { at: number; error: Error | null } | null = null) {
  return { data: {}, dataUpdatedAt, error: failed?.error ?? null, errorUpdatedAt: failed?.at ?? 0 };
}

it("is as of the oldest figure", () => {
  expect(freshnessOf([], NOTHING)).toEqual(NOTHING);
  expect(freshnessOf([known(2000), known(1000)], NOTHING)).toEqual({ asOf: 1000, failure: null, since: null });
});

it("says since when something can't be refreshed, and nothing any more once it can", () => {
  const failing = freshnessOf([known(3000), known(1000, { at: 2000, error: AWAY })], NOTHING);
  expect(failing).toEqual({ asOf: 1000, failure: AWAY, since: 1000 });
  expect(freshnessOf([known(3000), known(4000, { at: 2000, error: null })], failing)).toEqual({ asOf: 3000, failure: null, since: null });
});

it("goes on to say so while what has never come is tried again", () => {
  const never = { data: undefined, dataUpdatedAt: 0, error: AWAY, errorUpdatedAt: 2000 };
  const failing = freshnessOf([never], NOTHING);
  expect(failing).toEqual({ asOf: null, failure: AWAY, since: null });
  expect(freshnessOf([{ ...never, error: null }], failing)).toEqual(failing);
});
