/** The range of a report: the kind's presets, all others, or bounds with times. */
import { Button, Divider, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { IconCalendar, IconChevronDown } from "@tabler/icons-react";
import { type Ref, type SubmitEvent, useRef, useState } from "react";
import type { Format } from "../i18n/format";
import { type Bound, boundWords, boundsOf, fromBound, isInOrder, toBound } from "./bounds";
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
  const { t, format } = useWords();
  const [opened, setOpened] = useState(false);
  const { range } = definition;
  const name = rangeName(range, definition.time_zone, format, t);
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
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" width="min(380px, calc(100vw - 2rem))" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <Button
          size="compact-md"
          variant="default"
          leftSection={<IconCalendar size={16} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          aria-label={`${t("report:range.label")}: ${name}`}
          title={resolved?.words}
          onClick={() => setOpened(!opened)}
        >
          {name}
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
          <CustomRange key={JSON.stringify(range)} range={range} zone={definition.time_zone} resolved={resolved} onApply={pick} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** A range in a few words, its moments as the locale writes them and the report's zone has them. */
export function rangeName(range: Range, zone: string, format: Format, t: ReportWords): string {
  if ("preset" in range) return presetWords(range.preset, t);
  const [from, to] = [toBound(range.from, zone), toBound(range.to, zone)];
  // What can't be read is told as it came.
  const told = (text: string | undefined, bound: Bound): string => (text === undefined ? "…" : bound.date === "" ? text : boundWords(bound, format));
  const [first, last] = [told(range.from, from), told(range.to, to)];
  if (range.from !== undefined && first === last) return first;
  const isOneDay = from.date !== "" && from.date === to.date && from.time !== "" && to.time !== "";
  return t("report:range.words", { from: first, to: isOneDay ? to.time : last });
}

interface CustomProps {
  range: Range;
  zone: string;
  resolved: ResolvedRange | undefined;
  onApply: (range: Range) => void;
}

function CustomRange({ range, zone, resolved, onApply }: CustomProps) {
  const { t } = useWords();
  const end = useRef<HTMLInputElement>(null);
  const begun = "preset" in range && resolved !== undefined ? boundsOf(resolved, zone) : null;
  const [from, setFrom] = useState<Bound>(begun?.from ?? toBound("from" in range ? range.from : undefined, zone));
  const [to, setTo] = useState<Bound>(begun?.to ?? toBound("to" in range ? range.to : undefined, zone));
  const [isWrong, setIsWrong] = useState(false);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const isRight = isInOrder(from, to, zone);
    setIsWrong(!isRight);
    if (!isRight) {
      end.current?.focus();
      return;
    }
    const [first, last] = [fromBound(from), fromBound(to)];
    onApply({ ...(first === undefined ? {} : { from: first }), ...(last === undefined ? {} : { to: last }) });
  };
  const enter = (set: (bound: Bound) => void) => (bound: Bound) => {
    set(bound);
    setIsWrong(false);
  };
  return (
    <Stack component="form" gap="xs" onSubmit={submit}>
      <BoundFields label="from" bound={from} onChange={enter(setFrom)} />
      <BoundFields label="to" bound={to} onChange={enter(setTo)} first={end} error={isWrong ? t("report:range.wrongOrder") : null} />
      <Text size="xs" c="dimmed">
        {t("report:range.openHint")} {t("report:range.zoneHint", { zone })}
      </Text>
      <Group justify="flex-end">
        <Button size="compact-sm" type="submit">
          {t("common:action.apply")}
        </Button>
      </Group>
    </Stack>
  );
}

interface BoundProps {
  label: "from" | "to";
  bound: Bound;
  onChange: (bound: Bound) => void;
  /** The field of the date. */
  first?: Ref<HTMLInputElement>;
  error?: string | null;
}

function BoundFields({ label, bound, onChange, first, error = null }: BoundProps) {
  const { t } = useWords();
  return (
    <Group gap="xs" grow wrap="nowrap" align="flex-start">
      <TextInput
        ref={first}
        size="xs"
        error={error}
        type="date"
        label={t(`report:range.${label}Date`)}
        value={bound.date}
        onChange={(event) => onChange({ ...bound, date: event.currentTarget.value })}
      />
      <TextInput
        size="xs"
        type="time"
        error={error !== null}
        label={t(`report:range.${label}Time`)}
        value={bound.time}
        disabled={bound.date === ""}
        onChange={(event) => onChange({ ...bound, time: event.currentTarget.value })}
      />
    </Group>
  );
}

