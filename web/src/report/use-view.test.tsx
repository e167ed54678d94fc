/** Which view an address means, and that a whole one is written down. */
import { renderHook, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { parseSearch } from "../app/search";
import { toSearch } from "./address";
import { LOGIN_LOGOUT } from "./fixtures";
import { type Usual, useView, viewOf } from "./use-view";

const NOTHING: Usual = { stated: {}, pinned: [] };
const REMEMBERED: Usual = { stated: { columns: ["duration", "agent"] }, pinned: ["agent", "channel"] };

function read(text: string, usual: Usual) {
  const view = viewOf(parseSearch(text), LOGIN_LOGOUT, usual);
  if ("damage" in view) throw new Error(view.damage);
  return { columns: view.definition.columns, pinned: view.shown.pinned, filters: view.definition.filters };
}

describe("columns", () => {
  it("are the kind's own where nobody says anything", () => {
    expect(read("preset=today", NOTHING)).toMatchObject({ columns: LOGIN_LOGOUT.default_columns, pinned: [] });
  });

  it("are those that were looked at last where the address says nothing of them; of the pinned ones those that are shown", () => {
    expect(read("preset=today", REMEMBERED)).toMatchObject({ columns: ["duration", "agent"], pinned: ["agent"] });
  });

  it("are those of the address, whatever its reader remembers", () => {
    expect(read("preset=today&columns=agent,login_time", REMEMBERED)).toMatchObject({ columns: ["agent", "login_time"], pinned: [] });
    expect(read("columns=agent,login_time&pinned=login_time,duration", REMEMBERED)).toMatchObject({ pinned: ["login_time"] });
  });
});

it("a filter of a saved report can be removed", () => {
  const filters = [{ field: "agent", op: "in" as const, values: ["Mara"] }];
  const saved: Usual = { stated: { filters, columns: ["agent"] }, pinned: [] };
  expect(read("", saved).filters).toEqual(filters);
  expect(read("preset=today&columns=agent", saved).filters).toEqual([]);
});

it("a view is written down as a whole, in the place of what was there, and means the same then", async () => {
  const go = vi.fn();
  renderHook(() => useView(parseSearch("preset=today&time_zone=UTC"), LOGIN_LOGOUT, REMEMBERED, go, false));
  await waitFor(() => expect(go).toHaveBeenCalled());
  const [written, replaces] = go.mock.calls[0] as Parameters<Parameters<typeof useView>[3]>;
  expect(replaces).toBe(true);
  expect(written).toEqual({ preset: "today", time_zone: "UTC", columns: "duration,agent", pinned: "agent" });
  const view = viewOf(written, LOGIN_LOGOUT, NOTHING);
  expect("damage" in view ? view : toSearch(view.definition, view.shown)).toEqual(written);
});

it("a row that is opened leaves the definition the same object", () => {
  const { result, rerender } = renderHook(({ text }) => useView(parseSearch(text), LOGIN_LOGOUT, NOTHING, vi.fn(), true), {
    initialProps: { text: "preset=today&time_zone=UTC" },
  });
  const before = result.current.view?.definition;
  rerender({ text: "preset=today&time_zone=UTC&row=x" });
  expect(result.current.view?.shown.row).toBe("x");
  expect(result.current.view?.definition).toBe(before);
});
