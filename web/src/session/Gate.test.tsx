/** Who sees the page: what stays of it when a session ends, and for whom. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { api, told } from "../api/client";
import { Gate } from "./Gate";
import { SessionProvider, useSessionHandle, useWho } from "./session";
import { mayHaveSession, noteSession } from "./trace";

/** A server that knows who is signed in. */
const server = { account: null as string | null, asked: [] as string[], tokens: [] as (string | null)[], isAway: false, answering: null as Promise<void> | null };

function json(status: number, body: object): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}

async function answer(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname.replace("/api/v1/", "");
  server.asked.push(`${request.method} ${path}`);
  if (server.isAway) throw new TypeError("Failed to fetch");
  if (path === "account/password") server.tokens.push(request.headers.get("x-csrf-token"));
  if (path === "session" && request.method === "GET") {
    // What is told is how things stood when it was asked.
    const { account, answering } = server;
    await answering;
    return account === null ? json(401, { detail: "expected a session" }) : json(200, sessionOf(account));
  }
  if (path === "sign-in") return json(200, {});
  if (path === "session" && request.method === "POST") server.account = ((await request.json()) as { account: string }).account;
  if (path === "session" && request.method === "DELETE") {
    server.account = null;
    return new Response(null, { status: 204 });
  }
  if (server.account === null) return json(401, { detail: "expected a session" });
  return json(200, path === "session" ? sessionOf(server.account) : {});
}

function sessionOf(account: string): object {
  const user = { id: account, account, display_name: account };
  return { kind: "user", id: `user:${account}`, name: account, tenant: "main", grants: [], csrf_token: `token of ${account}`, user };
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
      <button onClick={() => void api.POST("/api/v1/account/password", { body: { password: "a password", new_password: "another" } })}>Write</button>
      <button onClick={() => void signOut()}>Leave</button>
    </>
  );
}

/** Has it asked anew who is there, at any time. */
function Doubt() {
  const { again } = useSessionHandle();
  return <button onClick={again}>Doubt</button>;
}

function shown() {
  const { unmount } = render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <SessionProvider>
          <Doubt />
          <Gate signInError={null}>
            <Page />
          </Gate>
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return Object.assign(userEvent.setup(), { leavePage: unmount });
}

type User = ReturnType<typeof shown>;

/** Asks anew who is there; the answer comes when it is let. */
async function doubtSlowly(user: User): Promise<() => Promise<void>> {
  let release = (): void => undefined;
  server.answering = new Promise((resolve) => (release = resolve));
  await user.click(screen.getByRole("button", { name: "Doubt" }));
  await waitFor(() => expect(server.asked.at(-1)).toBe("GET session"));
  return async () => {
    release();
    await act(() => new Promise((resolve) => setTimeout(resolve, 50)));
  };
}

async function signIn(user: User, account: string): Promise<void> {
  const field = await screen.findByLabelText("Account");
  await user.clear(field);
  await user.type(field, account);
  await user.type(screen.getByLabelText("Password"), "a password{Enter}");
}

/** Somebody is at work when their session ends. */
async function interrupted(): Promise<User> {
  server.account = "ada";
  noteSession();
  const user = shown();
  await user.type(await screen.findByLabelText("Note"), "half a thought");
  server.account = null;
  await user.click(screen.getByRole("button", { name: "Ask" }));
  await screen.findByText("Your session has ended. Sign in again to go on where you were.");
  return user;
}

beforeEach(() => {
  Object.assign(server, { account: null, asked: [], tokens: [], isAway: false, answering: null });
  vi.stubGlobal("fetch", answer);
});
afterEach(() => vi.unstubAllGlobals());

it("where it is known that there is no session none is asked for", async () => {
  const first = shown();
  await screen.findByLabelText("Account");
  expect(server.asked).toEqual(["GET session", "GET sign-in"]);
  first.leavePage();
  server.asked = [];
  const user = shown();
  await screen.findByLabelText("Account");
  expect(server.asked).toEqual(["GET sign-in"]);
  await signIn(user, "ada");
  expect(await screen.findByRole("heading", { name: "Page of ada" })).toBeTruthy();
  expect(mayHaveSession()).toBe(true);
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
  noteSession();
  const user = shown();
  await user.type(await screen.findByLabelText("Note"), "half a thought");
  await user.click(screen.getByRole("button", { name: "Leave" }));
  expect(await screen.findByLabelText("Account")).toHaveProperty("value", "");
  expect(screen.queryByLabelText("Note")).toBeNull();
  expect(mayHaveSession()).toBe(false);
});

it("a server that is away is told with a heading, and asked again until it answers", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  server.account = "ada";
  server.isAway = true;
  noteSession();
  shown();
  expect(await screen.findByRole("heading", { name: "The server can't be reached" })).toBeTruthy();
  server.isAway = false;
  await act(() => vi.advanceTimersByTimeAsync(5_000));
  expect(await screen.findByRole("heading", { name: "Page of ada" })).toBeTruthy();
  vi.useRealTimers();
});

it("an answer from before a sign-in doesn't undo it", async () => {
  const user = shown();
  await screen.findByLabelText("Account");
  noteSession();
  const answer = await doubtSlowly(user);
  await signIn(user, "ada");
  await screen.findByRole("heading", { name: "Page of ada" });
  await answer();
  expect(screen.getByRole("heading", { name: "Page of ada" })).toBeTruthy();
  expect(mayHaveSession()).toBe(true);
});

it("an answer from before somebody has signed out doesn't undo that", async () => {
  server.account = "ada";
  const user = shown();
  await screen.findByRole("heading", { name: "Page of ada" });
  const answer = await doubtSlowly(user);
  await user.click(screen.getByRole("button", { name: "Leave" }));
  await screen.findByLabelText("Account");
  await answer();
  expect(screen.queryByRole("heading", { name: "Page of ada" })).toBeNull();
  expect(screen.getByLabelText("Account")).toBeTruthy();
});

it("while it is asked anew who is there, they can go on", async () => {
  server.account = "ada";
  const user = shown();
  await screen.findByRole("heading", { name: "Page of ada" });
  const answer = await doubtSlowly(user);
  await user.click(screen.getByRole("button", { name: "Write" }));
  await waitFor(() => expect(server.tokens).toEqual(["token of ada"]));
  await answer();
});
