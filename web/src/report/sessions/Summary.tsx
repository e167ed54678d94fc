/** For how long each agent was signed in on each day, with totals: what a payroll or workforce analyst takes away. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { Empty, FailureNote, Waiting } from "../../ui/States";
import { LIVE_MS, asked } from "../ask";
import { download } from "../download";
import type { Definition, SignedInAnswer } from "../types";
import { useWords } from "../words";
import { Days } from "./Days";
import { MAX_DAYS, type Times, tableOf } from "./signed-in";

interface Props {
  definition: Definition;
  /** Whether time is counted on while it passes. */
  live?: boolean;
}

const PAGE_DAYS = 5_000;
/** Most agent days that are held for the table. */
const MAX_ROWS = 50_000;

export function Summary({ definition, live = false }: Props) {
  const { t } = useWords();
  const { answer, days, error, refetch } = useSignedIn(definition, live);
  const table = useMemo(() => (days === null ? null : tableOf(days)), [days]);
  const failure = error === null ? null : <FailureNote failure={asFailure(error)} onAgain={refetch} />;
  if (answer === undefined) return failure ?? <Waiting lines={12} height={24} />;
  if (answer.total === 0) return failure ?? <Empty what={t("report:timeline.empty")} advice={t("report:table.emptyAdvice")} />;
  const isTooMuch = answer.total > MAX_ROWS || (table !== null && table.days.length > MAX_DAYS);
  const file = () => download({ ...definition, sort: [] }, "csv", { question: "signed_in" });
  return (
    <>
      {failure}
      <Group justify="space-between" gap="xs">
        <Told answer={answer} table={isTooMuch ? null : table} zone={definition.time_zone} />
        <Button size="compact-sm" variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => void file()}>
          {t("report:action.download")}
        </Button>
      </Group>
      <LeftOut answer={answer} />
      {isTooMuch && <Empty what={t("report:summary.tooMuch")} advice={t("report:summary.tooMuchAdvice")} />}
      {!isTooMuch && table === null && failure === null && <Waiting lines={12} height={24} />}
      {!isTooMuch && table !== null && <Days table={table} range={answer.range} zone={definition.time_zone} />}
    </>
  );
}

/** The first page of the answer, and the days of all pages once all are there: part of them has no totals. */
function useSignedIn(definition: Definition, live: boolean) {
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
    refetchInterval: live ? LIVE_MS : false,
  });
  const { data, error, hasNextPage, isFetching, fetchNextPage, refetch } = query;
  const answer = data?.pages[0];
  const isMore = error === null && hasNextPage && (answer?.total ?? 0) <= MAX_ROWS;
  useEffect(() => {
    if (isMore && !isFetching) void fetchNextPage();
  }, [isMore, isFetching, fetchNextPage]);
  const days = useMemo(() => (data === undefined || hasNextPage ? null : data.pages.flatMap((page) => page.days)), [data, hasNextPage]);
  return { answer, days, error, refetch: () => void refetch() };
}

/** How much it is in all, and how it is counted. */
function Told({ answer, table, zone }: { answer: SignedInAnswer; table: Times | null; zone: string }) {
  const { t, format } = useWords();
  const notes = [
    t("report:summary.explain"),
    table?.hasOpen === true ? t("report:summary.openTo", { moment: format.minute(answer.range.as_of, zone) }) : null,
    table?.hasInferred === true ? t("report:summary.inferredTo") : null,
  ];
  return (
    <Text size="sm">
      {t("report:summary.agents", { count: answer.agents, shown: format.number(answer.agents) })}
      {table !== null && ` · ${format.duration(table.seconds)}`}
      <Text span size="xs" c="dimmed" ml="sm">
        {notes.filter((note) => note !== null).join(" ")}
      </Text>
    </Text>
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
