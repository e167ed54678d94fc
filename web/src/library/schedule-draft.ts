/** A schedule as it is filled in, and the bodies that come of it. Knows what is missing; asks and shows nothing. */
import type { Schemas } from "../api/client";
import { partOf } from "./bodies";
import { type FileStyle, type Format, PLAIN_FILE } from "./file-style";
import type { Schedule } from "./questions";
import { type Weekday, ruleIn } from "./schedule-words";

export interface Draft {
  reportId: string | null;
  every: "day" | "week";
  on: readonly Weekday[];
  timeZone: string;
  range: string;
  question: string;
  file: FileStyle;
  prefix: string;
  destinations: readonly string[];
  /** Null while there is no number in its field. */
  maxMadeUp: number | null;
  maxWaitHours: number | null;
  takeOver: boolean;
}

export const MAX_DESTINATIONS = 20;

/** What the API calls each. */
export const FIELDS: Readonly<Record<keyof Draft, string>> = {
  reportId: "report_id",
  every: "rule",
  on: "rule",
  timeZone: "time_zone",
  range: "range",
  question: "question",
  file: "file",
  prefix: "prefix",
  destinations: "destinations",
  maxMadeUp: "max_made_up",
  maxWaitHours: "max_wait_hours",
  takeOver: "take_over",
};

/** The largest numbers that it takes. */
export const MOST = { madeUp: 1_000, waitHours: 72 } as const;

/** What a new schedule begins with: the server's own defaults, in the reader's zone. */
export function blankDraft(reportId: string | null, timeZone: string): Draft {
  return {
    reportId,
    every: "day",
    on: [],
    timeZone,
    range: "ended_day",
    question: "rows",
    file: PLAIN_FILE,
    prefix: "",
    destinations: [],
    maxMadeUp: 31,
    maxWaitHours: 6,
    takeOver: false,
  };
}

export function draftOf(schedule: Schedule): Draft {
  const { format = "csv", raw = false, bom = false } = schedule.file;
  return {
    ...ruleIn(schedule.rule),
    reportId: schedule.report_id,
    timeZone: schedule.time_zone,
    range: schedule.range,
    question: schedule.question,
    file: { format: format as Format, raw, bom },
    prefix: schedule.prefix,
    destinations: schedule.destinations,
    maxMadeUp: schedule.max_made_up,
    maxWaitHours: schedule.max_wait_hours,
    takeOver: false,
  };
}

/** The rule as the API takes it; null as long as no day is picked. */
export function ruleOf({ every, on }: Draft): Record<string, never> | null {
  if (every === "day") return { every } as unknown as Record<string, never>;
  return on.length === 0 ? null : ({ every, on } as unknown as Record<string, never>);
}

function members(draft: Draft) {
  const { file } = draft;
  return {
    rule: ruleOf(draft) ?? {},
    time_zone: draft.timeZone,
    range: draft.range,
    question: draft.question,
    // Only a CSV can be raw or begin with a mark.
    file: file.format === "csv" ? file : { ...file, raw: false, bom: false },
    prefix: draft.prefix.trim(),
    destinations: [...draft.destinations],
    max_made_up: draft.maxMadeUp ?? 0,
    max_wait_hours: draft.maxWaitHours ?? 0,
  };
}

export function newSchedule(draft: Draft): Schemas["NewSchedule"] {
  return { report_id: draft.reportId ?? "", ...members(draft) };
}

export function scheduleChange(draft: Draft): Schemas["ScheduleChange"] {
  return partOf<Schemas["ScheduleChange"]>({ ...members(draft), ...(draft.takeOver ? { take_over: true } : {}) });
}
