/** What becomes of what a server has against a form. */
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { act, renderHook, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { Failure } from "../api/failure";
import { useSaving } from "./use-saving";

function saving() {
  return renderHook(() => useSaving(["email", "accounts", "config.from"])).result;
}

async function refusedWith(failure: Failure, meet?: () => Promise<unknown>) {
  const result = saving();
  act(() => result.current.run({ save: () => Promise.reject(failure), ...(meet === undefined ? {} : { meet }) }));
  await waitFor(() => expect(result.current.busy).toBe(false));
  return result;
}

/** The server's words, as they are shown. */
function words(shown: ReactNode): string {
  return renderToStaticMarkup(shown).replace(/<[^>]*>/g, "");
}

it("shows what is wrong at its field, also within it, without the field's name", async () => {
  const { current } = await refusedWith(new Failure(422, { field: "accounts[1].account", detail: "accounts[1].account: expected a text" }));
  expect([words(current.at("accounts")), current.at("email"), current.failure]).toEqual(["expected a text", undefined, null]);
});

it("shows above the form what is of none of its fields", async () => {
  const failure = new Failure(422, { field: "profiles", detail: "there is none" });
  expect((await refusedWith(failure)).current.failure).toBe(failure);
});

it("forgets what was wrong with a field once that is changed", async () => {
  const result = await refusedWith(new Failure(422, { field: "config.from", detail: "expected a mail address" }));
  act(() => result.current.touched("email"));
  expect(words(result.current.at("config.from"))).toBe("expected a mail address");
  act(() => result.current.touched("config.from"));
  expect(result.current.at("config.from")).toBeUndefined();
});

it("looks at what somebody else has changed", async () => {
  const meet = vi.fn(() => Promise.resolve());
  const { current } = await refusedWith(new Failure(412, { present_version: 3 }), meet);
  expect(meet).toHaveBeenCalledOnce();
  expect(current.failure).toBeNull();
});

it("says so where there is nothing to look at", async () => {
  expect((await refusedWith(new Failure(412))).current.failure?.status).toBe(412);
});

it("sends once, however quickly it is asked to again", async () => {
  const result = saving();
  const save = vi.fn(() => Promise.resolve());
  act(() => {
    result.current.run({ save });
    result.current.run({ save });
  });
  await waitFor(() => expect(result.current.busy).toBe(false));
  expect(save).toHaveBeenCalledOnce();
});
