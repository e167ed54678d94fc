/** The fields of a schedule, in groups. */
import { Box, Checkbox, Group, MultiSelect, SegmentedControl, Select, SimpleGrid, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/use-format";
import { useWho } from "../session/session";
import { Fault, useTried } from "../ui/Form";
import { NumberField } from "../ui/NumberField";
import { TextField } from "../ui/TextField";
import { ZoneSelect } from "../ui/ZoneSelect";
import classes from "./library.module.css";
import { destinations, savedReport, savedReports } from "./questions";
import { MANAGE_OTHERS, needed } from "../app/rights";
import { type Draft, MAX_DESTINATIONS, MOST } from "./schedule-draft";
import { COVERED, WEEKDAYS, type Weekday, useScheduleWords, weekdayName } from "./schedule-words";

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  /** What the server has against a member. */
  at: (member: string) => ReactNode;
}

export function Fieldset({ legend, children }: { legend: string; children: ReactNode }) {
  return (
    <fieldset className={classes.fieldset}>
      <legend className={classes.legend}>{legend}</legend>
      <Stack gap="sm">{children}</Stack>
    </fieldset>
  );
}

/** A saved report that may be scheduled: one's own, and those that are published already. */
export function ReportField({ draft, change, at }: Props) {
  const tried = useTried();
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const { can } = useWho();
  const { data } = useQuery(savedReports(can(MANAGE_OTHERS)));
  const offered = data?.filter(({ report }) => can(needed("schedule", report)));
  return (
    <Select
      data-fault={draft.reportId === null || undefined}
      label={t("form.report")}
      description={offered?.length === 0 ? t("form.noReports") : t("form.reportHint")}
      data={offered?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
      value={draft.reportId}
      onChange={(reportId) => change({ reportId, question: "rows" })}
      searchable
      // What is missing is led to, and must not be covered.
      openOnFocus={false}
      disabled={offered === undefined || offered.length === 0}
      error={draft.reportId === null && tried ? common("form.required") : at("report_id")}
    />
  );
}

export function WhenFields({ draft, change, at }: Props) {
  const tried = useTried();
  const { t } = useTranslation("library");
  const { locale, zone } = useFormat();
  const wrongDays = draft.on.length === 0 && tried ? t("form.pickDay") : at("rule");
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
        <Box data-wrong={wrongDays !== undefined || undefined}>
        <Fault is={draft.on.length === 0} />
        <Checkbox.Group
          label={t("form.weekdays")}
          value={[...draft.on]}
          onChange={(on) => change({ on: WEEKDAYS.filter((day) => on.includes(day)) })}
          error={wrongDays}
        >
          <Group gap="md" mt={4} mb={4}>
            {WEEKDAYS.map((day: Weekday) => (
              <Checkbox key={day} value={day} label={weekdayName(day, locale, "long")} />
            ))}
          </Group>
        </Checkbox.Group>
        </Box>
      )}
      <ZoneSelect
        label={t("form.zone")}
        description={t("form.zoneHint", { zone: zone(draft.timeZone) })}
        value={draft.timeZone}
        onChange={(timeZone) => change({ timeZone })}
        error={at("time_zone")}
      />
    </>
  );
}

export function CoversFields({ draft, change, at }: Props) {
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
        error={at("range")}
      />
      {asked.length > 1 && (
        <Select
          label={t("form.question")}
          data={asked.map((question) => ({ value: question, label: t(`form.${question as "rows"}`) }))}
          value={draft.question}
          allowDeselect={false}
          onChange={(question) => change({ question: question ?? "rows" })}
          error={at("question")}
        />
      )}
    </>
  );
}

export function WhereFields({ draft, change, at }: Props) {
  const tried = useTried();
  const { t } = useTranslation("library");
  const { data } = useQuery(destinations);
  return (
    <>
      <Fault is={draft.destinations.length === 0} />
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
        error={draft.destinations.length === 0 && tried ? t("form.pickDestination") : at("destinations")}
      />
      <TextField
        label={t("form.prefix")}
        description={t("form.prefixHint")}
        value={draft.prefix}
        onChange={(prefix) => change({ prefix })}
        fault={isFolder(draft.prefix) ? undefined : t("form.noFolder")}
        limit={200}
        error={at("prefix")}
      />
    </>
  );
}

/** Whether a text names folders, one below the other: none of them leads up again. */
function isFolder(prefix: string): boolean {
  return !prefix.split("/").some((name) => name.trim() === "." || name.trim() === "..");
}

export function LimitFields({ draft, change, at }: Props) {
  const { t } = useTranslation("library");
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
      <NumberField
        label={t("form.maxMadeUp")}
        description={t("form.maxMadeUpHint")}
        inputWrapperOrder={["label", "input", "description", "error"]}
        value={draft.maxMadeUp}
        onChange={(maxMadeUp) => change({ maxMadeUp })}
        min={1}
        max={MOST.madeUp}
        error={at("max_made_up")}
      />
      <NumberField
        label={t("form.maxWait")}
        description={t("form.maxWaitHint")}
        inputWrapperOrder={["label", "input", "description", "error"]}
        value={draft.maxWaitHours}
        onChange={(maxWaitHours) => change({ maxWaitHours })}
        min={0}
        max={MOST.waitHours}
        error={at("max_wait_hours")}
      />
    </SimpleGrid>
  );
}
