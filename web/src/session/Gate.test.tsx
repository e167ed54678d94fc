/** Who sees the page: what stays of it when a session ends, and for whom. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { api, told } from "../api/client";
import { Gate } from "./Gate";
import { SessionProvider, useSessionHandle, useWho } from "./session";
import { hasTrace, leaveTrace } from "./trace";

/** A server that knows who is signed in. */
const server = { account: null as string | null, asked: [] as string[], isAway: false };

function json(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}

async function answer(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname.replace("/api/v1/", "");
  server.asked.push(`${request.method} ${path}`);
  if (server.isAway) throw new TypeError("Failed to fetch");
  if (path === "sign-in") return json(200, {});
  if (path === "session" && request.method === "POST") server.account = ((await request.json()) as { account: string }).account;
  if (path === "session" && request.method === "DELETE") {
    server.account = null;
    return new Response(null, { status: 204 });
  }
  if (server.account === null) return json(401, { detail: "expected a session" });
  const user = { id: server.account, account: server.account, display_name: server.account };
  return path === "session" ? json(200, { kind: "user", id: `user:${server.account}`, name: server.account, tenant: "main", grants: [], user }) : json(200, {});
}

function Page() {
  const { session } = useWho();
  const { signOut } = useSessionHandle();
  const { refetch } = useQuery({ queryKey: ["reports"], queryFn: () => told(api.GET("/api/v1/reports")), retry: false });
  return (
    <>
      <h1>{`Page of ${session.name}`}</h1>
      <input aria-label="Note" />
      <button onClick={() => void refetch()}>Ask</button>
      <button onClick={() => void signOut()}>Leave</button>
    </>
  );
}

function shown() {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <SessionProvider>
          <Gate signInError={null}>
            <Page />
          </Gate>
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return userEvent.setup();
}

type User = ReturnType<typeof userEvent.setup>;

async function signIn(user: User, account: string): Promise<void> {
  const field = await screen.findByLabelText("Account");
  await user.clear(field);
  await user.type(field, account);
  await user.type(screen.getByLabelText("Password"), "a password{Enter}");
}

/** Somebody is at work when their session ends. */
async function interrupted(): Promise<User> {
  server.account = "ada";
  leaveTrace();
  const user = shown();
  await user.type(await screen.findByLabelText("Note"), "half a thought");
  server.account = null;
  await user.click(screen.getByRole("button", { name: "Ask" }));
  await screen.findByText("Your session has ended. Sign in again to go on where you were.");
  return user;
}

beforeEach(() => {
  Object.assign(server, { account: null, asked: [], isAway: false });
  vi.stubGlobal("fetch", answer);
});
afterEach(() => vi.unstubAllGlobals());

it("where there was no session none is asked for", async () => {
  const user = shown();
  await screen.findByLabelText("Account");
  expect(server.asked).toEqual(["GET sign-in"]);
  await signIn(user, "ada");
  expect(await screen.findByRole("heading", { name: "Page of ada" })).toBeTruthy();
  expect(hasTrace()).toBe(true);
});

it("whoever signs in again goes on where they were, and nothing of it was in sight meanwhile", async () => {
  const user = await interrupted();
  expect(screen.getByLabelText("Account")).toHaveProperty("value", "ada");
  expect(screen.queryByRole("heading", { name: "Page of ada" })).toBeNull();
  expect(screen.queryByRole("textbox", { name: "Note" })).toBeNull();
  server.asked = [];
  await user.type(screen.getByLabelText("Password"), "a password{Enter}");
  expect(await screen.findByRole("textbox", { name: "Note" })).toHaveProperty("value", "half a thought");
  await waitFor(() => expect(server.asked).toEqual(["POST session", "GET reports"]));
});

it("another one finds nothing of it", async () => {
  const user = await interrupted();
  await signIn(user, "bob");
  await screen.findByRole("heading", { name: "Page of bob" });
  expect(screen.getByLabelText("Note")).toHaveProperty("value", "");
});

it("nothing stays of whoever signs out", async () => {
  server.account = "ada";
  leaveTrace();
  const user = shown();
  await user.type(await screen.findByLabelText("Note"), "half a thought");
  await user.click(screen.getByRole("button", { name: "Leave" }));
  expect(await screen.findByLabelText("Account")).toHaveProperty("value", "");
  expect(screen.queryByLabelText("Note")).toBeNull();
  expect(hasTrace()).toBe(false);
});

it("a server that is away is told with a heading, and asked again until it answers", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  server.account = "ada";
  server.isAway = true;
  leaveTrace();
  shown();
  expect(await screen.findByRole("heading", { name: "The server can't be reached" })).toBeTruthy();
  server.isAway = false;
  await act(() => vi.advanceTimersByTimeAsync(5_000));
  expect(await screen.findByRole("heading", { name: "Page of ada" })).toBeTruthy();
  vi.useRealTimers();
});
