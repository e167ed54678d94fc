/** The fields of a schedule, in groups. */
import { Checkbox, Group, MultiSelect, NumberInput, SegmentedControl, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../api/failure";
import { zoneNames } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import { useWho } from "../session/session";
import classes from "./library.module.css";
import { destinations, savedReport, savedReports } from "./questions";
import { MANAGE_OTHERS, needed } from "../app/rights";
import { type Draft, MAX_DESTINATIONS } from "./schedule-draft";
import { COVERED, WEEKDAYS, type Weekday, useScheduleWords, weekdayName } from "./schedule-words";

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  missing: readonly string[];
  refused: Problem;
}

export function Fieldset({ legend, children }: { legend: string; children: ReactNode }) {
  return (
    <fieldset className={classes.fieldset}>
      <legend className={classes.legend}>{legend}</legend>
      <Stack gap="sm">{children}</Stack>
    </fieldset>
  );
}

/** What the server says of a member. */
function refusedAt({ field, detail }: Problem, member: string): string | undefined {
  return field === member || field?.startsWith(`${member}.`) === true || field?.startsWith(`${member}[`) === true ? detail : undefined;
}

/** A saved report that may be scheduled: one's own, and those that are published already. */
export function ReportField({ draft, change, missing, refused }: Props) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const { can } = useWho();
  const { data } = useQuery(savedReports(can(MANAGE_OTHERS)));
  const offered = data?.filter(({ report }) => can(needed("schedule", report)));
  return (
    <Select
      label={t("form.report")}
      description={offered?.length === 0 ? t("form.noReports") : t("form.reportHint")}
      data={offered?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
      value={draft.reportId}
      onChange={(reportId) => change({ reportId, question: "rows" })}
      searchable
      // What is missing is led to, and must not be covered.
      openOnFocus={false}
      disabled={offered === undefined || offered.length === 0}
      error={missing.includes("report") ? common("form.required") : refusedAt(refused, "report_id")}
    />
  );
}

export function WhenFields({ draft, change, missing, refused }: Props) {
  const { t } = useTranslation("library");
  const { locale, zone } = useFormat();
  return (
    <>
      <SegmentedControl
        aria-label={t("form.every")}
        value={draft.every}
        onChange={(every) => change({ every: every })}
        data={[
          { value: "day", label: t("form.day") },
          { value: "week", label: t("form.week") },
        ]}
      />
      {draft.every === "week" && (
        <Checkbox.Group
          label={t("form.weekdays")}
          value={[...draft.on]}
          onChange={(on) => change({ on: WEEKDAYS.filter((day) => on.includes(day)) })}
          error={missing.includes("days") ? t("form.pickDay") : refusedAt(refused, "rule")}
        >
          <Group gap="md" mt={4} mb={4}>
            {WEEKDAYS.map((day: Weekday) => (
              <Checkbox key={day} value={day} label={weekdayName(day, locale, "long")} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      <Select
        label={t("form.zone")}
        description={t("form.zoneHint", { zone: zone(draft.timeZone) })}
        data={zonesWith(draft.timeZone)}
        value={draft.timeZone}
        allowDeselect={false}
        onChange={(timeZone) => change({ timeZone: timeZone ?? "UTC" })}
        searchable
        limit={200}
        error={refusedAt(refused, "time_zone")}
      />
    </>
  );
}

/** All zones; one that this browser doesn't list is kept. */
function zonesWith(zone: string): string[] {
  const zones = zoneNames();
  return zones.includes(zone) ? zones : [zone, ...zones];
}

export function CoversFields({ draft, change, refused }: Props) {
  const { t } = useTranslation("library");
  const words = useScheduleWords();
  const { data: report } = useQuery({ ...savedReport(draft.reportId ?? ""), enabled: draft.reportId !== null });
  const groups = report?.definition.group_by;
  const questions = ["rows", ...(Array.isArray(groups) && groups.length > 0 ? ["groups"] : []), ...(report?.report === "login_logout" ? ["signed_in"] : [])];
  const ranges: readonly string[] = COVERED;
  const offered = ranges.includes(draft.range) ? ranges : [draft.range, ...ranges];
  // What the report can't be asked any more is still shown, so that it can be changed.
  const asked = questions.includes(draft.question) ? questions : [...questions, draft.question];
  return (
    <>
      <Select
        label={t("form.covers")}
        description={t("form.coversHint")}
        data={offered.map((range) => ({ value: range, label: words.range(range) }))}
        value={draft.range}
        allowDeselect={false}
        onChange={(range) => change({ range: range ?? "ended_day" })}
        error={refusedAt(refused, "range")}
      />
      {asked.length > 1 && (
        <Select
          label={t("form.question")}
          data={asked.map((question) => ({ value: question, label: t(`form.${question as "rows"}`) }))}
          value={draft.question}
          allowDeselect={false}
          onChange={(question) => change({ question: question ?? "rows" })}
          error={refusedAt(refused, "question")}
        />
      )}
    </>
  );
}

export function WhereFields({ draft, change, missing, refused }: Props) {
  const { t } = useTranslation("library");
  const { data } = useQuery(destinations);
  return (
    <>
      <MultiSelect
        label={t("form.destinations")}
        description={data?.length === 0 ? t("form.noDestinations") : t("form.destinationsHint")}
        data={data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
        value={[...draft.destinations]}
        onChange={(chosen) => change({ destinations: chosen })}
        maxValues={MAX_DESTINATIONS}
        searchable
        openOnFocus={false}
        hidePickedOptions
        error={missing.includes("destinations") ? t("form.pickDestination") : refusedAt(refused, "destinations")}
      />
      <TextInput
        label={t("form.prefix")}
        description={t("form.prefixHint")}
        value={draft.prefix}
        onChange={(event) => change({ prefix: event.currentTarget.value })}
        error={refusedAt(refused, "prefix")}
      />
    </>
  );
}

export function LimitFields({ draft, change, refused }: Props) {
  const { t } = useTranslation("library");
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
      <NumberInput
        label={t("form.maxMadeUp")}
        description={t("form.maxMadeUpHint")}
        inputWrapperOrder={["label", "input", "description", "error"]}
        value={draft.maxMadeUp}
        onChange={(value) => change({ maxMadeUp: typeof value === "number" ? value : 31 })}
        min={1}
        max={1000}
        allowDecimal={false}
        error={refusedAt(refused, "max_made_up")}
      />
      <NumberInput
        label={t("form.maxWait")}
        description={t("form.maxWaitHint")}
        inputWrapperOrder={["label", "input", "description", "error"]}
        value={draft.maxWaitHours}
        onChange={(value) => change({ maxWaitHours: typeof value === "number" ? value : 6 })}
        min={0}
        max={72}
        allowDecimal={false}
        error={refusedAt(refused, "max_wait_hours")}
      />
    </SimpleGrid>
  );
}
