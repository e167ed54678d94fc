/** Schedules as a list, with what can be done with each. */
import { Stack, Text, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { useFormat } from "../i18n/use-format";
import { Confirm } from "../ui/Confirm";
import { type ListColumn, ListTable } from "../ui/ListTable";
import { Moment } from "../ui/Moment";
import { ServerWords } from "../ui/ServerWords";
import classes from "./library.module.css";
import { useOwnerName } from "./names";
import { type Schedule, destinations } from "./questions";
import { ReportCell } from "./ReportCell";
import { ResumeDialog } from "./ResumeDialog";
import { ScheduleDrawer } from "./ScheduleDrawer";
import { type ScheduleDeed, ScheduleMenu } from "./ScheduleMenu";
import { type Standing, State } from "./State";
import { useScheduleWords } from "./schedule-words";
import { isThere } from "./there";
import { tagOf, useFollowed } from "./use-change";

interface Props {
  schedules: readonly Schedule[];
  onShow: (id: string) => void;
}

export function SchedulesTable({ schedules, onShow }: Props) {
  const { t } = useTranslation("library");
  const columns = useColumns();
  const [asked, setAsked] = useState<{ id: string; deed: ScheduleDeed } | null>(null);
  const close = (): void => setAsked(null);
  const chosen = schedules.find(({ id }) => id === asked?.id);
  const is = (deed: ScheduleDeed): boolean => asked?.deed === deed;
  return (
    <>
      <ListTable
        label={t("schedules.list")}
        rows={schedules}
        columns={columns}
        idOf={({ id }) => id}
        nameOf={({ report_name }) => report_name}
        onOpen={({ id }) => onShow(id)}
        actions={(schedule) => (
          <ScheduleMenu schedule={schedule} onShow={() => onShow(schedule.id)} onAsk={(deed) => setAsked({ id: schedule.id, deed })} />
        )}
        empty={{ what: t("schedules.empty"), advice: t("schedules.emptyAdvice") }}
      />
      {chosen !== undefined && (
        <>
          <ScheduleDrawer opened={is("change")} schedule={chosen} onClose={close} />
          <DeleteSchedule opened={is("delete")} schedule={chosen} onClose={close} />
          <ResumeDialog opened={is("takeOver")} schedule={chosen} onClose={close} />
        </>
      )}
    </>
  );
}

function DeleteSchedule({ opened, schedule, onClose }: { opened: boolean; schedule: Schedule; onClose: () => void }) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const name = schedule.report_name;
  const followed = useFollowed();
  const remove = () =>
    followed(
      () => api.DELETE("/api/v1/schedules/{id}", { params: { path: { id: schedule.id }, header: { "If-Match": tagOf(schedule) } } }),
      () => t("schedules.isDeleted", { name }),
    );
  return (
    <Confirm
      opened={opened}
      title={t("schedules.deleteTitle", { name })}
      word={common("action.delete")}
      act={remove}
      onClose={onClose}
    >
      {t("schedules.deleteText")}
    </Confirm>
  );
}

/** How a schedule stands. */
function standingOf({ paused, suspended }: Schedule): "active" | "paused" | "suspended" {
  if (isThere(suspended)) return "suspended";
  return paused ? "paused" : "active";
}

function useColumns(): ListColumn<Schedule>[] {
  const { t } = useTranslation("library");
  const ownerName = useOwnerName();
  const words = useScheduleWords();
  const { list } = useFormat();
  const { data: known } = useQuery(destinations);
  const goesTo = ({ destinations: ids }: Schedule): string =>
    list(ids.map((id) => known?.find((destination) => destination.id === id)?.name ?? (known === undefined ? "…" : t("schedules.noDestination"))));
  return [
    {
      name: "report",
      label: t("schedules.report"),
      cell: ({ report_name, report }) => <ReportCell name={report_name} kind={report} />,
      text: ({ report_name }) => report_name,
    },
    {
      name: "rule",
      label: t("schedules.rule"),
      cell: ({ rule, time_zone }) => (
        <Stack gap={0}>
          <Text span size="sm">
            {words.rule(rule)}
          </Text>
          <Text span size="xs" c="dimmed">
            {time_zone}
          </Text>
        </Stack>
      ),
      text: ({ rule, time_zone }) => `${words.rule(rule)} ${time_zone}`,
    },
    { name: "range", label: t("schedules.range"), cell: ({ range }) => words.range(range), text: ({ range }) => words.range(range) },
    {
      name: "destinations",
      label: t("schedules.destinations"),
      cell: (schedule) => (
        <Text span size="sm" className={classes.wraps}>
          {goesTo(schedule)}
        </Text>
      ),
      text: goesTo,
    },
    {
      name: "owner",
      label: t("schedules.owner"),
      cell: (schedule) => (
        <Text span size="sm" title={ownerName(schedule)} className={classes.cut}>
          {ownerName(schedule)}
        </Text>
      ),
      text: ownerName,
    },
    {
      name: "state",
      label: t("schedules.state"),
      cell: (schedule) => <ScheduleState schedule={schedule} />,
      text: (schedule) => t(`schedules.${standingOf(schedule)}`),
    },
    {
      name: "next",
      label: t("schedules.next"),
      cell: ({ next_run_at, time_zone }) => <Moment at={next_run_at} zone={time_zone} />,
      text: ({ next_run_at }) => (!isThere(next_run_at) ? null : Date.parse(next_run_at)),
    },
  ];
}

function ScheduleState({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation("library");
  const standing: Standing & ReturnType<typeof standingOf> = standingOf(schedule);
  const state = <State is={standing} word={t(`schedules.${standing}`)} />;
  if (!isThere(schedule.suspended)) return state;
  return (
    <Tooltip label={<ServerWords text={schedule.suspended} />}>
      <span>{state}</span>
    </Tooltip>
  );
}
