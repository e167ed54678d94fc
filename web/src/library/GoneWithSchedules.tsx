/** Deleting a saved report, or taking back its publication: what goes along with it is said before. */
import { List, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Schemas, api } from "../api/client";
import { Confirm } from "../ui/Confirm";
import { partOf } from "./bodies";
import type { SavedEntry, Schedule } from "./questions";
import { useScheduleWords } from "./schedule-words";
import { tagOf, useFollowed } from "./use-change";

interface Props {
  opened: boolean;
  report: SavedEntry;
  schedules: readonly Schedule[];
  onClose: () => void;
}

export function DeleteReport({ opened, report, schedules, onClose }: Props) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const followed = useFollowed();
  const remove = () =>
    followed(
      () => api.DELETE("/api/v1/saved-reports/{id}", { params: withSchedules(report, schedules) }),
      () => t("saved.isDeleted", { name: report.name }),
    );
  return (
    <Confirm
      opened={opened}
      title={t("saved.deleteTitle", { name: report.name })}
      word={common("action.delete")}
      act={remove}
      onClose={onClose}
    >
      <Stack gap="xs">
        <Text size="sm">{t("saved.deleteText")}</Text>
        {schedules.length > 0 && (
          <>
            <Text size="sm">{t("saved.deleteSchedules", { count: schedules.length })}</Text>
            <Schedules schedules={schedules} />
          </>
        )}
      </Stack>
    </Confirm>
  );
}

export function UnpublishReport({ opened, report, schedules, onClose }: Props) {
  const { t } = useTranslation("library");
  const followed = useFollowed();
  const body = partOf<Schemas["SavedReportChange"]>({ published: false });
  const takeBack = () =>
    followed(
      () => api.PATCH("/api/v1/saved-reports/{id}", { params: withSchedules(report, schedules), body }),
      () => t("saved.isUnpublished", { name: report.name }),
    );
  return (
    <Confirm
      opened={opened}
      title={t("saved.unpublishTitle", { name: report.name })}
      word={t("saved.unpublishWord")}
      act={takeBack}
      onClose={onClose}
    >
      <Stack gap="xs">
        <Text size="sm">{t("saved.unpublishText")}</Text>
        <Schedules schedules={schedules} />
      </Stack>
    </Confirm>
  );
}

/** Schedules go along only if they were shown: one that somebody has made meanwhile has the server refuse. */
function withSchedules(report: SavedEntry, schedules: readonly Schedule[]) {
  return {
    path: { id: report.id },
    header: { "If-Match": tagOf(report) },
    query: schedules.length > 0 ? { schedules: "delete" } : {},
  };
}

function Schedules({ schedules }: { schedules: readonly Schedule[] }) {
  const { t } = useTranslation("library");
  const words = useScheduleWords();
  return (
    <List size="sm" withPadding>
      {schedules.map(({ id, rule, time_zone }) => (
        <List.Item key={id}>{t("schedules.inZone", { rule: words.rule(rule), zone: time_zone })}</List.Item>
      ))}
    </List>
  );
}
