/** What is said of a source. */
import { render } from "@testing-library/react";
import { expect, it } from "vitest";
import type { SourceHealth } from "../report/types";
import { SourceState } from "./SourceState";

const SENDING: SourceHealth = { source: "native", newest_event_time: "2026-11-26T08:16:00Z", last_received_at: "2026-11-26T08:16:01Z", events: 3, rejected: 0 };

function told(more: Partial<SourceHealth>): string | null {
  return render(<SourceState source={{ ...SENDING, ...more }} />).container.textContent;
}

it("tells of a source that was sent old events only that these came late", () => {
  expect(told({ behind_seconds: 32 * 86_400 + 7 * 3600 })).toMatch(/^Last events 32 days 7 hrs? late$/);
});

it("tells the worst that there is to tell", () => {
  expect(told({})).toBe("Sending");
  expect(told({ silent_seconds: 7200, behind_seconds: 90 })).toMatch(/^Silent for 2 hrs?$/);
  expect(told({ events: 0 })).toBe("No event taken yet");
});
