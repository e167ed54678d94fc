/** A report is asked for by those alone who may see it. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { OfKind } from "./ReportPage";
import { LOGIN_LOGOUT, SIGN_IN_LOG } from "./fixtures";

// The client takes the fetch that it finds when it is made.
const fetched = vi.hoisted(() => {
  const fake = vi.fn<typeof fetch>();
  globalThis.fetch = fake;
  return fake;
});

beforeEach(() => {
  fetched.mockReset();
  fetched.mockImplementation(() => Promise.resolve(Response.json({ reports: [SIGN_IN_LOG, LOGIN_LOGOUT] })));
});

vi.mock("../session/session", () => ({ useWho: () => ({ can: (...permissions: string[]) => permissions.includes("login_logout view") }) }));

function shown(kind: "sign_in_log" | "login_logout") {
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <OfKind kind={kind} title="A report">
          {(offer) => <p>{offer.label}</p>}
        </OfKind>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

it("shows what the kind offers", async () => {
  shown("login_logout");
  expect(await screen.findByText("Login/Logout report")).toBeTruthy();
});

it("asks nothing of what may not be seen", () => {
  shown("sign_in_log");
  expect(screen.getByText("You may not see this page")).toBeTruthy();
  expect(fetched).not.toHaveBeenCalled();
});
