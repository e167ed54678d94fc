import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { useAskAnew } from "./use-ask-anew";

function Question({ name, answer }: { name: string; answer: () => Promise<string> }) {
  useQuery({ queryKey: [name, "yesterday"], queryFn: answer, staleTime: Number.POSITIVE_INFINITY });
  return null;
}

function Query() {
  const { ask, isAsking } = useAskAnew();
  return <button onClick={ask}>{isAsking ? "asking" : "Query"}</button>;
}

it("asks all of a report that is in sight anew, nothing else, and is under way until the last of it has come", async () => {
  let tellHistogram = (): void => undefined;
  const rows = vi.fn(() => Promise.resolve("rows"));
  const histogram = vi.fn(() => new Promise<string>((resolve) => (tellHistogram = () => resolve("bars"))));
  const offers = vi.fn(() => Promise.resolve("offers"));
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Question name="rows" answer={rows} />
      <Question name="histogram" answer={histogram} />
      <Question name="offers" answer={offers} />
      <Query />
    </QueryClientProvider>,
  );
  await screen.findByText("asking");
  act(() => tellHistogram());
  fireEvent.click(await screen.findByText("Query"));
  await waitFor(() => expect([rows, histogram, offers].map(({ mock }) => mock.calls.length)).toEqual([2, 2, 1]));
  await screen.findByText("asking");
  act(() => tellHistogram());
  await screen.findByText("Query");
});
