import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Answer } from "../api-types";
import { OFFERS, ROWS, answerOf } from "../fixtures";
import { currentKey, forgetKey, keepKey } from "../session-key";
import { App } from "./App";

type Query = Record<string, unknown>;
const queries: Query[] = [];
let answer: (query: Query) => Response | Promise<Response>;

function json(body: unknown, status = 200): Response {
  const type = status === 200 ? "application/json" : "application/problem+json";
  return Response.json(body, { status, headers: { "content-type": type } });
}

const ok = (more: Partial<Answer> = {}): Response => json(answerOf(ROWS, more));
const firstPage = (): Response => json(answerOf(ROWS.slice(0, 1), { total: 2, next_cursor: "c1" }));
const secondPage = (): Response => json(answerOf(ROWS.slice(1), { total: 2 }));

/** What the page sends: its bodies are texts. */
type PageRequest = RequestInit & { body?: string };

function server(path: string, request: PageRequest): Response | Promise<Response> {
  if (path === "api/v1/sign-in") return json({ password: true, openid: null });
  if (new Headers(request.headers).get("authorization") !== "Bearer good") return json({ title: "Unauthorized", status: 401 }, 401);
  if (path === "api/v1/reports") return json({ reports: OFFERS });
  const query = JSON.parse(request.body ?? "") as Query;
  queries.push(query);
  return answer(query);
}

beforeEach(() => {
  queries.length = 0;
  answer = () => ok();
  const asked = async (path: string, request: PageRequest): Promise<Response> => await server(path, request);
  vi.stubGlobal("fetch", vi.fn(asked));
  window.history.replaceState(null, "", "/#report=login_logout&preset=yesterday&time_zone=Europe/Stockholm");
});

afterEach(() => {
  cleanup();
  forgetKey();
  vi.unstubAllGlobals();
});

async function shown(): Promise<HTMLElement> {
  return await screen.findByRole("table");
}

describe("signing in with a key", () => {
  async function useKey(): Promise<void> {
    render(<App />);
    fireEvent.click(await screen.findByRole("button", { name: "Use an API key" }));
  }

  function enter(key: string): void {
    fireEvent.change(screen.getByLabelText("API key"), { target: { value: key } });
    fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  }

  it("with a valid key shows the report, and signing out forgets the key", async () => {
    await useKey();
    enter(" good ");
    await shown();
    expect(currentKey()).toBe("good");
    fireEvent.click(screen.getByRole("button", { name: "Sign out" }));
    expect(currentKey()).toBeNull();
    expect(screen.getByLabelText("API key")).toHaveProperty("value", "");
  });

  it("with a key that the server doesn't know is refused in words, and the key forgotten", async () => {
    await useKey();
    enter("wrong");
    expect((await screen.findByRole("alert")).textContent).toContain("The server doesn't know this key");
    expect(currentKey()).toBeNull();
  });

  it("with what can't be a key asks nothing", async () => {
    await useKey();
    vi.mocked(fetch).mockClear();
    enter("two words");
    expect(screen.getByRole("alert").textContent).toContain("no spaces");
    enter("  ");
    expect(screen.getByRole("alert").textContent).toBe("Enter a key.");
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe("a report", () => {
  beforeEach(() => keepKey("good"));

  it("shows words, the zone's times, durations, and why something is missing", async () => {
    render(<App />);
    const [, mara, jonas] = within(await shown()).getAllByRole("row");
    const texts = (row: HTMLElement | undefined) => [...(row?.querySelectorAll("td") ?? [])].map((cell) => cell.textContent);
    expect(texts(mara)).toEqual(["Mara Lind", "Fri 20 Nov 2026 08:59:58", "Fri 20 Nov 2026 17:05:01", "8:05:03", "Signed out"]);
    const open = "–Still open at the end of the range";
    expect(texts(jonas)).toEqual(["Jonas Ek", "Fri 20 Nov 2026 22:00:00", open, open, "Still open"]);
    expect(screen.getByText("Times in").textContent).toBe("Times in Europe/Stockholm");
  });

  it("says its total, its range in words, up to when it is complete, and which sources are silent", async () => {
    const health = { newest_event_time: "2026-11-20T20:00:00Z", last_received_at: "2026-11-20T20:00:00Z", events: 1, rejected: 0 };
    const sources = [
      { ...health, source: "phone-system", silent_seconds: 14_520, clock_ahead_seconds: null },
      { ...health, source: "agent-portal", silent_seconds: null, clock_ahead_seconds: 90 },
    ];
    answer = () => ok({ total: 1234, next_cursor: "c", watermark: { complete_to: "2026-11-20T22:58:00Z", seq: 1, sources } });
    render(<App />);
    await shown();
    const summary = screen.getByRole("region", { name: "Result" }).textContent;
    expect(summary).toContain("1,234 rows, the first 2 shown");
    expect(summary).toContain("Fri 20 Nov 2026 00:00 to Sat 21 Nov 2026 00:00 (Europe/Stockholm)");
    expect(summary).toContain("Complete up to Fri 20 Nov 2026 23:58:00.");
    expect(summary).toContain("Silent for unusually long: phone-system (4 h 2 min).");
    expect(summary).toContain("Clock ahead: agent-portal (1 min 30 s).");
  });

  it("without rows says so, and what to do", async () => {
    answer = () => json(answerOf([]));
    render(<App />);
    expect(within(await shown()).getByText("No rows in this range. Choose a wider one.")).toBeDefined();
  });

  it("is sorted by its headers, and the address says how", async () => {
    render(<App />);
    const header = within(await shown()).getByRole("columnheader", { name: "Login time" });
    expect(header.getAttribute("aria-sort")).toBe("descending");
    fireEvent.click(within(header).getByRole("button"));
    await waitFor(() => expect(queries.at(-1)).toMatchObject({ sort: [{ field: "login_time", dir: "asc" }] }));
    expect(header.getAttribute("aria-sort")).toBe("ascending");
    expect(window.location.hash).toContain("sort=login_time:asc");
  });

  it("goes on where the page before ended", async () => {
    answer = ({ cursor }) => (cursor === "c1" ? secondPage() : firstPage());
    render(<App />);
    await shown();
    fireEvent.click(screen.getByRole("button", { name: "Load more" }));
    expect(await screen.findByText("All rows are shown.")).toBeDefined();
    expect(within(await shown()).getAllByRole("row")).toHaveLength(3);
    expect(queries.at(-1)).toMatchObject({ report: "login_logout", range: { preset: "yesterday" }, cursor: "c1" });
  });

  it("drops an answer to a question that nobody asks any more", async () => {
    let late: ((response: Response) => void) | undefined;
    answer = ({ spanning }) => (spanning === true ? ok({ total: 7 }) : new Promise<Response>((resolve) => (late = resolve)));
    render(<App />);
    fireEvent.click(await screen.findByLabelText("Also show those signed in throughout"));
    expect(await screen.findByText("7 rows")).toBeDefined();
    expect(late).toBeDefined();
    late?.(ok({ total: 99 }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(screen.queryByText("99 rows")).toBeNull();
  });
});

describe("what goes wrong", () => {
  beforeEach(() => keepKey("good"));

  it("with a filter is told in words, marks the filter, and is gone without it", async () => {
    const detail = 'filters[0].field: expected one of agent, channel; got "shoe_size"';
    answer = ({ filters }) =>
      (filters as unknown[]).length > 0 ? json({ title: "Invalid", status: 422, detail, field: "filters[0].field" }, 422) : ok();
    window.history.replaceState(null, "", "/#report=login_logout&preset=yesterday&time_zone=UTC&filter=shoe_size:in:44");
    render(<App />);
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("The server doesn't accept this view");
    expect(alert.textContent).toContain(detail);
    expect(screen.queryByRole("table")).toBeNull();
    expect(screen.getByText("shoe_size is one of 44 (not accepted)")).toBeDefined();
    fireEvent.click(screen.getByRole("button", { name: "Remove filter: shoe_size is one of 44" }));
    await shown();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("with the connection is told, and can be tried again", async () => {
    answer = () => {
      throw new TypeError("failed to fetch");
    };
    render(<App />);
    expect((await screen.findByRole("alert")).textContent).toContain("The server can't be reached");
    answer = () => ok();
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await shown();
  });

  it("with a next page leaves the rows, and the page can be asked for again", async () => {
    const pages = [json({ title: "The server is busy", status: 429 }, 429), secondPage()];
    answer = ({ cursor }) => (cursor === undefined ? firstPage() : (pages.shift() ?? ok()));
    render(<App />);
    await shown();
    fireEvent.click(screen.getByRole("button", { name: "Load more" }));
    expect((await screen.findByRole("alert")).textContent).toContain("The server is busy");
    expect(within(await shown()).getAllByRole("row")).toHaveLength(2);
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("All rows are shown.")).toBeDefined();
    expect(within(await shown()).getAllByRole("row")).toHaveLength(3);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("with a cursor that has expired begins at the first page again", async () => {
    answer = ({ cursor }) => (cursor === undefined ? firstPage() : json({ title: "The cursor has expired", status: 410 }, 410));
    render(<App />);
    await shown();
    fireEvent.click(screen.getByRole("button", { name: "Load more" }));
    fireEvent.click(await screen.findByRole("button", { name: "Start anew" }));
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
    expect(queries.at(-1)).not.toHaveProperty("cursor");
  });

  it("with a key that has been revoked meanwhile leads to the sign-in", async () => {
    render(<App />);
    await shown();
    answer = () => json({ title: "Unauthorized", status: 401 }, 401);
    fireEvent.click(screen.getByRole("button", { name: "Refresh" }));
    expect(await screen.findByLabelText("API key")).toBeDefined();
    expect(currentKey()).toBeNull();
  });

  it("with the address is told, and a fresh view is offered", async () => {
    window.history.replaceState(null, "", "/#report=payroll");
    render(<App />);
    expect((await screen.findByRole("alert")).textContent).toContain("report has to be one of sign_in_log, login_logout");
    expect(queries).toHaveLength(0);
    fireEvent.click(screen.getByRole("button", { name: "Start with a fresh view" }));
    await shown();
    expect(queries.at(-1)).toMatchObject({ report: "sign_in_log", range: { preset: "1_day" } });
  });
});

describe("the controls", () => {
  beforeEach(() => keepKey("good"));

  it("make a custom range, in which a date alone is a whole day", async () => {
    render(<App />);
    await shown();
    fireEvent.change(screen.getByLabelText("Range"), { target: { value: "custom" } });
    expect(screen.getByLabelText("From date")).toHaveProperty("value", "2026-11-20");
    expect(screen.getByText("To, this day included")).toBeDefined();
    fireEvent.change(screen.getByLabelText("From date"), { target: { value: "2026-05-01" } });
    fireEvent.change(screen.getByLabelText("From time"), { target: { value: "08:00" } });
    fireEvent.change(screen.getByLabelText("To date"), { target: { value: "2026-05-31" } });
    fireEvent.click(screen.getByRole("button", { name: "Apply" }));
    await waitFor(() => expect(queries.at(-1)).toMatchObject({ range: { from: "2026-05-01T08:00", to: "2026-05-31" } }));
    expect(window.location.hash).toContain("from=2026-05-01T08%3A00&to=2026-05-31");
  });

  it("refuse a zone that is none, and take one by its name in any case", async () => {
    render(<App />);
    await shown();
    const zone = screen.getByLabelText("Time zone");
    fireEvent.change(zone, { target: { value: "Mars/Olympus" } });
    fireEvent.keyDown(zone, { key: "Enter" });
    expect(screen.getByText(/No such zone/)).toBeDefined();
    expect(queries).toHaveLength(1);
    fireEvent.change(zone, { target: { value: "asia/seoul" } });
    fireEvent.keyDown(zone, { key: "Enter" });
    await waitFor(() => expect(queries.at(-1)).toMatchObject({ time_zone: "Asia/Seoul" }));
  });

  it("make filters with several values", async () => {
    render(<App />);
    await shown();
    fireEvent.click(screen.getByRole("button", { name: "Add filter" }));
    fireEvent.click(screen.getByRole("button", { name: "Apply filter" }));
    expect(screen.getByRole("alert").textContent).toBe("Enter at least one value.");
    const values = screen.getByLabelText("Values");
    fireEvent.change(values, { target: { value: "Mara Lind" } });
    fireEvent.keyDown(values, { key: "Enter" });
    fireEvent.change(values, { target: { value: "Ek, Jonas" } });
    fireEvent.click(screen.getByRole("button", { name: "Apply filter" }));
    const filters = [{ field: "agent", op: "in", values: ["Mara Lind", "Ek, Jonas"] }];
    await waitFor(() => expect(queries.at(-1)).toMatchObject({ filters }));
    expect(screen.getByRole("button", { name: "Remove filter: Agent is one of Mara Lind, Ek, Jonas" })).toBeDefined();
  });
});
