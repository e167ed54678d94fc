/** The runs of all schedules in one list, also of those that are gone. */
import { Button, Group, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { browserZone } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import { type ListColumn, ListTable } from "../ui/ListTable";
import { Moment } from "../ui/Moment";
import { Answered } from "../ui/Answered";
import { ServerWords } from "../ui/ServerWords";
import { SideDrawer } from "../ui/SideDrawer";
import { useAddress } from "../ui/use-address";
import { type Run, type Schedule, allRuns, oneRun } from "./questions";
import { ReportCell } from "./ReportCell";
import { RunRecord } from "./RunRecord";
import { type Standing, State } from "./State";
import { isThere } from "./there";

const STATUSES = ["waiting", "running", "succeeded", "failed", "skipped", "superseded"] as const;
const FEW = 200;
/** As many as one answer tells. */
const MANY = 1_000;

export function AllRuns({ schedules }: { schedules: readonly Schedule[] }) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const format = useFormat();
  const [status, setStatus] = useState<string | null>(null);
  const [limit, setLimit] = useState(FEW);
  const [opened, setOpened] = useAddress("run");
  const runs = useQuery(allRuns(status, limit));
  const columns = useColumns();
  const filter = (
    <Select
      aria-label={common("word.status")}
      placeholder={common("word.anyStatus")}
      data={STATUSES.map((value) => ({ value, label: t(`runs.${value}`) }))}
      value={status}
      onChange={setStatus}
      clearable
    />
  );
  return (
    <>
      <Answered query={runs}>
        {(rows) => (
          <ListTable
            label={t("runs.list")}
            rows={rows}
            columns={columns}
            idOf={({ id }) => id}
            nameOf={(run) => `${run.report_name}, ${format.minute(run.due_at, browserZone())}`}
            onOpen={({ id }) => setOpened(id)}
            tools={filter}
            empty={{ what: t(status === null ? "runs.none" : "runs.noneSo") }}
            sortedBy={{ name: "due", down: true }}
          />
        )}
      </Answered>
      {runs.data?.length === limit && limit < MANY && !runs.isPlaceholderData && (
        <Group justify="center" mt="sm">
          <Button variant="default" onClick={() => setLimit(MANY)}>
            {t("exports.more")}
          </Button>
        </Group>
      )}
      {opened !== null && (
        <OpenedRun key={opened} id={opened} listed={runs.data?.find(({ id }) => id === opened)} schedules={schedules} onClose={() => setOpened(null)} />
      )}
    </>
  );
}

interface OpenedProps {
  id: string;
  /** As it stands in the list, if it does: a linked one may be older, and one that goes on may leave the filter. */
  listed: Run | undefined;
  schedules: readonly Schedule[];
  onClose: () => void;
}

function OpenedRun({ id, listed, schedules, onClose }: OpenedProps) {
  const { t } = useTranslation("library");
  const format = useFormat();
  const query = useQuery({ ...oneRun(id), placeholderData: () => listed });
  const { data: run } = query;
  const schedule = schedules.find((one) => one.id === run?.schedule_id);
  const zone = schedule?.time_zone ?? browserZone();
  const status = run?.status as Standing & "waiting";
  return (
    <SideDrawer
      opened
      onClose={onClose}
      size="lg"
      title={run === undefined ? t("runs.list") : t("runs.one", { name: run.report_name, when: format.minute(run.due_at, zone) })}
      aside={run !== undefined && <State is={status} word={t(`runs.${status}`)} />}
    >
      <Answered query={query}>
        {(found) => (
          <>
            {schedule === undefined && (
              <Text size="sm" c="dimmed" mb="sm">
                {t("runs.ofNone")}
              </Text>
            )}
            <RunRecord run={found} zone={zone} mayRestate={schedule !== undefined} />
          </>
        )}
      </Answered>
    </SideDrawer>
  );
}

function useColumns(): ListColumn<Run>[] {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const format = useFormat();
  const word = ({ status }: Run): string => t(`runs.${status as "waiting"}`);
  return [
    {
      name: "report",
      label: t("schedules.report"),
      cell: ({ report_name, report }) => <ReportCell name={report_name} kind={report} />,
      text: ({ report_name }) => report_name,
    },
    { name: "due", label: common("word.due"), cell: ({ due_at }) => <Moment at={due_at} />, text: ({ due_at }) => Date.parse(due_at) },
    { name: "status", label: common("word.status"), cell: (run) => <State is={run.status as Standing} word={word(run)} />, text: word },
    {
      name: "rows",
      label: t("runs.rows"),
      numeric: true,
      cell: ({ rows }) => (isThere(rows) ? format.number(rows) : "–"),
      text: ({ rows }) => rows ?? null,
    },
    { name: "finished", label: common("word.ended"), cell: ({ finished_at }) => <Moment at={finished_at} />, text: ({ finished_at }) => finished_at ?? null },
    { name: "reason", label: t("runs.reason"), cell: ({ reason }) => (isThere(reason) ? <ServerWords text={reason} /> : "–"), text: ({ reason }) => reason ?? null },
  ];
}
