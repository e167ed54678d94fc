/** What makes a schedule: when it is due, what a run covers, what it writes, and where that goes. */
import { Alert, Button, Checkbox, Stack } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { api, told } from "../api/client";
import { browserZone } from "../i18n/clock";
import { ConflictNote } from "../ui/ConflictNote";
import { Form } from "../ui/Form";
import { FormFoot } from "../ui/SideDrawer";
import { FailureNote } from "../ui/States";
import { useUnsaved } from "../ui/unsaved";
import { type Versioned, useDraft } from "../ui/use-draft";
import { useSaving } from "../ui/use-saving";
import { FileStyleFields } from "./FileStyleFields";
import { NextRuns } from "./NextRuns";
import { useOwnerName } from "./names";
import { type Schedule, freshSchedule } from "./questions";
import { type Draft, FIELDS, blankDraft, draftOf, newSchedule, scheduleChange } from "./schedule-draft";
import { CoversFields, Fieldset, LimitFields, ReportField, WhenFields, WhereFields } from "./ScheduleFields";
import { useScheduleTexts } from "./schedule-texts";
import { tagOf, useFollowed } from "./use-change";

interface Props {
  reportId: string | null;
  schedule: Schedule | null;
  onClose: () => void;
}

export function ScheduleForm({ reportId, schedule, onClose }: Props) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const draft = useDraft(schedule === null ? { value: blankDraft(reportId, browserZone()), tag: "" } : versionOf(schedule));
  const saving = useSaving(Object.values(FIELDS));
  const followed = useFollowed();
  const texts = useScheduleTexts();
  useUnsaved(draft.isChanged);
  const change = (part: Partial<Draft>): void => {
    draft.set(part);
    saving.touched(...(Object.keys(part) as (keyof Draft)[]).map((name) => FIELDS[name]));
  };
  const save = async (): Promise<void> => {
    const words = schedule === null ? "schedules.isCreated" : "schedules.isChanged";
    await followed(() => sent(draft.value, schedule, draft.tag), ({ report_name: name }) => t(words, { name }));
    onClose();
  };
  const meet = async (): Promise<void> => {
    if (schedule !== null) draft.meet(versionOf(await freshSchedule(schedule.id)));
  };
  const shared = { draft: draft.value, change, at: saving.at };
  return (
    <Form busy={saving.busy} onSubmit={() => saving.run({ save, meet })}>
      <Stack gap="lg">
        {saving.failure !== null && <FailureNote failure={saving.failure} />}
        <ConflictNote draft={draft} fields={texts} />
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
        <NextRuns draft={draft.value} />
        <Fieldset legend={t("form.file")}>
          <FileStyleFields value={draft.value.file} onChange={(file) => change({ file })} />
        </Fieldset>
        <Fieldset legend={t("form.where")}>
          <WhereFields {...shared} />
        </Fieldset>
        <Fieldset legend={t("form.limits")}>
          <LimitFields {...shared} />
        </Fieldset>
        {schedule?.mine === false && <TakeOver schedule={schedule} isOn={draft.value.takeOver} onChange={(takeOver) => change({ takeOver })} />}
        <FormFoot>
          <Button variant="default" onClick={onClose}>
            {common("action.cancel")}
          </Button>
          <Button type="submit" loading={saving.busy}>
            {t(schedule === null ? "form.create" : "form.save")}
          </Button>
        </FormFoot>
      </Stack>
    </Form>
  );
}

function versionOf(schedule: Schedule): Versioned<Draft> {
  return { value: draftOf(schedule), tag: tagOf(schedule) };
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

function sent(draft: Draft, schedule: Schedule | null, tag: string): Promise<Schedule> {
  if (schedule === null) return told(api.POST("/api/v1/schedules", { body: newSchedule(draft) }));
  const params = { path: { id: schedule.id }, header: { "If-Match": tag } };
  return told(api.PATCH("/api/v1/schedules/{id}", { params, body: scheduleChange(draft) }));
}
