/** The record of one run, with its file. */
import { Button, Group, Stack, Text, Tooltip } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../api/client";
import { useFormat } from "../i18n/use-format";
import { useWho } from "../session/session";
import { ServerWords } from "../ui/ServerWords";
import { Download } from "./Download";
import classes from "./library.module.css";
import { type Run, destinations, isUnderWay } from "./questions";
import { needed } from "../app/rights";
import { State } from "./State";
import { isThere } from "./there";
import { useChange } from "./use-change";

interface Props {
  run: Run;
  zone: string;
  /** Whether its schedule is still there: of one that is gone, nothing is told anew. */
  mayRestate: boolean;
}

export function RunRecord({ run, zone, mayRestate }: Props) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const format = useFormat();
  const range = `${format.minute(run.range.from, zone)} – ${format.minute(run.range.to, zone)}`;
  return (
    <Stack gap="sm">
      <dl className={classes.facts}>
        <Fact name={t("runs.range")}>{range}</Fact>
        {isThere(run.reason) && <Fact name={t("runs.reason")}><ServerWords text={run.reason} /></Fact>}
        {isThere(run.missing) && <Fact name={t("runs.missing")}><ServerWords text={run.missing} /></Fact>}
        {isThere(run.rows) && <Fact name={t("runs.rows")}>{format.number(run.rows)}</Fact>}
        {isThere(run.bytes) && <Fact name={t("runs.size")}>{format.bytes(run.bytes)}</Fact>}
        {isThere(run.started_at) && <Fact name={common("word.began")}>{format.moment(run.started_at, zone)}</Fact>}
        {isThere(run.duration_seconds) && <Fact name={t("runs.took")}>{format.roughly(run.duration_seconds)}</Fact>}
        {isThere(run.sha256) && (
          <Fact name="SHA-256">
            <span className={classes.mono}>{run.sha256}</span>
          </Fact>
        )}
      </dl>
      {run.destinations.length > 0 && <Outcomes outcomes={run.destinations} />}
      <RunDeeds run={run} zone={zone} mayRestate={mayRestate} />
    </Stack>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Outcomes({ outcomes }: { outcomes: readonly Schemas["OutcomeAnswer"][] }) {
  const { t } = useTranslation("library");
  const { data: known } = useQuery(destinations);
  return (
    <ul className={classes.outcomes} aria-label={t("runs.outcomes")}>
      {outcomes.map((outcome) => (
        <li key={outcome.destination}>
          <Group gap="xs" justify="space-between">
            <Text size="sm" fw={550}>
              {known?.find(({ id }) => id === outcome.destination)?.name ?? t("schedules.noDestination")}
            </Text>
            <OutcomeState outcome={outcome} />
          </Group>
          <OutcomeText outcome={outcome} />
        </li>
      ))}
    </ul>
  );
}

function OutcomeState({ outcome: { place, failure } }: { outcome: Schemas["OutcomeAnswer"] }) {
  const { t } = useTranslation("library");
  if (isThere(place)) return <State is="succeeded" word={t("runs.succeeded")} />;
  return !isThere(failure) ? <State is="waiting" word={t("runs.notDelivered")} /> : <State is="failed" word={t("runs.failed")} />;
}

function OutcomeText({ outcome: { place, failure, attempts } }: { outcome: Schemas["OutcomeAnswer"] }) {
  const { t } = useTranslation("library");
  const tried = t("runs.attempts", { count: attempts });
  if (isThere(place)) return <Text className={classes.mono}>{place}</Text>;
  if (!isThere(failure)) return null;
  return (
    <Text size="sm" c="dimmed">
      <ServerWords text={failure.reason} /> · {tried}
    </Text>
  );
}

function RunDeeds({ run, zone, mayRestate }: Props) {
  const { t } = useTranslation("library");
  const { can } = useWho();
  const format = useFormat();
  const restate = useChange(() => told(api.POST("/api/v1/runs/{id}/restate", { params: { path: { id: run.id } } })), {
    done: () => t("runs.isRestated"),
  });
  return (
    <Group gap="xs">
      {run.has_file && can(needed("export", run.report)) && (
        <Download path={`/api/v1/runs/${run.id}/file`} label={t("exports.downloadIt", { name: `${run.report_name}, ${format.minute(run.due_at, zone)}` })} />
      )}
      {mayRestate && !isUnderWay(run) && (
        <Tooltip label={t("runs.restateHint")}>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconRefresh size={16} aria-hidden />}
            loading={restate.isPending}
            onClick={() => restate.mutate(undefined)}
          >
            {t("runs.restate")}
          </Button>
        </Tooltip>
      )}
      {run.has_file && isThere(run.file_until) && (
        <Text size="xs" c="dimmed">
          {t("runs.fileUntil", { moment: format.minute(run.file_until, zone) })}
        </Text>
      )}
    </Group>
  );
}
