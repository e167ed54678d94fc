/** When a schedule would run next, as one fills it in. */
import { Box, Skeleton, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../api/client";
import { isKnownZone, offsetMs } from "../i18n/clock";
import { useFormat } from "../i18n/use-format";
import classes from "./library.module.css";
import { type Draft, ruleOf } from "./schedule-draft";

export function NextRuns({ draft }: { draft: Draft }) {
  const { t } = useTranslation("library");
  const [asked] = useDebouncedValue(JSON.stringify({ rule: ruleOf(draft), time_zone: draft.timeZone, range: draft.range }), 300);
  const body = JSON.parse(asked) as { rule: Record<string, never> | null; time_zone: string; range: string };
  const { data, error } = useQuery({
    queryKey: ["schedule-preview", asked],
    queryFn: async ({ signal }) => (await told(api.POST("/api/v1/schedules/preview", { body: body as Schemas["SchedulePreview"], signal }))).runs,
    enabled: body.rule !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
  // It only helps: where it can't be told, the form does without.
  if (error !== null || body.rule === null) return null;
  return (
    <Box className={classes.next} aria-live="polite">
      <Title order={3} mb={4}>
        {t("form.next")}
      </Title>
      {data === undefined ? <Skeleton className={classes.nextRuns} /> : <Upcoming runs={data} zone={body.time_zone} />}
    </Box>
  );
}

function Upcoming({ runs, zone }: { runs: readonly Schemas["UpcomingRun"][]; zone: string }) {
  const { t } = useTranslation("library");
  const format = useFormat();
  return (
    <>
      <Text size="xs" c="dimmed" mb={4}>
        {t("form.nextZone", { zone: format.zone(zone) })}
      </Text>
      <ol className={classes.nextRuns}>
        {runs.map(({ due_at, range }) => (
          <li key={due_at}>
            <time dateTime={due_at}>{`${format.date(due_at, zone)}, ${format.time(due_at, zone)}`}</time>
            <Text size="xs" c="dimmed">
              {t("form.nextRange", { from: format.minute(range.from, zone), to: format.minute(range.to, zone) })}
              <ClockChange range={range} zone={zone} />
            </Text>
          </li>
        ))}
      </ol>
    </>
  );
}

/** Why a range doesn't end at the time of day at which it begins. */
function ClockChange({ range, zone }: { range: { from: string; to: string }; zone: string }) {
  const { t } = useTranslation("library");
  if (!isKnownZone(zone)) return null;
  const ahead = offsetMs(Date.parse(range.to), zone) - offsetMs(Date.parse(range.from), zone);
  if (ahead === 0) return null;
  return <>{`; ${t(ahead > 0 ? "form.nextForward" : "form.nextBack")}`}</>;
}
