/** Importing a file of agents. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { ImportForm } from "./ImportDialog";

// The client keeps the one that it finds when it is made.
const fetched = vi.hoisted(() => {
  const fake = vi.fn<(request: Request) => Promise<Response>>();
  globalThis.fetch = fake as typeof fetch;
  return fake;
});

afterEach(() => void fetched.mockReset());

function answer(status: number, body: object): void {
  const type = status === 200 ? "application/json" : "application/problem+json";
  fetched.mockResolvedValue(new Response(JSON.stringify(body), { status, headers: { "content-type": type } }));
}

async function importing(file: File): Promise<void> {
  const { container } = render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <ImportForm onClose={() => undefined} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const input = container.querySelector<HTMLInputElement>("input[type=file]");
  if (input === null) throw new Error("there is no input for a file");
  await userEvent.upload(input, file, { applyAccept: false });
  await userEvent.click(screen.getByRole("button", { name: "Import" }));
}

it("sends the file as what it is, and tells what has become of it", async () => {
  answer(200, { added: 2, changed: 1, unchanged: 7 });
  await importing(new File(["[]"], "agents.JSON"));
  expect(await screen.findByText("The import is done")).toBeTruthy();
  expect(screen.getByText("7")).toBeTruthy();
  expect(fetched.mock.calls[0]?.[0].headers.get("content-type")).toBe("application/json");
});

it("tells each error by its line", async () => {
  const rejected = [{ index: 1, line: 3, field: "time_zone", reason: "expected a zone" }];
  answer(422, { type: "/problems/records-rejected", status: 422, rejected, rejected_total: 1200 });
  await importing(new File(["employee_id\n1\n"], "agents.csv"));
  const table = await screen.findByRole("table");
  expect(within(table).getByText("3")).toBeTruthy();
  expect(within(table).getByText("time_zone")).toBeTruthy();
  expect(screen.getByText(/1,200 agents can't be stored/)).toBeTruthy();
  expect(screen.getByText("The first 1 are shown.")).toBeTruthy();
});

it("sends nothing that is neither CSV nor JSON", async () => {
  await importing(new File(["x"], "agents.xlsx"));
  expect(screen.getByText("The file is neither CSV nor JSON by its name.")).toBeTruthy();
  expect(fetched).not.toHaveBeenCalled();
});
