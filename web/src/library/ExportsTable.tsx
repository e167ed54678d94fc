/** Export tasks as a list. */
import { ActionIcon, Group, Progress, Stack, Text, Tooltip } from "@mantine/core";
import { IconPlayerStop, IconTrash } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../api/client";
import { useFormat } from "../i18n/use-format";
import { Confirm } from "../ui/Confirm";
import { type ListColumn, ListTable } from "../ui/ListTable";
import { Moment } from "../ui/Moment";
import { Download } from "./Download";
import classes from "./library.module.css";
import { useKindName, useOwnerName, useRangeWords } from "./names";
import { type Export, isUnderWay } from "./questions";
import { type Standing, State } from "./State";
import { isThere } from "./there";
import { useChange, useFollowed } from "./use-change";

interface Props {
  exports: readonly Export[];
  showsOwners: boolean;
  tools: ReactNode;
}

export function ExportsTable({ exports, showsOwners, tools }: Props) {
  const { t } = useTranslation("library");
  const columns = useColumns(showsOwners);
  const [unwanted, setUnwanted] = useState<string | null>(null);
  const chosen = exports.find(({ id }) => id === unwanted);
  return (
    <>
      <ListTable
        label={t("exports.list")}
        rows={exports}
        columns={columns}
        idOf={({ id }) => id}
        nameOf={({ file_name }) => file_name}
        actions={(task) => <ExportDeeds task={task} onDelete={() => setUnwanted(task.id)} />}
        tools={tools}
        empty={{ what: t("exports.empty"), advice: t("exports.emptyAdvice") }}
        sortedBy={{ name: "created", down: true }}
      />
      {chosen !== undefined && <DeleteExport task={chosen} onClose={() => setUnwanted(null)} />}
    </>
  );
}

function useColumns(showsOwners: boolean): ListColumn<Export>[] {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const format = useFormat();
  const kindName = useKindName();
  const ownerName = useOwnerName();
  const rangeWords = useRangeWords();
  const owner: ListColumn<Export> = {
    name: "owner",
    label: t("exports.owner"),
    cell: (task) => (
      <Text span size="sm" title={ownerName(task)} className={classes.cut}>
        {ownerName(task)}
      </Text>
    ),
    text: ownerName,
  };
  return [
    {
      name: "file",
      label: t("exports.file"),
      cell: ({ file_name, report, question, definition, format: style }) => (
        <Stack gap={0}>
          <Text span size="sm" fw={550}>
            {file_name}
          </Text>
          <Text span size="xs" c="dimmed">
            {[kindName(report), ...(question === "groups" || question === "signed_in" ? [t(`exports.${question}`)] : []), rangeWords(definition), t(`file.${style as "csv"}`)].join(" · ")}
          </Text>
        </Stack>
      ),
      text: ({ file_name, report }) => `${file_name} ${kindName(report)}`,
    },
    {
      name: "status",
      label: common("word.status"),
      cell: (task) => <ExportState task={task} />,
      text: ({ status }) => t(`exports.${status as "failed"}`),
    },
    {
      name: "size",
      label: t("exports.size"),
      cell: ({ bytes }) => <span className={classes.nowrap}>{isThere(bytes) ? format.bytes(bytes) : "–"}</span>,
      text: ({ bytes }) => bytes ?? null,
      numeric: true,
    },
    {
      name: "created",
      label: t("exports.created"),
      cell: ({ created_at }) => <Moment at={created_at} />,
      text: ({ created_at }) => Date.parse(created_at),
    },
    {
      name: "expires",
      label: t("exports.expires"),
      cell: ({ expires_at, status }) => <Moment at={status === "successful" ? expires_at : null} />,
      text: ({ expires_at }) => (!isThere(expires_at) ? null : Date.parse(expires_at)),
    },
    ...(showsOwners ? [owner] : []),
  ];
}

/** How a task stands: with its rows while it runs, with the reason if it has failed. */
function ExportState({ task }: { task: Export }) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const format = useFormat();
  const { rows, total, failure, file_name: name } = task;
  const status = task.status as Standing & "failed";
  return (
    <Stack gap={2} className={classes.progress}>
      <State is={status} word={t(`exports.${status}`)} />
      {isUnderWay(task) && isThere(rows) && (
        <>
          {isThere(total) && total > 0 && (
            <Progress.Root size="sm">
              <Progress.Section value={(100 * rows) / total} aria-label={t("exports.progressOf", { name })} />
            </Progress.Root>
          )}
          <Text span size="xs" c="dimmed" className={classes.numbers}>
            {!isThere(total)
              ? t("exports.rowsSoFar", { count: rows, shown: format.number(rows) })
              : t("exports.progress", { rows: format.number(rows), total: format.number(total) })}
          </Text>
        </>
      )}
      {task.status === "successful" && isThere(rows) && (
        <Text span size="xs" c="dimmed">
          {common("rows", { count: rows, shown: format.number(rows) })}
        </Text>
      )}
      {isThere(failure) && (
        <Text span size="xs" className={classes.reason}>
          {failure}
        </Text>
      )}
    </Stack>
  );
}

function ExportDeeds({ task, onDelete }: { task: Export; onDelete: () => void }) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const { id, file_name: name, status } = task;
  const cancel = useChange(() => told(api.POST("/api/v1/exports/{id}/cancel", { params: { path: { id } } })), { done: () => t("exports.isCancelled") });
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {status === "successful" && <Download small path={`/api/v1/exports/${id}/file`} label={t("exports.downloadIt", { name })} />}
      {isUnderWay(task) && (
        <Tooltip label={t("exports.cancel")}>
          <ActionIcon variant="subtle" loading={cancel.isPending} onClick={() => cancel.mutate(undefined)} aria-label={t("exports.cancelIt", { name })}>
            <IconPlayerStop size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
      <Tooltip label={common("action.delete")}>
        <ActionIcon variant="subtle" color="red" onClick={onDelete} aria-label={t("exports.deleteIt", { name })}>
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

function DeleteExport({ task, onClose }: { task: Export; onClose: () => void }) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const followed = useFollowed();
  const remove = () =>
    followed(
      () => api.DELETE("/api/v1/exports/{id}", { params: { path: { id: task.id } } }),
      () => t("exports.isDeleted"),
    );
  return (
    <Confirm opened title={t("exports.deleteTitle")} word={common("action.delete")} act={remove} onClose={onClose}>
      {t("exports.deleteText", { name: task.file_name })}
    </Confirm>
  );
}
