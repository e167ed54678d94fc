/** What can be done with a schedule at once. */
import { useTranslation } from "react-i18next";
import { api, told } from "../api/client";
import type { Schedule } from "./questions";
import { useChange } from "./use-change";

/** Has a schedule go on; with one's own rights if it is taken over. */
export function resumed({ id }: Schedule, takeOver: boolean): Promise<Schedule> {
  return told(api.POST("/api/v1/schedules/{id}/resume", { params: { path: { id } }, body: { take_over: takeOver } }));
}

export function useResume(schedule: Schedule) {
  const { t } = useTranslation("library");
  return useChange(() => resumed(schedule, false), { done: ({ report_name: name }) => t("schedules.isResumed", { name }) });
}

export function usePause({ id }: Schedule) {
  const { t } = useTranslation("library");
  return useChange(() => told(api.POST("/api/v1/schedules/{id}/pause", { params: { path: { id } } })), {
    done: ({ report_name: name }) => t("schedules.isPaused", { name }),
  });
}

export function useRunNow({ id }: Schedule) {
  const { t } = useTranslation("library");
  return useChange(() => told(api.POST("/api/v1/schedules/{id}/run", { params: { path: { id } } })), {
    done: ({ report_name: name }) => t("schedules.isRunning", { name }),
  });
}
