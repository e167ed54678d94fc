import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { WatermarkNote } from "./WatermarkNote";

it("tells of a source that has sent rejected records alone no moment of its newest event", async () => {
  const source = { source: "pbx", newest_event_time: "0000-01-01T00:00:00Z", last_received_at: "2026-11-26T08:16:01Z", events: 0, rejected: 4 };
  render(
    <MantineProvider env="test">
      <WatermarkNote watermark={{ complete: false, complete_to: null, seq: 1, sources: [source] }} asOf={undefined} zone="UTC" />
    </MantineProvider>,
  );
  fireEvent.click(screen.getByRole("button"));
  await screen.findByRole("table", { name: "Sources", hidden: true });
  const cells = screen.getAllByRole("cell", { hidden: true }).map(({ textContent }) => textContent);
  expect([cells[0], cells[1], cells[3]]).toEqual(["pbx", "–", "No event taken yet"]);
});
