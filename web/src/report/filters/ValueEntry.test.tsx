/** Values that are typed one after the other are all kept. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { SIGN_IN_LOG, fieldOf } from "../fixtures";
import type { Definition } from "../types";
import { FilterEditor } from "./FilterEditor";

const DEFINITION: Definition = { report: "sign_in_log", range: { preset: "1_day" }, time_zone: "UTC", filters: [], sort: [] };

function editor() {
  const onSet = vi.fn();
  const filter = { field: "account", op: "contains" as const, values: [] };
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <FilterEditor definition={DEFINITION} field={fieldOf(SIGN_IN_LOG, "account")} filter={filter} place={null} zone="UTC" onSet={onSet} onCancel={vi.fn()} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return onSet;
}

it.each([
  ["live,mar", ["live", "mar"]],
  ["a,b:c", ["a", "b:c"]],
  ["a{Enter}b,c{Enter}", ["a", "b", "c"]],
  ["a, a,b", ["a", "b"]],
])("%s", async (typed, values) => {
  const onSet = editor();
  await userEvent.type(screen.getByRole("combobox", { name: "Values" }), typed);
  await userEvent.click(screen.getByRole("button", { name: "Apply" }));
  expect(onSet).toHaveBeenCalledWith({ field: "account", op: "contains", values });
});

it("what is pasted is split too", async () => {
  const onSet = editor();
  await userEvent.click(screen.getByRole("combobox", { name: "Values" }));
  await userEvent.paste("a,b:c");
  await userEvent.click(screen.getByRole("button", { name: "Apply" }));
  expect(onSet).toHaveBeenCalledWith({ field: "account", op: "contains", values: ["a", "b:c"] });
});
