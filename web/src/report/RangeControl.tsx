/** The range of a report: the kind's presets, all others, or bounds with times. */
import { Button, Divider, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { IconCalendar, IconChevronDown } from "@tabler/icons-react";
import { type SubmitEvent, useState } from "react";
import { type Bound, boundsOf, fromBound, toBound } from "./bounds";
import type { Definition, KindOffer, Range, ResolvedRange } from "./types";
import { presetWords } from "./vocabulary";
import { type ReportWords, useWords } from "./words";

const ALL = [
  "today",
  "yesterday",
  "this_week",
  "previous_week",
  "this_month",
  "previous_month",
  "last_hour",
  "last_24_hours",
  "last_2_days",
  "last_3_days",
  "last_7_days",
  "last_30_days",
  "last_90_days",
];

interface Props {
  definition: Pick<Definition, "range" | "time_zone">;
  offer: KindOffer;
  /** What the range means now, once that is known. */
  resolved: ResolvedRange | undefined;
  onChange: (range: Range) => void;
}

export function RangeControl({ definition, offer, resolved, onChange }: Props) {
  const { t } = useWords();
  const [opened, setOpened] = useState(false);
  const { range } = definition;
  const chosen = "preset" in range ? range.preset : null;
  const others = ALL.filter((preset) => !offer.presets.includes(preset));
  const pick = (next: Range): void => {
    onChange(next);
    setOpened(false);
  };
  const presets = (names: readonly string[]) => (
    <Group gap={6}>
      {names.map((preset) => (
        <Button key={preset} size="compact-sm" variant={preset === chosen ? "filled" : "default"} aria-pressed={preset === chosen} onClick={() => pick({ preset })}>
          {presetWords(preset, t)}
        </Button>
      ))}
    </Group>
  );
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" width={380} trapFocus withinPortal>
      <Popover.Target>
        <Button
          size="compact-md"
          variant="default"
          leftSection={<IconCalendar size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          aria-label={`${t("report:range.label")}: ${rangeName(range, t)}`}
          title={resolved?.words}
          onClick={() => setOpened(!opened)}
        >
          {rangeName(range, t)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <Stack gap="xs">
          {presets(offer.presets)}
          <Text size="xs" c="dimmed" fw={600}>
            {t("report:range.other")}
          </Text>
          {presets(others)}
          <Divider label={t("report:range.custom")} />
          <CustomRange range={range} zone={definition.time_zone} resolved={resolved} onApply={pick} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** A range in a few words. */
export function rangeName(range: Range, t: ReportWords): string {
  if ("preset" in range) return presetWords(range.preset, t);
  const { from, to } = range;
  const told = (bound: string | undefined): string => bound?.replace("T", " ") ?? "…";
  return from === to && from !== undefined ? told(from) : t("report:range.words", { from: told(from), to: told(to) });
}

interface CustomProps {
  range: Range;
  zone: string;
  resolved: ResolvedRange | undefined;
  onApply: (range: Range) => void;
}

function CustomRange({ range, zone, resolved, onApply }: CustomProps) {
  const { t, format } = useWords();
  const begun = "preset" in range && resolved !== undefined ? boundsOf(resolved, zone) : null;
  const [from, setFrom] = useState<Bound>(begun?.from ?? toBound("from" in range ? range.from : undefined, zone));
  const [to, setTo] = useState<Bound>(begun?.to ?? toBound("to" in range ? range.to : undefined, zone));
  const [isWrong, setIsWrong] = useState(false);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const [first, last] = [fromBound(from), fromBound(to)];
    const wrong = first !== undefined && last !== undefined && first.slice(0, 10) > last.slice(0, 10);
    setIsWrong(wrong);
    if (!wrong) onApply({ ...(first === undefined ? {} : { from: first }), ...(last === undefined ? {} : { to: last }) });
  };
  return (
    <Stack component="form" gap="xs" onSubmit={submit}>
      <BoundFields label="from" bound={from} onChange={setFrom} />
      <BoundFields label="to" bound={to} onChange={setTo} />
      <Text size="xs" c="dimmed">
        {t("report:range.openHint")} {t("report:range.zoneHint", { zone: format.zone(zone) })}
      </Text>
      {isWrong && (
        <Text size="xs" c="red" role="alert">
          {t("report:range.wrongOrder")}
        </Text>
      )}
      <Group justify="flex-end">
        <Button size="compact-sm" type="submit">
          {t("common:action.apply")}
        </Button>
      </Group>
    </Stack>
  );
}

function BoundFields({ label, bound, onChange }: { label: "from" | "to"; bound: Bound; onChange: (bound: Bound) => void }) {
  const { t } = useWords();
  return (
    <Group gap="xs" grow wrap="nowrap">
      <TextInput
        size="xs"
        type="date"
        label={t(`report:range.${label}Date`)}
        value={bound.date}
        onChange={(event) => onChange({ ...bound, date: event.currentTarget.value })}
      />
      <TextInput
        size="xs"
        type="time"
        label={t(`report:range.${label}Time`)}
        value={bound.time}
        disabled={bound.date === ""}
        onChange={(event) => onChange({ ...bound, time: event.currentTarget.value })}
      />
    </Group>
  );
}

