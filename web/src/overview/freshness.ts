/** How old the figures of the overview are, and why they can't be refreshed if that is so. */
import { type QueryCache, type QueryState, notifyManager, useQueryClient } from "@tanstack/react-query";
import { useState, useSyncExternalStore } from "react";
import { type Failure, asFailure } from "../api/failure";

export interface Freshness {
  /** When the oldest figure in sight was looked up; null if none is there. */
  asOf: number | null;
  /** Why some can't be looked up anew; null if all can. */
  failure: Failure | null;
  /** When the oldest of these was looked up; null if none of them was. */
  since: number | null;
}

type Asked = Pick<QueryState, "data" | "dataUpdatedAt" | "error" | "errorUpdatedAt">;

/** As it stands by what has been asked. What is being tried again has failed until it succeeds. */
export function freshnessOf(asked: readonly Asked[], before: Freshness): Freshness {
  const failing = asked.filter(({ dataUpdatedAt, errorUpdatedAt }) => errorUpdatedAt > dataUpdatedAt);
  const error = failing.find((one) => one.error !== null)?.error ?? before.failure;
  return {
    asOf: oldest(asked),
    failure: failing.length === 0 || error === null ? null : asFailure(error),
    since: oldest(failing),
  };
}

function oldest(asked: readonly Asked[]): number | null {
  const known = asked.filter(({ data }) => data !== undefined).map(({ dataUpdatedAt }) => dataUpdatedAt);
  return known.length === 0 ? null : Math.min(...known);
}

/** Whether somebody sees the same of both: another failure of the same kind is none. */
function areSame(one: Freshness, other: Freshness): boolean {
  const kind = ({ failure }: Freshness): unknown => (failure === null ? null : `${String(failure.status)} ${failure.message}`);
  return one.asOf === other.asOf && one.since === other.since && kind(one) === kind(other);
}

/** Of the questions that begin like this, those that are in sight. */
function watching(cache: QueryCache, queryKey: readonly unknown[]) {
  let last: Freshness = { asOf: null, failure: null, since: null };
  return {
    subscribe: (onChange: () => void) => cache.subscribe(notifyManager.batchCalls(onChange)),
    snapshot: () => {
      const now = freshnessOf(cache.findAll({ queryKey, type: "active" }).map(({ state }) => state), last);
      if (!areSame(now, last)) last = now;
      return last;
    },
  };
}

export function useFreshness(): Freshness {
  const queries = useQueryClient();
  const [{ subscribe, snapshot }] = useState(() => watching(queries.getQueryCache(), ["overview"]));
  return useSyncExternalStore(subscribe, snapshot);
}
