/** A suspended schedule goes on: with its owner's rights once they may again, or with those of whoever resumes it. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { asFailure } from "../api/failure";
import { FailureNote } from "../ui/States";
import type { Schedule } from "./questions";
import { useResume } from "./use-schedule-deeds";

interface Props {
  opened: boolean;
  schedule: Schedule;
  onClose: () => void;
}

export function ResumeDialog({ opened, schedule, onClose }: Props) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const resume = useResume(schedule, false);
  const close = (): void => {
    resume.reset();
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t("schedules.takeOverTitle", { name: schedule.report_name })}
      centered
      closeButtonProps={{ "aria-label": common("action.close") }}
    >
      <Stack gap="md">
        <Text size="sm">{t("schedules.takeOverText", { reason: schedule.suspended ?? "" })}</Text>
        {resume.error !== null && <FailureNote failure={asFailure(resume.error)} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {common("action.cancel")}
          </Button>
          <Button variant="default" loading={resume.isPending} onClick={() => resume.mutate(false, { onSuccess: close })}>
            {t("schedules.resumeOwner")}
          </Button>
          <Button loading={resume.isPending} onClick={() => resume.mutate(true, { onSuccess: close })}>
            {t("schedules.takeOver")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
