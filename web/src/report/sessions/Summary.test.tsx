/** What is told of signed-in time: of open sessions only where there are any, and no totals of a part. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { answerOf } from "../fixtures";
import type { Definition, SignedInAnswer } from "../types";
import { Summary } from "./Summary";

// The client takes the fetch that it finds when it is made.
const fetched = vi.hoisted(() => {
  const fake = vi.fn<typeof fetch>();
  globalThis.fetch = fake;
  return fake;
});

beforeEach(() => void fetched.mockReset());

const DEFINITION: Definition = { report: "login_logout", range: { preset: "yesterday" }, time_zone: "Europe/Stockholm", filters: [], sort: [] };

function day(agent: string, seconds: number, open = false): SignedInAnswer["days"][number] {
  return { agent, agent_name: agent, day: "2026-11-20", day_seconds: 86_400, seconds, channels: [], sessions: 1, open, inferred: false };
}

/** Shows a summary whose pages have these days. */
function shown(pages: SignedInAnswer["days"][], total: number) {
  const { range, watermark } = answerOf([]);
  fetched.mockImplementation(async (input) => {
    const { cursor } = (await (input as Request).json()) as { cursor?: string };
    const place = Number(cursor ?? 0);
    const next_cursor = place + 1 < pages.length ? String(place + 1) : null;
    const answer = { range, days: pages[place] ?? [], total, agents: 2, seconds: 0, unknown_logins: 0, nameless: 0, next_cursor, watermark };
    return new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } });
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <Summary definition={DEFINITION} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

it("adds up the days of all pages", async () => {
  shown([[day("Mara", 3_600.4)], [day("Jonas", 1_800.4)]], 2);
  const table = await screen.findByRole("table");
  expect([...table.querySelectorAll("tfoot td")].map(({ textContent }) => textContent)).toEqual(["1:30:00", "1:30:00"]);
  expect(screen.queryByText(/Open sessions/)).toBeNull();
});

it("tells up to when open sessions count, where there are any", async () => {
  shown([[day("Mara", 3_600, true)]], 1);
  expect(await screen.findByText(/Open sessions \(○\) count up to .*2026/)).toBeTruthy();
});

it("has no table, and no totals, of more than it holds", async () => {
  shown([[day("Mara", 3_600)]], 50_001);
  expect(await screen.findByText("Too much for a table")).toBeTruthy();
  expect(screen.queryByRole("table")).toBeNull();
  expect(screen.queryByText(/1:00:00/)).toBeNull();
});
