/** Saving a report: as a new one, over the one that it was opened from, and what is said when that fails. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import type { Definition } from "../report/types";
import type { SavedEntry } from "./questions";
import { SaveReportDialog } from "./SaveReportDialog";

// The client takes the fetch that it finds when it is made.
const fetched = vi.hoisted(() => {
  const fake = vi.fn<typeof fetch>();
  globalThis.fetch = fake;
  return fake;
});

beforeEach(() => void fetched.mockReset());

vi.mock("../session/session", () => ({ useWho: () => ({ can: () => false }) }));

const DEFINITION: Definition = { report: "login_logout", range: { preset: "yesterday" }, time_zone: "UTC", filters: [], sort: [] };
const SAVED: SavedEntry = {
  id: "r1",
  name: "Late shift",
  report: "login_logout",
  owner: "user:1",
  mine: true,
  published: true,
  version: 7,
  created_at: "2026-11-26T05:00:00Z",
  changed_at: "2026-11-26T05:00:00Z",
  changed_by: "user:1",
};

function shown(saved?: SavedEntry) {
  const onSaved = vi.fn();
  const more = saved === undefined ? {} : { saved };
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <SaveReportDialog opened definition={DEFINITION} onSaved={onSaved} onClose={() => undefined} {...more} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return onSaved;
}

function answering(body: object, status: number) {
  const seen: { method: string; path: string; tag: string | null; body: unknown }[] = [];
  fetched.mockImplementation(async (input) => {
    const request = input as Request;
    const { method, url, headers } = request;
    seen.push({ method, path: new URL(url).pathname, tag: headers.get("if-match"), body: await request.json() });
    const type = status < 400 ? "application/json" : "application/problem+json";
    return new Response(JSON.stringify(body), { status, headers: { "content-type": type } });
  });
  return seen;
}

it("saves a new one", async () => {
  const seen = answering({ ...SAVED, definition: DEFINITION }, 201);
  const onSaved = shown();
  await userEvent.type(screen.getByLabelText("Name"), " Late shift {Enter}");
  await waitFor(() => expect(onSaved).toHaveBeenCalledOnce());
  expect(seen).toEqual([
    {
      method: "POST",
      path: "/api/v1/saved-reports",
      tag: null,
      body: { name: "Late shift", published: false, freeze: false, definition: DEFINITION },
    },
  ]);
});

it("overwrites the one that it was opened from, in the version that was seen", async () => {
  const seen = answering({ ...SAVED, version: 8, definition: DEFINITION }, 200);
  const onSaved = shown(SAVED);
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(onSaved).toHaveBeenCalledOnce());
  expect(seen[0]).toMatchObject({ method: "PUT", path: "/api/v1/saved-reports/r1", tag: '"7"', body: { published: true } });
});

it("says at the name that it is taken", async () => {
  answering({ type: "/problems/conflict", status: 409, field: "name", detail: "its owner has one of that name" }, 409);
  const onSaved = shown();
  await userEvent.type(screen.getByLabelText("Name"), "late shift{Enter}");
  expect(await screen.findByText("You have a report of this name already.")).toBeTruthy();
  expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).toBe("true");
  expect(onSaved).not.toHaveBeenCalled();
});

it("shows how things stand if somebody else came first, and overwrites that only when asked again", async () => {
  const tags: (string | null)[] = [];
  fetched.mockImplementation((input) => {
    const { method, headers } = input as Request;
    if (method === "GET") return Promise.resolve(Response.json({ ...SAVED, name: "Night shift", version: 8, definition: DEFINITION }));
    tags.push(headers.get("if-match"));
    if (tags.length > 1) return Promise.resolve(Response.json({ ...SAVED, version: 9, definition: DEFINITION }));
    return Promise.resolve(new Response(JSON.stringify({ status: 412, present_version: 8 }), { status: 412, headers: { "content-type": "application/json" } }));
  });
  const onSaved = shown(SAVED);
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByDisplayValue("Night shift")).toBeTruthy();
  expect(onSaved).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(onSaved).toHaveBeenCalledOnce());
  expect(tags).toEqual(['"7"', '"8"']);
});
