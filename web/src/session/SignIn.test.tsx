/** What the sign-in tells when it is not let in. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { SignIn } from "./SignIn";

afterEach(() => vi.unstubAllGlobals());

function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

/** The sign-in, where each attempt has an outcome. */
async function attempt(outcome: () => Response | Promise<Response>, before = ""): Promise<ReturnType<typeof userEvent.setup>> {
  vi.stubGlobal("fetch", (request: Request) => Promise.resolve(request.method === "GET" ? answer(200, { password: true }) : outcome()));
  const user = userEvent.setup();
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <SignIn error={null} notice={null} before={before} onSignedIn={() => undefined} onUseKey={() => undefined} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const account = await screen.findByLabelText("Account");
  if (before === "") await user.type(account, "ada");
  await user.type(screen.getByLabelText("Password"), "a guess{Enter}");
  return user;
}

it("tells in words that too many attempts have failed, and when to try again", async () => {
  await attempt(() => answer(429, { type: "/problems/too-many-attempts", detail: "expected fewer" }, { "retry-after": "30" }));
  expect((await screen.findByRole("alert")).textContent).toBe("Too many attempts have failed. This one was not looked at. Try again in 30 seconds.");
});

it("tells in words that the server is away", async () => {
  await attempt(() => Promise.reject(new TypeError("Failed to fetch")));
  expect((await screen.findByRole("alert")).textContent).toBe(
    "The server can't be reached. Check that it runs and that you are connected to it, then try again.",
  );
});

const ELSEWHERE = {
  since: "2026-11-26T09:13:00Z",
  source_ip: "192.0.2.7",
  user_agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
};

it("tells in words where somebody is signed in already, and leads back with the account", async () => {
  const user = await attempt(() => answer(409, { type: "/problems/signed-in-elsewhere", elsewhere: ELSEWHERE }), "ada");
  expect((await screen.findByRole("alert")).textContent).toContain("Browser: Chrome on Linux");
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.getByLabelText("Account")).toHaveProperty("value", "ada");
  expect(screen.getByLabelText("Password")).toHaveProperty("value", "");
  expect(screen.getByRole("button", { name: "Sign in" })).toBeTruthy();
});
