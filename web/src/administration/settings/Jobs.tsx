/** What is done in the background: each job with how it stands and why it has failed. */
import { Button, Group, Select, Stack, Text, Title } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { IconAlertTriangle, IconBan, IconCircleCheck, IconClock, IconLoader2 } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useFormat } from "../../i18n/use-format";
import { useWho } from "../../session/session";
import { type ListColumn, ListTable } from "../../ui/ListTable";
import { Moment } from "../../ui/Moment";
import { ServerWords } from "../../ui/ServerWords";
import { FailureNote, Waiting } from "../../ui/States";
import { StateBadge } from "./StateBadge";
import classes from "./settings.module.css";
import { useChange } from "./use-change";

type Job = Schemas["JobAnswer"];

const STATUSES = {
  waiting: { tone: "quiet", icon: IconClock },
  running: { tone: "busy", icon: IconLoader2 },
  succeeded: { tone: "good", icon: IconCircleCheck },
  failed: { tone: "bad", icon: IconAlertTriangle },
  cancelled: { tone: "quiet", icon: IconBan },
} as const;
type Status = keyof typeof STATUSES;
const NAMES = Object.keys(STATUSES) as Status[];
const KINDS = ["export", "schedule_run", "webhook"] as const;
const LIMIT = 200;

export function Jobs() {
  const { t } = useTranslation("setup");
  const { t: common } = useTranslation();
  const [status, setStatus] = useState<string | null>(null);
  const [kind, setKind] = useState<string | null>(null);
  const jobs = useQuery({
    queryKey: ["jobs", status, kind],
    queryFn: ({ signal }) => {
      const query = { limit: LIMIT, ...(status === null ? {} : { status }), ...(kind === null ? {} : { kind }) };
      return told(api.GET("/api/v1/jobs", { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
  const filters = (
    <>
      <Select
        aria-label={common("word.status")}
        placeholder={common("word.anyStatus")}
        data={NAMES.map((value) => ({ value, label: t(`jobs.is.${value}`) }))}
        value={status}
        onChange={setStatus}
        clearable
      />
      <Select
        aria-label={t("jobs.kind")}
        placeholder={t("jobs.allKinds")}
        data={KINDS.map((value) => ({ value, label: t(`jobs.kinds.${value}`) }))}
        value={kind}
        onChange={setKind}
        clearable
      />
    </>
  );
  return (
    <Stack gap="sm">
      <div>
        <Title order={2}>{t("jobs.title")}</Title>
        <Text size="sm" c="dimmed">
          {t("jobs.about")}
        </Text>
      </div>
      {jobs.isPending && <Waiting />}
      {jobs.isError && <FailureNote failure={asFailure(jobs.error)} onAgain={() => void jobs.refetch()} />}
      {jobs.data !== undefined && <JobList jobs={jobs.data.jobs} filters={filters} />}
    </Stack>
  );
}

function JobList({ jobs, filters }: { jobs: readonly Job[]; filters: React.ReactNode }) {
  const { t } = useTranslation("setup");
  const { t: common } = useTranslation();
  const { can } = useWho();
  const format = useFormat();
  const change = useChange(["jobs"]);
  const kindWord = (kind: string): string => {
    const known = KINDS.find((name) => name === kind);
    return known === undefined ? kind : t(`jobs.kinds.${known}`);
  };
  const columns: ListColumn<Job>[] = [
    { name: "kind", label: t("jobs.kind"), cell: (row) => <KindCell word={kindWord(row.kind)} subject={row.subject} />, text: (row) => `${kindWord(row.kind)} ${row.subject}` },
    { name: "status", label: common("word.status"), cell: (row) => <JobStatus status={row.status} />, text: (row) => row.status },
    { name: "attempts", label: t("jobs.attempts"), numeric: true, cell: (row) => format.number(row.attempts), text: (row) => row.attempts },
    { name: "created", label: t("jobs.created"), cell: (row) => <Moment at={row.created_at} />, text: (row) => row.created_at },
    { name: "when", label: t("jobs.when"), cell: (row) => <When job={row} />, text: (row) => row.finished_at ?? row.run_at },
    {
      name: "error",
      label: t("jobs.lastError"),
      cell: (row) => (
        <Text size="sm" lineClamp={2} className={classes.error}>
          {typeof row.last_error === "string" ? <ServerWords text={row.last_error} /> : "–"}
        </Text>
      ),
      text: (row) => row.last_error ?? null,
    },
  ];
  const run = (job: Job): void =>
    change.run(() => told(api.POST("/api/v1/jobs/{id}/run", { params: { path: { id: job.id } } })), t("jobs.begun"));
  return (
    <>
      {change.failure !== null && <FailureNote failure={change.failure} />}
      <ListTable
        label={t("jobs.title")}
        rows={jobs}
        columns={columns}
        idOf={(row) => row.id}
        nameOf={(row) => `${kindWord(row.kind)} ${row.subject}`}
        tools={filters}
        actions={(row) =>
          can("operations maintain") &&
          (row.status === "waiting" || row.status === "failed") && (
            <Button size="compact-sm" variant="subtle" disabled={change.busy} onClick={() => run(row)} aria-label={`${t("jobs.run")}: ${kindWord(row.kind)} ${row.subject}`}>
              {t("jobs.run")}
            </Button>
          )
        }
        empty={{ what: t("jobs.empty"), advice: t("jobs.emptyAdvice") }}
        sortedBy={{ name: "created", down: true }}
      />
    </>
  );
}

/** An id by its beginning and its end, which tell it from others. */
function shortened(id: string): string {
  return id.length <= 18 ? id : `${id.slice(0, 8)}…${id.slice(-6)}`;
}

function KindCell({ word, subject }: { word: string; subject: string }) {
  return (
    <Stack gap={0}>
      <Text size="sm">{word}</Text>
      <Text size="xs" c="dimmed" ff="monospace" className={classes.id} title={subject}>
        {shortened(subject)}
      </Text>
    </Stack>
  );
}

function JobStatus({ status }: { status: string }) {
  const { t } = useTranslation("setup");
  const known = NAMES.find((name) => name === status);
  if (known === undefined) return status;
  const { tone, icon } = STATUSES[known];
  return (
    <StateBadge tone={tone} icon={icon}>
      {t(`jobs.is.${known}`)}
    </StateBadge>
  );
}

/** When it was over, has begun, or is due; and how far it is. */
function When({ job }: { job: Job }) {
  const { t: common } = useTranslation();
  const isOver = typeof job.finished_at === "string";
  const word = isOver ? "ended" : job.status === "running" ? "began" : "due";
  const at = { ended: job.finished_at, began: job.started_at, due: job.run_at }[word];
  const progress = Object.entries((job.progress ?? {}) as Record<string, unknown>).map(([name, value]) => `${name}: ${String(value)}`);
  return (
    <Stack gap={0}>
      <Group gap={4} wrap="nowrap">
        <Text size="sm" className={classes.id}>
          {common(`word.${word}`)}
        </Text>
        <Moment at={at} />
      </Group>
      {progress.length > 0 && (
        <Text size="xs" c="dimmed">
          {progress.join(", ")}
        </Text>
      )}
    </Stack>
  );
}
