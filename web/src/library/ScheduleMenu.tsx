/** What can be done with a schedule. */
import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconListDetails, IconPencil, IconPlayerPause, IconPlayerPlay, IconPlayerTrackNext, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import classes from "./library.module.css";
import type { Schedule } from "./questions";
import { isThere } from "./there";
import { usePause, useResume, useRunNow } from "./use-schedule-deeds";

/** What is asked for in a dialog. */
export type ScheduleDeed = "change" | "delete" | "takeOver";

interface Props {
  schedule: Schedule;
  onShow: () => void;
  onAsk: (deed: ScheduleDeed) => void;
}

export function ScheduleMenu({ schedule, onShow, onAsk }: Props) {
  const { t } = useTranslation("library");
  const pause = usePause(schedule);
  const resume = useResume(schedule);
  const runNow = useRunNow(schedule);
  const { paused, suspended, report_name } = schedule;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" aria-label={t("schedules.more", { name: report_name })}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconListDetails size={16} aria-hidden />} onClick={onShow}>
          {t("schedules.runs")}
        </Menu.Item>
        <Menu.Item leftSection={<IconPlayerTrackNext size={16} aria-hidden />} onClick={() => runNow.mutate(undefined)}>
          {t("schedules.runNow")}
        </Menu.Item>
        {isThere(suspended) && (
          <Menu.Item leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => onAsk("takeOver")}>
            {t("schedules.resumeAsMe")}
          </Menu.Item>
        )}
        {!isThere(suspended) && paused && (
          <Menu.Item leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => resume.mutate(undefined)}>
            {t("schedules.resume")}
          </Menu.Item>
        )}
        {!isThere(suspended) && !paused && (
          <Menu.Item leftSection={<IconPlayerPause size={16} aria-hidden />} onClick={() => pause.mutate(undefined)}>
            {t("schedules.pause")}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onAsk("change")}>
          {t("schedules.change")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item className={classes.danger} leftSection={<IconTrash size={16} aria-hidden />} onClick={() => onAsk("delete")}>
          {t("schedules.deleteIt")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
