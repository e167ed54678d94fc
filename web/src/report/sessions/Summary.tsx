/** For how long each agent was signed in on each day, with totals: what a payroll or workforce analyst takes away. */
import { Alert, Button, Group, ScrollArea, Table, Text, Tooltip } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { Empty, FailureNote, Waiting } from "../../ui/States";
import { asked } from "../ask";
import { download } from "../download";
import type { Definition, SignedInAnswer } from "../types";
import { useWords } from "../words";
import classes from "./Summary.module.css";
import { type AgentTime, MAX_DAYS, tableOf } from "./signed-in";

const PAGE_DAYS = 5_000;
/** Most agent days that are held for the table. */
const MAX_ROWS = 50_000;

export function Summary({ definition }: { definition: Definition }) {
  const { t, format } = useWords();
  const query = useInfiniteQuery({
    queryKey: ["signed-in", asked(definition)],
    queryFn: ({ pageParam, signal }) => {
      const body = { ...asked(definition), limit: PAGE_DAYS, ...(pageParam === undefined ? {} : { cursor: pageParam }) };
      return told(
        api.POST("/api/v1/reports/{kind}/signed_in", { params: { path: { kind: "login_logout" } }, body: body, signal }),
      ) as Promise<SignedInAnswer>;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query;
  const loaded = data?.pages.reduce((sum, page) => sum + page.days.length, 0) ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && loaded < MAX_ROWS) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, loaded]);
  const table = useMemo(() => tableOf(data?.pages.flatMap((page) => page.days) ?? []), [data]);
  if (error !== null) return <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />;
  const [first] = data?.pages ?? [];
  if (first === undefined) return <Waiting lines={12} height={24} />;
  if (first.total === 0) return <Empty what={t("report:timeline.empty")} advice={t("report:table.emptyAdvice")} />;
  const file = () => download({ ...definition, sort: [] }, "csv", { question: "signed_in" });
  return (
    <>
      <Group justify="space-between" gap="xs">
        <Text size="sm">
          {t("report:summary.agents", { count: first.agents, shown: format.number(first.agents) })} · {format.duration(first.seconds)}
          <Text span size="xs" c="dimmed" ml="sm">
            {t("report:summary.explain")}
          </Text>
        </Text>
        <Button size="compact-sm" variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => void file()}>
          {t("report:action.download")}
        </Button>
      </Group>
      <LeftOut answer={first} />
      {table.days.length > MAX_DAYS ? (
        <Empty what={t("report:summary.tooLong")} advice={t("report:summary.tooLongAdvice")} />
      ) : (
        <Days days={table.days} agents={table.agents} zone={definition.time_zone} />
      )}
    </>
  );
}

function LeftOut({ answer }: { answer: SignedInAnswer }) {
  const { t } = useWords();
  const { unknown_logins, nameless } = answer;
  if (unknown_logins === 0 && nameless === 0) return null;
  return (
    <Alert color="yellow" variant="light" py={6}>
      {unknown_logins > 0 && <Text size="sm">{t("report:summary.unknown", { count: unknown_logins })}</Text>}
      {nameless > 0 && <Text size="sm">{t("report:summary.nameless", { count: nameless })}</Text>}
    </Alert>
  );
}

function Days({ days, agents, zone }: { days: readonly string[]; agents: readonly AgentTime[]; zone: string }) {
  const { t, format } = useWords();
  const dayText = (day: string): string =>
    new Intl.DateTimeFormat(format.locale, { weekday: "short", month: "short", day: "numeric", timeZone: "UTC" }).format(Date.parse(`${day.slice(0, 10)}T00:00:00Z`));
  return (
    <ScrollArea className={classes.frame} type="auto">
      <Table stickyHeader verticalSpacing={4} aria-label={t("report:summary.label")} className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" className={classes.agent}>
              {t("report:summary.agent")}
            </Table.Th>
            {days.map((day) => (
              <Table.Th key={day} scope="col" className={classes.time} title={zone}>
                {dayText(day)}
              </Table.Th>
            ))}
            <Table.Th scope="col" className={classes.time}>
              {t("report:summary.total")}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {agents.map((agent) => (
            <Table.Tr key={agent.key}>
              <Table.Th scope="row" className={classes.agent}>
                {agent.name}
              </Table.Th>
              {days.map((day) => {
                const time = agent.days.get(day);
                return (
                  <Table.Td key={day} className={classes.time}>
                    {time === undefined ? "" : <DayTime seconds={time.seconds} isOpen={time.open} isInferred={time.inferred} />}
                  </Table.Td>
                );
              })}
              <Table.Td className={classes.total}>{format.duration(agent.seconds)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Table.Tr>
            <Table.Th scope="row" className={classes.agent}>
              {t("report:summary.total")}
            </Table.Th>
            {days.map((day) => (
              <Table.Td key={day} className={classes.total}>
                {format.duration(agents.reduce((sum, agent) => sum + (agent.days.get(day)?.seconds ?? 0), 0))}
              </Table.Td>
            ))}
            <Table.Td className={classes.total}>{format.duration(agents.reduce((sum, agent) => sum + agent.seconds, 0))}</Table.Td>
          </Table.Tr>
        </Table.Tfoot>
      </Table>
    </ScrollArea>
  );
}

function DayTime({ seconds, isOpen, isInferred }: { seconds: number; isOpen: boolean; isInferred: boolean }) {
  const { t, format } = useWords();
  const notes = [isOpen ? t("report:summary.open") : null, isInferred ? t("report:summary.inferred") : null].filter((note) => note !== null);
  const text = format.duration(seconds);
  if (notes.length === 0) return text;
  return (
    <Tooltip label={notes.join(", ")}>
      <span tabIndex={-1} className={classes.noted}>
        {text}
        <sup aria-label={notes.join(", ")}>{isOpen ? "○" : "≈"}</sup>
      </span>
    </Tooltip>
  );
}
