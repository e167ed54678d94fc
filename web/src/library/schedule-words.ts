/** A schedule's rule and range in the reader's language; the server's words are English. */
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/use-format";

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface Rule {
  every: "day" | "week";
  on: readonly Weekday[];
}

/** Presets that make sense for what is delivered later, the usual ones first. */
export const COVERED = [
  "ended_day",
  "trailing_24_hours",
  "yesterday",
  "previous_week",
  "previous_month",
  "this_week",
  "this_month",
  "last_7_days",
  "last_30_days",
  "last_90_days",
] as const;

/** The rule as the API has it. */
export function ruleIn(told: unknown): Rule {
  const { every, on } = told as { every?: string; on?: string[] };
  return { every: every === "week" ? "week" : "day", on: WEEKDAYS.filter((day) => on?.includes(day) === true) };
}

/** The name of a weekday in a locale: a date of which it is known stands for it. */
export function weekdayName(day: Weekday, locale: string, width: "long" | "short" | "narrow"): string {
  const monday = Date.UTC(2024, 0, 1);
  return new Intl.DateTimeFormat(locale, { weekday: width, timeZone: "UTC" }).format(monday + WEEKDAYS.indexOf(day) * 86_400_000);
}

export interface ScheduleWords {
  rule: (told: unknown) => string;
  range: (range: string) => string;
}

export function useScheduleWords(): ScheduleWords {
  const { t } = useTranslation("library");
  const { t: report } = useTranslation("report");
  const { locale, list } = useFormat();
  return {
    rule: (told) => {
      const { every, on } = ruleIn(told);
      if (every === "day") return t("schedules.everyDay");
      return t("schedules.everyWeek", { days: list(on.map((day) => weekdayName(day, locale, "long"))) });
    },
    range: (range) => {
      if (range === "ended_day" || range === "trailing_24_hours") return t(`covers.${range}`);
      // A preset that this page has no words for is told as it is called.
      return report(`preset.${range as "yesterday"}`, { defaultValue: range.replaceAll("_", " ") });
    },
  };
}
