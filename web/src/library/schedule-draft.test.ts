/** A schedule as it is filled in: what is missing, and what is sent. */
import { describe, expect, it } from "vitest";
import type { Schedule } from "./questions";
import { blankDraft, draftOf, newSchedule, ruleOf, scheduleChange } from "./schedule-draft";

const SCHEDULE: Schedule = {
  id: "0199f2a0-0000-7000-8000-000000000001",
  report_id: "0199f29f-0000-7000-8000-000000000009",
  report_name: "Late shift",
  report: "login_logout",
  owner: "user:1",
  mine: true,
  rule: { every: "week", on: ["friday", "monday"] } as never,
  rule_words: "every Monday and Friday at 00:00 (UTC)",
  time_zone: "Europe/Stockholm",
  range: "previous_week",
  range_words: "previous week",
  question: "rows",
  file: { format: "xlsx" },
  prefix: "Weekly",
  destinations: ["d1"],
  max_made_up: 31,
  max_wait_hours: 6,
  paused: false,
  version: 3,
  created_at: "2026-11-26T05:00:00Z",
  created_by: "user:1",
  changed_at: "2026-11-26T05:00:00Z",
  changed_by: "user:1",
};

describe("a draft of a schedule", () => {
  it("has no rule as long as no day is picked", () => {
    const blank = blankDraft("r", "UTC");
    expect(ruleOf(blank)).toEqual({ every: "day" });
    expect(ruleOf({ ...blank, every: "week" })).toBeNull();
    expect(ruleOf({ ...blank, every: "week", on: ["monday"] })).toEqual({ every: "week", on: ["monday"] });
  });

  it("comes of a schedule, and changes it to the same", () => {
    expect(scheduleChange(draftOf(SCHEDULE))).toEqual({
      rule: { every: "week", on: ["monday", "friday"] },
      time_zone: "Europe/Stockholm",
      range: "previous_week",
      question: "rows",
      file: { format: "xlsx", raw: false, bom: false },
      prefix: "Weekly",
      destinations: ["d1"],
      max_made_up: 31,
      max_wait_hours: 6,
    });
  });

  it("takes a schedule over only if that is asked for", () => {
    expect(scheduleChange({ ...draftOf(SCHEDULE), takeOver: true }).take_over).toBe(true);
  });

  it("sends no options of CSV with another format", () => {
    const file = { format: "parquet", raw: true, bom: true } as const;
    expect(newSchedule({ ...blankDraft("r", "UTC"), file }).file).toEqual({ format: "parquet", raw: false, bom: false });
  });
});
