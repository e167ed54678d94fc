/** How a source does, in words: as usual, silent, with another clock, or late. */
import { Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconClockExclamation, IconHourglassLow } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../i18n/use-format";
import { hasEvents } from "../../report/types";
import classes from "./sources.module.css";


type Source = Schemas["SourceHealth"];

/** By what sources are sorted: the most unusual ones together. */
export function worstOf(source: Source): string {
  if (isNumber(source.silent_seconds)) return "0 silent";
  if (isNumber(source.clock_ahead_seconds)) return "1 ahead";
  if (isNumber(source.behind_seconds)) return "2 behind";
  return hasEvents(source) ? "4 usual" : "3 none";
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number";
}

export function SourceState({ source }: { source: Source }) {
  const { t } = useTranslation("setup");
  const format = useFormat();
  const notes = [
    { seconds: source.silent_seconds, word: "silent", icon: IconAlertTriangle },
    { seconds: source.clock_ahead_seconds, word: "ahead", icon: IconClockExclamation },
    { seconds: source.behind_seconds, word: "behind", icon: IconHourglassLow },
  ] as const;
  const shown = notes.filter(({ seconds }) => isNumber(seconds));
  const isThere = hasEvents(source);
  if (shown.length === 0) {
    return (
      <Group gap={6} wrap="nowrap" className={classes.state}>
        {isThere ? <IconCircleCheck size={16} className={classes.good} aria-hidden /> : <IconCircleDashed size={16} className={classes.icon} aria-hidden />}
        <Text size="sm">{t(isThere ? "sources.is.usual" : "sources.is.none")}</Text>
      </Group>
    );
  }
  return (
    <Stack gap={2} className={classes.state}>
      {shown.map(({ word, seconds, icon: NoteIcon }) => (
        <Group key={word} gap={6} wrap="nowrap">
          <NoteIcon size={16} className={word === "silent" ? classes.bad : classes.odd} aria-hidden />
          <Text size="sm">{t(`sources.is.${word}`, { time: format.roughly(seconds ?? 0) })}</Text>
        </Group>
      ))}
    </Stack>
  );
}
