/** What can be done with a saved report; what one may not do is not there. */
import { ActionIcon, Group, Menu, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconCalendarPlus, IconDots, IconLink, IconLock, IconPencil, IconTrash, IconUsersGroup } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { BASE, type Schemas, api, told } from "../api/client";
import { useWho } from "../session/session";
import { partOf } from "./bodies";
import classes from "./library.module.css";
import type { SavedEntry } from "./questions";
import { MANAGE_OTHERS, needed } from "../app/rights";
import { tagOf, useChange } from "./use-change";

/** What is asked for in a dialog. */
export type ReportDeed = "rename" | "delete" | "unpublish" | "schedule";

interface Props {
  report: SavedEntry;
  isScheduled: boolean;
  onAsk: (deed: ReportDeed) => void;
}

export function SavedReportMenu({ report, isScheduled, onAsk }: Props) {
  const { t } = useTranslation("library");
  const { can } = useWho();
  const { id, name, published, mine } = report;
  const mayChange = can(needed("save", report.report)) && (mine || can(MANAGE_OTHERS));
  const maySchedule = can(needed("schedule", report.report)) && (published || mayChange);
  const clipboard = useClipboard();
  const copyLink = (): void => {
    clipboard.copy(`${BASE}/#/saved/${id}`);
    notifications.show({ message: t("saved.linkCopied"), color: "green" });
  };
  const publish = usePublishing(report);
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      <Tooltip label={t("saved.copyLink")}>
        <ActionIcon variant="subtle" onClick={copyLink} aria-label={`${t("saved.copyLink")}: ${name}`}>
          <IconLink size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {(mayChange || maySchedule) && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" aria-label={t("saved.more", { name })}>
              <IconDots size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {maySchedule && (
              <Menu.Item leftSection={<IconCalendarPlus size={16} aria-hidden />} onClick={() => onAsk("schedule")}>
                {t("saved.scheduleIt")}
              </Menu.Item>
            )}
            {mayChange && !published && (
              <Menu.Item leftSection={<IconUsersGroup size={16} aria-hidden />} onClick={() => publish(true)}>
                {t("saved.publish")}
              </Menu.Item>
            )}
            {mayChange && published && (
              <Menu.Item leftSection={<IconLock size={16} aria-hidden />} onClick={() => (isScheduled ? onAsk("unpublish") : publish(false))}>
                {t("saved.unpublish")}
              </Menu.Item>
            )}
            {mayChange && (
              <>
                <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onAsk("rename")}>
                  {t("saved.renameIt")}
                </Menu.Item>
                <Menu.Divider />
                <Menu.Item className={classes.danger} leftSection={<IconTrash size={16} aria-hidden />} onClick={() => onAsk("delete")}>
                  {t("saved.deleteIt")}
                </Menu.Item>
              </>
            )}
          </Menu.Dropdown>
        </Menu>
      )}
    </Group>
  );
}

function usePublishing(report: SavedEntry): (published: boolean) => void {
  const { t } = useTranslation("library");
  const { mutate } = useChange(
    (published: boolean) =>
      told(
        api.PATCH("/api/v1/saved-reports/{id}", {
          params: { path: { id: report.id }, header: { "If-Match": tagOf(report) } },
          body: partOf<Schemas["SavedReportChange"]>({ published }),
        }),
      ),
    {
      done: ({ name, published, mine }) => {
        if (published) return t("saved.isPublished", { name });
        return t(mine ? "saved.isUnpublished" : "saved.isUnpublishedOfOthers", { name });
      },
    },
  );
  return mutate;
}
