/** The last line of a table of groups: all rows, whatever is shown of their groups; and how many groups there are. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { LOGIN_LOGOUT, answerOf, fieldOf } from "../fixtures";
import type { Definition, GroupsAnswer } from "../types";
import { GroupTable } from "./GroupTable";

// The client takes the fetch that it finds when it is made.
const fetched = vi.hoisted(() => {
  const fake = vi.fn<typeof fetch>();
  globalThis.fetch = fake;
  return fake;
});

beforeEach(() => void fetched.mockReset());

const DEFINITION: Definition = {
  report: "login_logout",
  range: { preset: "yesterday" },
  time_zone: "UTC",
  filters: [],
  sort: [],
  group_by: [{ field: "end_reason" }],
  measures: ["count", "duration_sum"],
  group_sort: [{ field: "end_reason", dir: "asc" }],
};

function answer(groups: { keys: object; measures: object }[], total: number): GroupsAnswer {
  const { range, watermark } = answerOf([]);
  const key = { name: "end_reason", field: "end_reason", bucket: null };
  const columns = [fieldOf(LOGIN_LOGOUT, "end_reason"), ...LOGIN_LOGOUT.measures];
  return { report: "login_logout", range, group_by: [key], deeper: 0, columns, approximate: [], groups: groups.map((group) => ({ ...group, drill_down: [] })), total, next_cursor: "more", watermark } as GroupsAnswer;
}

it("has the measures of all rows, asked for as one group, and says how many groups are shown", async () => {
  const asked: Record<string, unknown>[] = [];
  let tellAll = (): void => undefined;
  fetched.mockImplementation(async (input) => {
    const question = (await (input as Request).json()) as Record<string, unknown>;
    asked.push(question);
    const headers = { "content-type": "application/json" };
    if (question.depth === 1) return new Response(JSON.stringify(answer([{ keys: { end_reason: "signed_out" }, measures: { count: 7, duration_sum: 60 } }], 1_234)), { headers });
    await new Promise<void>((resolve) => (tellAll = resolve));
    return new Response(JSON.stringify(answer([{ keys: {}, measures: { count: 8_437, duration_sum: 3_661 } }], 1)), { headers });
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <GroupTable definition={DEFINITION} offer={LOGIN_LOGOUT} onChange={() => undefined} live={false} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const line = (await screen.findByRole("rowheader", { name: /^All rows/ })).closest("tr");
  if (line === null) throw new Error("there is no line of all rows");
  expect(within(line).getByRole("rowheader").textContent).toBe("All rows 1 of 1,234 groups are shown");
  // Nothing is told before it is known.
  expect(within(line).getAllByRole("cell").map(({ textContent }) => textContent)).toEqual(["", ""]);
  await waitFor(() => expect(asked.map(({ depth }) => depth)).toContain(0));
  tellAll();
  await waitFor(() => expect(within(line).getAllByRole("cell").map(({ textContent }) => textContent)).toEqual(["8,437", "1:01:01"]));
  expect(asked.find(({ depth }) => depth === 0)).toMatchObject({ limit: 1, measures: ["count", "duration_sum"] });
  expect(asked.find(({ depth }) => depth === 0)).not.toHaveProperty("group_sort");
});

it("tells how many groups there are without asking for it, and how many of them have no rows", async () => {
  const asked: Record<string, unknown>[] = [];
  fetched.mockImplementation(async (input) => {
    const question = (await (input as Request).json()) as Record<string, unknown>;
    asked.push(question);
    const hasRows = question.limit === 0;
    return Response.json(answer([{ keys: { end_reason: "signed_out" }, measures: { count: 7, duration_sum: 60 } }], hasRows ? 3 : 5));
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <GroupTable definition={{ ...DEFINITION, group_by: [{ field: "agent", empty: true }] }} offer={LOGIN_LOGOUT} onChange={() => undefined} live={false} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe("5 groups, 2 of them without rows"));
  expect(asked.filter(({ limit }) => limit === 0)).toMatchObject([{ group_by: [{ field: "agent" }] }]);
});
