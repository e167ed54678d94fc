/** For how long events are kept, where somebody else changes that at the same time. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { RetentionTab } from "./RetentionTab";

// The client takes the fetch that it finds when it is made.
const fetched = vi.hoisted(() => {
  const fake = vi.fn<typeof fetch>();
  globalThis.fetch = fake;
  return fake;
});

vi.mock("../../session/session", () => ({ useWho: () => ({ can: () => true }) }));
vi.mock("./Holds", () => ({ Holds: () => null }));
vi.mock("./RetentionRun", () => ({ RetentionRun: () => null }));

it("sends only what was changed here, also when somebody else's change has come meanwhile", async () => {
  let days: Record<string, number | null> = { access: 100, activity: 200 };
  const sent: unknown[] = [];
  fetched.mockImplementation(async (input) => {
    const request = input as Request;
    if (request.method === "POST") {
      const body = (await request.json()) as typeof days;
      sent.push(body);
      days = { ...days, ...body };
    }
    return Response.json({ days });
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <RetentionTab />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const [access] = await screen.findAllByRole("textbox");
  if (access === undefined) throw new Error("there is no field");
  await userEvent.clear(access);
  await userEvent.type(access, "150");
  days = { ...days, activity: 250 };
  await act(() => queries.refetchQueries({ queryKey: ["retention"] }));
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(sent).toEqual([{ access: 150 }]));
  // Theirs is shown from then on.
  await waitFor(() => expect(screen.getAllByRole<HTMLInputElement>("textbox").map(({ value }) => Number.parseInt(value))).toEqual([150, 250]));
});
