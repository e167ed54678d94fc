/** What becomes of what a server has against a form. */
import { act, renderHook, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { Failure } from "../api/failure";
import { useSaving } from "./use-saving";

async function refusedWith(failure: Failure, reload = vi.fn(() => Promise.resolve())) {
  const { result } = renderHook(useSaving);
  act(() => result.current.run({ fields: ["email", "accounts"], save: () => Promise.reject(failure), reload }));
  await waitFor(() => expect(result.current.busy).toBe(false));
  return result.current;
}

it("shows what is wrong at its field, also within it", async () => {
  const saving = await refusedWith(new Failure(422, { field: "accounts[1].account", detail: "expected a text" }));
  expect([saving.at("accounts"), saving.at("email"), saving.failure]).toEqual(["expected a text", undefined, null]);
});

it("shows above the form what is of none of its fields", async () => {
  const failure = new Failure(422, { field: "profiles", detail: "there is none" });
  expect((await refusedWith(failure)).failure).toBe(failure);
});

it("loads anew what somebody else has changed", async () => {
  const reload = vi.fn(() => Promise.resolve());
  const saving = await refusedWith(new Failure(412, { present_version: 3 }), reload);
  expect(reload).toHaveBeenCalledOnce();
  expect([saving.isStale, saving.failure]).toEqual([true, null]);
});
