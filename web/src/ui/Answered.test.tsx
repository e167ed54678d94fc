/** An answer of the server, and what stands beside it when a later look fails. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { Failure } from "../api/failure";
import { Answered } from "./Answered";

vi.mock("../session/session", () => ({ useWho: () => ({ can: () => true }) }));

function Asking({ ask }: { ask: () => Promise<string> }) {
  const query = useQuery({ queryKey: ["asked"], queryFn: ask });
  return <Answered query={query}>{(answer) => <input aria-label={answer} />}</Answered>;
}

function show(ask: () => Promise<string>): QueryClient {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <Asking ask={ask} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return queries;
}

it("keeps what has been entered when a later look fails, and says so above it until one comes off", async () => {
  const ask = vi.fn<() => Promise<string>>().mockResolvedValueOnce("Name").mockRejectedValueOnce(new Failure(503)).mockResolvedValue("Name");
  const queries = show(ask);
  await userEvent.type(await screen.findByLabelText("Name"), "entered");
  await act(() => queries.refetchQueries());
  expect(await screen.findByRole("alert")).toBeTruthy();
  expect(screen.getByDisplayValue("entered")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.getByDisplayValue("entered")).toBeTruthy();
});

it("says what went wrong instead, where no answer has come", async () => {
  show(() => Promise.reject(new Failure(503)));
  expect(await screen.findByRole("alert")).toBeTruthy();
  expect(screen.queryByRole("textbox")).toBeNull();
});
