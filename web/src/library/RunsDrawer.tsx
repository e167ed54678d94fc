/** The runs of a schedule: how each stands, what it covers, and what has become of it at every destination. */
import { Accordion, Alert, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { asFailure } from "../api/failure";
import { useFormat } from "../i18n/use-format";
import { ServerWords } from "../ui/ServerWords";
import { SideDrawer } from "../ui/SideDrawer";
import { Empty, FailureNote, Waiting } from "../ui/States";
import classes from "./library.module.css";
import { type Run, type Schedule, runsOf } from "./questions";
import { RunRecord } from "./RunRecord";
import { type Standing, State } from "./State";
import { useScheduleWords } from "./schedule-words";
import { isThere } from "./there";

export function RunsDrawer({ schedule, onClose }: { schedule: Schedule | null; onClose: () => void }) {
  const { t } = useTranslation("library");
  return (
    <SideDrawer opened={schedule !== null} onClose={onClose} size="xl" title={schedule === null ? "" : t("runs.title", { name: schedule.report_name })}>
      {schedule !== null && <Runs schedule={schedule} />}
    </SideDrawer>
  );
}

function Runs({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation("library");
  const format = useFormat();
  const words = useScheduleWords();
  const { data, error, refetch } = useQuery(runsOf(schedule.id));
  const next = schedule.next_run_at;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t("schedules.inZone", { rule: words.rule(schedule.rule), zone: schedule.time_zone })} · {words.range(schedule.range)}
      </Text>
      {isThere(schedule.suspended) && (
        <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={t("schedules.suspended")}>
          <ServerWords text={schedule.suspended} />
        </Alert>
      )}
      {error !== null && <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />}
      {error === null && data === undefined && <Waiting lines={5} height={40} />}
      {data?.length === 0 && (
        <Empty what={t("runs.empty")} advice={!isThere(next) ? undefined : t("runs.emptyAdvice", { when: format.minute(next, schedule.time_zone) })} />
      )}
      {data !== undefined && data.length > 0 && (
        <>
          <Text size="sm" c="dimmed" role="status">
            {t("runs.of", { count: data.length, shown: format.number(data.length) })}
          </Text>
          <Accordion variant="separated" chevronPosition="left" order={3} defaultValue={data[0]?.id ?? null}>
            {data.map((run) => (
              <Accordion.Item key={run.id} value={run.id}>
                <Accordion.Control>
                  <RunHead run={run} zone={schedule.time_zone} />
                </Accordion.Control>
                <Accordion.Panel>
                  <RunRecord run={run} zone={schedule.time_zone} mayRestate />
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
        </>
      )}
    </Stack>
  );
}

function RunHead({ run, zone }: { run: Run; zone: string }) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const format = useFormat();
  const status = run.status as Standing & "waiting";
  return (
    <div className={classes.runHead}>
      <State is={status} word={t(`runs.${status}`)} />
      <Group gap={6} wrap="wrap">
        <time dateTime={run.due_at}>{format.minute(run.due_at, zone)}</time>
        {(isThere(run.restates) || isThere(run.requested_by)) && (
          <Text span size="xs" c="dimmed">
            {isThere(run.restates) ? t("runs.restated", { number: run.number }) : t("runs.requested")}
          </Text>
        )}
      </Group>
      <span>{isThere(run.rows) && common("rows", { count: run.rows, shown: format.number(run.rows) })}</span>
    </div>
  );
}
