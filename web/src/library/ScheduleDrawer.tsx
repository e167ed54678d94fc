/** Makes a schedule for a saved report, or changes one. */
import { useTranslation } from "react-i18next";
import { SideDrawer } from "../ui/SideDrawer";
import type { Schedule } from "./questions";
import { ScheduleForm } from "./ScheduleForm";

interface Props {
  opened: boolean;
  /** The report that is to be scheduled; without it, one is picked. */
  reportId?: string;
  reportName?: string;
  /** The schedule that is to be changed. */
  schedule?: Schedule;
  onClose: () => void;
}

export function ScheduleDrawer({ opened, reportId, reportName, schedule, onClose }: Props) {
  const { t } = useTranslation("library");
  const createTitle = reportName === undefined ? t("form.createTitle") : t("form.createTitleOf", { name: reportName });
  return (
    <SideDrawer
      opened={opened}
      onClose={onClose}
      size="lg"
      title={schedule === undefined ? createTitle : t("form.changeTitle", { name: schedule.report_name })}
    >
      <ScheduleForm reportId={reportId ?? null} schedule={schedule ?? null} onClose={onClose} />
    </SideDrawer>
  );
}
