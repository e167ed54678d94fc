/** What a browser remembers of a session, where several installations have one origin. */
import { afterEach, expect, it, vi } from "vitest";

afterEach(() => vi.doUnmock("../api/client"));

async function traceAt(BASE: string): Promise<typeof import("./trace")> {
  vi.resetModules();
  vi.doMock("../api/client", () => ({ BASE }));
  return await import("./trace");
}

it("where nothing is known there may be a session", async () => {
  const { mayHaveSession } = await traceAt("https://host.example/one");
  expect(mayHaveSession()).toBe(true);
});

it("each installation has its own", async () => {
  const [one, other] = [await traceAt("https://host.example/one"), await traceAt("https://host.example/other")];
  one.noteNoSession();
  expect([one.mayHaveSession(), other.mayHaveSession()]).toEqual([false, true]);
  other.noteNoSession();
  one.noteSession();
  expect([one.mayHaveSession(), other.mayHaveSession()]).toEqual([true, false]);
});
