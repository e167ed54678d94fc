/** What stands in the fields of a schedule, in words. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/use-format";
import type { TextOf } from "../ui/ConflictNote";
import { destinations } from "./questions";
import type { Draft } from "./schedule-draft";
import { useScheduleWords } from "./schedule-words";

export function useScheduleTexts(): TextOf<Draft>[] {
  const { t } = useTranslation("library");
  const { list, number } = useFormat();
  const words = useScheduleWords();
  const { data: known } = useQuery(destinations);
  const nameOf = (id: string): string => known?.find((destination) => destination.id === id)?.name ?? t("schedules.noDestination");
  return [
    { label: t("form.when"), text: ({ every, on }) => words.rule({ every, on }) },
    { label: t("form.zone"), text: ({ timeZone }) => timeZone },
    { label: t("form.covers"), text: ({ range }) => words.range(range) },
    { label: t("form.question"), text: ({ question }) => t(`form.${question as "rows"}`) },
    { label: t("form.format"), text: ({ file }) => t(`file.${file.format}`) },
    { label: t("form.destinations"), text: (draft) => list(draft.destinations.map(nameOf)) },
    { label: t("form.prefix"), text: ({ prefix }) => prefix },
    { label: t("form.maxMadeUp"), text: ({ maxMadeUp }) => (maxMadeUp === null ? "" : number(maxMadeUp)) },
    { label: t("form.maxWait"), text: ({ maxWaitHours }) => (maxWaitHours === null ? "" : number(maxWaitHours)) },
  ];
}
