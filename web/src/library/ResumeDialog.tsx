/** A suspended schedule goes on: with its owner's rights once they may again, or with those of whoever resumes it. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useAction } from "../session/use-action";
import { Dialog } from "../ui/Dialog";
import { ServerWords } from "../ui/ServerWords";
import { FailureNote } from "../ui/States";
import type { Schedule } from "./questions";
import { isThere } from "./there";
import { useFollowed } from "./use-change";
import { resumed } from "./use-schedule-deeds";

interface Props {
  opened: boolean;
  schedule: Schedule;
  onClose: () => void;
}

export function ResumeDialog({ opened, schedule, onClose }: Props) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const { busy, failure, run, forget } = useAction();
  const followed = useFollowed();
  const close = (): void => {
    forget();
    onClose();
  };
  const resume = (takeOver: boolean): void =>
    run(async () => {
      await followed(() => resumed(schedule, takeOver), ({ report_name: name }) => t("schedules.isResumed", { name }));
      close();
    });
  return (
    <Dialog opened={opened} onClose={close} title={t("schedules.takeOverTitle", { name: schedule.report_name })}>
      <Stack gap="md">
        {isThere(schedule.suspended) && (
          <Text size="sm">
            {t("schedules.suspendedFor")} <ServerWords text={schedule.suspended} />
          </Text>
        )}
        <Text size="sm">{t("schedules.takeOverText")}</Text>
        {failure !== null && <FailureNote failure={failure} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {common("action.cancel")}
          </Button>
          <Button variant="default" loading={busy} onClick={() => resume(false)}>
            {t("schedules.resumeOwner")}
          </Button>
          <Button loading={busy} onClick={() => resume(true)}>
            {t("schedules.takeOver")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
