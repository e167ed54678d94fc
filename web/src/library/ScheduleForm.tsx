/** What makes a schedule: when it is due, what a run covers, what it writes, and where that goes. */
import { Alert, Button, Checkbox, Group, Stack } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../api/client";
import { asFailure } from "../api/failure";
import { browserZone } from "../i18n/clock";
import { ChangeFailure } from "./ChangeFailure";
import { FileStyleFields } from "./FileStyleFields";
import { NextRuns } from "./NextRuns";
import { useOwnerName } from "./names";
import { type Schedule, freshSchedule } from "./questions";
import { type Draft, blankDraft, draftOf, missingIn, newSchedule, scheduleChange } from "./schedule-draft";
import { CoversFields, Fieldset, LimitFields, ReportField, WhenFields, WhereFields } from "./ScheduleFields";
import { ifStale, tagOf, useChange } from "./use-change";

interface Props {
  reportId: string | null;
  schedule: Schedule | null;
  onClose: () => void;
}

export function ScheduleForm({ reportId, schedule, onClose }: Props) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  // The version that the form was filled from: the list may have a newer one meanwhile.
  const [seen, setSeen] = useState(schedule);
  const [draft, setDraft] = useState<Draft>(() => (schedule === null ? blankDraft(reportId, browserZone()) : draftOf(schedule)));
  // What is missing is said once somebody has tried to save.
  const [tried, setTried] = useState(false);
  const save = useChange((wish: Draft) => sent(wish, seen), {
    done: ({ report_name: name }) => t(schedule === null ? "schedules.isCreated" : "schedules.isChanged", { name }),
    tellsFailures: false,
  });
  const change = (part: Partial<Draft>): void => {
    setDraft((before) => ({ ...before, ...part }));
    save.reset();
  };
  const showNow = (now: Schedule): void => {
    setSeen(now);
    setDraft(draftOf(now));
  };
  const missing = missingIn(draft);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setTried(true);
    if (missing.length > 0) showFirst(event.currentTarget as HTMLFormElement);
    else save.mutate(draft, { onSuccess: onClose, onError: ifStale(() => freshSchedule(seen?.id ?? ""), showNow) });
  };
  const failure = save.error === null ? null : asFailure(save.error);
  const shared = { draft, change, missing: tried ? missing : [], refused: failure?.problem ?? {} };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="lg">
        {schedule === null && (
          <Alert variant="light" icon={<IconUsersGroup aria-hidden />}>
            {t("form.publishes")}
          </Alert>
        )}
        {schedule === null && reportId === null && <ReportField {...shared} />}
        <Fieldset legend={t("form.when")}>
          <WhenFields {...shared} />
        </Fieldset>
        <Fieldset legend={t("form.what")}>
          <CoversFields {...shared} />
        </Fieldset>
        <NextRuns draft={draft} />
        <Fieldset legend={t("form.file")}>
          <FileStyleFields value={draft.file} onChange={(file) => change({ file })} />
        </Fieldset>
        <Fieldset legend={t("form.where")}>
          <WhereFields {...shared} />
        </Fieldset>
        <Fieldset legend={t("form.limits")}>
          <LimitFields {...shared} />
        </Fieldset>
        {schedule?.mine === false && <TakeOver schedule={schedule} isOn={draft.takeOver} onChange={(takeOver) => change({ takeOver })} />}
        {failure !== null && <ChangeFailure failure={failure} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {common("action.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {t(schedule === null ? "form.create" : "form.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Leads to the first field that lacks something, once it says so. */
function showFirst(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid=true], [role=group] input")?.focus());
}

function TakeOver({ schedule, isOn, onChange }: { schedule: Schedule; isOn: boolean; onChange: (isOn: boolean) => void }) {
  const { t } = useTranslation("library");
  const ownerName = useOwnerName();
  return (
    <Checkbox
      label={t("form.takeOver")}
      description={t("form.takeOverHint", { owner: ownerName(schedule) })}
      checked={isOn}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

function sent(draft: Draft, schedule: Schedule | null): Promise<Schedule> {
  if (schedule === null) return told(api.POST("/api/v1/schedules", { body: newSchedule(draft) }));
  const params = { path: { id: schedule.id }, header: { "If-Match": tagOf(schedule) } };
  return told(api.PATCH("/api/v1/schedules/{id}", { params, body: scheduleChange(draft) }));
}
