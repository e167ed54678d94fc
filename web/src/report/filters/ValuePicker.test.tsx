/** Values that can't be fetched are not told to be none. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { SIGN_IN_LOG, fieldOf } from "../fixtures";
import type { Definition } from "../types";
import { ValuePicker } from "./ValuePicker";

// The client takes the fetch that it finds when it is made.
const fetched = vi.hoisted(() => {
  const fake = vi.fn<typeof fetch>();
  globalThis.fetch = fake;
  return fake;
});

const DEFINITION: Definition = { report: "sign_in_log", range: { preset: "1_day" }, time_zone: "UTC", filters: [], sort: [] };

it("says so, and asks again when it is told to", async () => {
  fetched.mockResolvedValueOnce(Response.json({ title: "away" }, { status: 503 }));
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <ValuePicker definition={DEFINITION} field={fieldOf(SIGN_IN_LOG, "account")} entry={{ values: [], text: "" }} onEntry={vi.fn()} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  expect(await screen.findByRole("alert")).toBeTruthy();
  expect(screen.queryByText("0 chosen")).toBeNull();
  expect(screen.queryByText("No value has this text.")).toBeNull();
  fetched.mockResolvedValueOnce(
    Response.json({ facets: [{ field: "account", label: "Account", values: [{ value: "mara", rows: 3, occurred: true }], others: { values: 0, rows: 0, not_occurred: 0 }, missing: 0 }] }),
  );
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("checkbox", { name: "mara" })).toBeTruthy();
  expect(screen.getByText("0 chosen")).toBeTruthy();
});
