/** The runs of all schedules in one list, also of those that are gone. */
import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../api/failure";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import { type ListColumn, ListTable } from "../ui/ListTable";
import { Moment } from "../ui/Moment";
import { SideDrawer } from "../ui/SideDrawer";
import { FailureNote, Waiting } from "../ui/States";
import { useAddress } from "../ui/use-address";
import classes from "./library.module.css";
import { useKindName } from "./names";
import { type Run, type Schedule, allRuns } from "./questions";
import { RunRecord } from "./RunRecord";
import { type Standing, State } from "./State";
import { isThere } from "./there";

const STATUSES = ["waiting", "running", "succeeded", "failed", "skipped", "superseded"] as const;
const FEW = 200;
/** As many as one answer tells. */
const MANY = 1_000;

export function AllRuns({ schedules }: { schedules: readonly Schedule[] }) {
  const { t } = useTranslation("library");
  const [status, setStatus] = useState<string | null>(null);
  const [limit, setLimit] = useState(FEW);
  const [opened, setOpened] = useAddress("run");
  const { data, error, refetch, isPlaceholderData } = useQuery(allRuns(status, limit));
  const columns = useColumns();
  if (error !== null) return <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />;
  if (data === undefined) return <Waiting />;
  const filter = (
    <Select
      aria-label={t("runs.status")}
      placeholder={t("runs.anyStatus")}
      data={STATUSES.map((value) => ({ value, label: t(`runs.${value}`) }))}
      value={status}
      onChange={setStatus}
      clearable
    />
  );
  return (
    <>
      <ListTable
        label={t("runs.list")}
        rows={data}
        columns={columns}
        idOf={({ id }) => id}
        nameOf={(run) => `${run.report_name}, ${run.due_at}`}
        onOpen={({ id }) => setOpened(id)}
        tools={filter}
        empty={{ what: t(status === null ? "runs.none" : "runs.noneSo") }}
        sortedBy={{ name: "due", down: true }}
      />
      {data.length === limit && limit < MANY && !isPlaceholderData && (
        <Group justify="center" mt="sm">
          <Button variant="default" onClick={() => setLimit(MANY)}>
            {t("exports.more")}
          </Button>
        </Group>
      )}
      <OpenedRun run={data.find(({ id }) => id === opened)} schedules={schedules} onClose={() => setOpened(null)} />
    </>
  );
}

function OpenedRun({ run, schedules, onClose }: { run: Run | undefined; schedules: readonly Schedule[]; onClose: () => void }) {
  const { t } = useTranslation("library");
  const format = useFormat();
  const schedule = schedules.find(({ id }) => id === run?.schedule_id);
  const zone = schedule?.time_zone ?? browserZone();
  const status = run?.status as Standing & "waiting";
  return (
    <SideDrawer
      opened={run !== undefined}
      onClose={onClose}
      size="lg"
      title={run === undefined ? "" : t("runs.one", { name: run.report_name, when: format.minute(run.due_at, zone) })}
      aside={run !== undefined && <State is={status} word={t(`runs.${status}`)} />}
    >
      {run !== undefined && (
        <>
          {schedule === undefined && (
            <Text size="sm" c="dimmed" mb="sm">
              {t("runs.ofNone")}
            </Text>
          )}
          <RunRecord run={run} zone={zone} mayRestate={schedule !== undefined} />
        </>
      )}
    </SideDrawer>
  );
}

function useColumns(): ListColumn<Run>[] {
  const { t } = useTranslation("library");
  const kindName = useKindName();
  const format = useFormat();
  const word = ({ status }: Run): string => t(`runs.${status as "waiting"}`);
  return [
    {
      name: "report",
      label: t("schedules.report"),
      cell: ({ report_name, report }) => (
        <Stack gap={0}>
          <span className={classes.cut} title={report_name}>
            {report_name}
          </span>
          <Text span size="xs" c="dimmed" fw={400}>
            {kindName(report)}
          </Text>
        </Stack>
      ),
      text: ({ report_name }) => report_name,
    },
    { name: "due", label: t("runs.due"), cell: ({ due_at }) => <Moment at={due_at} />, text: ({ due_at }) => Date.parse(due_at) },
    { name: "status", label: t("runs.status"), cell: (run) => <State is={run.status as Standing} word={word(run)} />, text: word },
    {
      name: "rows",
      label: t("runs.rows"),
      numeric: true,
      cell: ({ rows }) => (isThere(rows) ? format.number(rows) : "–"),
      text: ({ rows }) => rows ?? null,
    },
    { name: "finished", label: t("runs.ended"), cell: ({ finished_at }) => <Moment at={finished_at} />, text: ({ finished_at }) => finished_at ?? null },
    { name: "reason", label: t("runs.reason"), cell: ({ reason }) => reason ?? "–", text: ({ reason }) => reason ?? null },
  ];
}
