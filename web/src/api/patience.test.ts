import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Failure } from "./failure";
import { failureOnTheWay, fetchFileInTime, fetchInTime, isNotInTime, isSlow, onSlowness } from "./patience";

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("an answer that takes long is told as long as it is waited for", async () => {
  let arrive: ((answer: Response) => void) | undefined;
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => (arrive = resolve)));
  const heard = vi.fn<() => void>();
  const stop = onSlowness(heard);
  const answer = fetchInTime(new Request("http://rollcall.example/api/v1/reports"));
  vi.advanceTimersByTime(9_000);
  expect(isSlow()).toBe(false);
  vi.advanceTimersByTime(2_000);
  expect(isSlow()).toBe(true);
  arrive?.(new Response("{}"));
  await answer;
  expect(isSlow()).toBe(false);
  expect(heard).toHaveBeenCalledTimes(2);
  stop();
});

it("an answer in time is no matter", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}")));
  await fetchInTime(new Request("http://rollcall.example/api/v1/reports"));
  vi.advanceTimersByTime(60_000);
  expect(isSlow()).toBe(false);
});

it("one that has not come in time is told as a server that can't be reached, and not asked for again at once", () => {
  const late = failureOnTheWay(new DOMException("no answer", "TimeoutError"));
  expect([late?.status, late !== null && isNotInTime(late)]).toEqual([null, true]);
  const away = failureOnTheWay(new TypeError("Failed to fetch"));
  expect([away?.status, away !== null && isNotInTime(away)]).toEqual([null, false]);
  expect(failureOnTheWay(new Failure(500))).toBeNull();
});

it("a file is given up when whoever asked for it gives it up", async () => {
  let signal: AbortSignal | null | undefined;
  vi.stubGlobal("fetch", (_address: string, init: RequestInit) => {
    signal = init.signal;
    return Promise.resolve(new Response("rows"));
  });
  const given = new AbortController();
  await fetchFileInTime("http://rollcall.example/file", { signal: given.signal });
  expect(signal?.aborted).toBe(false);
  given.abort();
  expect(signal?.aborted).toBe(true);
});
