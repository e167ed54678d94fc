/** Records that were rejected: why, what they were, and another try once their cause is mended. */
import { Button, Checkbox, Code, Group, Select, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useInfiniteQuery } from "@tanstack/react-query";
import { IconDownload, IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useWho } from "../../session/session";
import { type ListColumn, ListTable } from "../../ui/ListTable";
import { Moment } from "../../ui/Moment";
import { FailureNote, Waiting } from "../../ui/States";
import { type Change, useChange } from "../settings/use-change";
import { RejectedRecord } from "./RejectedRecord";
import { saveFrom } from "../../ui/save-file";
import classes from "./sources.module.css";

type Rejected = Schemas["QuarantineEntry"];
const PAGE = 100;

export function RejectedTab() {
  const pages = useInfiniteQuery({
    queryKey: ["quarantine"],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) =>
      told(api.GET("/api/v1/quarantine", { params: { query: { limit: PAGE, ...(pageParam === null ? {} : { after: pageParam }) } }, signal })),
    getNextPageParam: (page) => page.next_after ?? null,
  });
  const { t } = useTranslation("setup");
  if (pages.isPending) return <Waiting />;
  if (pages.isError) return <FailureNote failure={asFailure(pages.error)} onAgain={() => void pages.refetch()} />;
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t("rejected.about")}
      </Text>
      <RejectedList records={pages.data.pages.flatMap(({ records }) => records)} />
      {pages.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t("rejected.more")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function RejectedList({ records }: { records: readonly Rejected[] }) {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const [source, setSource] = useState<string | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [opened, setOpened] = useState<Rejected | null>(null);
  const sources = [...new Set(records.map((record) => record.source))].sort();
  const shown = source === null ? records : records.filter((record) => record.source === source);
  const mayReplay = can("sources edit");
  const change = useChange(["quarantine"], ["status"]);
  const choose = (position: number, isChosen: boolean): void => {
    const next = new Set(chosen);
    if (isChosen) next.add(position);
    else next.delete(position);
    setChosen(next);
  };
  const columns: ListColumn<Rejected>[] = [
    { name: "received", label: t("rejected.received"), cell: (row) => <Moment at={row.received_at} />, text: (row) => row.received_at },
    { name: "source", label: t("rejected.source"), cell: (row) => row.source, text: (row) => row.source },
    { name: "format", label: t("rejected.format"), cell: (row) => row.format, text: (row) => row.format },
    { name: "line", label: t("rejected.line"), numeric: true, cell: (row) => row.line, text: (row) => row.line },
    { name: "field", label: t("rejected.field"), cell: (row) => (typeof row.field === "string" ? <Code>{row.field}</Code> : "–"), text: (row) => row.field ?? null },
    {
      name: "reason",
      label: t("rejected.reason"),
      cell: (row) => (
        <Text size="sm" lineClamp={2} className={classes.reason}>
          {row.reason}
        </Text>
      ),
      text: (row) => row.reason,
    },
  ];
  if (mayReplay) columns.unshift(chooser(t("rejected.choose"), (row) => t("rejected.chooseLine", { source: row.source, line: row.line }), chosen, choose));
  return (
    <>
      {change.failure !== null && <FailureNote failure={change.failure} />}
      <ListTable
        label={t("rejected.tab")}
        rows={shown}
        columns={columns}
        idOf={(row) => String(row.position)}
        nameOf={(row) => row.reason}
        tools={
          records.length > 0 && (
            <>
              <Select
                aria-label={t("rejected.source")}
                placeholder={t("rejected.allSources")}
                data={sources}
                value={source}
                onChange={setSource}
                clearable
              />
              <Tools chosen={[...chosen]} source={source} change={change} onDone={() => setChosen(new Set())} />
            </>
          )
        }
        actions={(row) => (
          <Button size="compact-sm" variant="subtle" onClick={() => setOpened(row)} aria-label={t("rejected.showLine", { source: row.source, line: row.line })}>
            {t("rejected.show")}
          </Button>
        )}
        sortedBy={{ name: "received", down: true }}
        empty={{ what: t("rejected.empty"), advice: t("rejected.emptyAdvice") }}
      />
      <RejectedRecord record={opened} onClose={() => setOpened(null)} />
    </>
  );
}

function chooser(
  label: string,
  nameOf: (row: Rejected) => string,
  chosen: ReadonlySet<number>,
  choose: (position: number, isChosen: boolean) => void,
): ListColumn<Rejected> {
  return {
    name: "choose",
    label,
    cell: (row) => (
      <Checkbox
        aria-label={nameOf(row)}
        checked={chosen.has(row.position)}
        onChange={(event) => choose(row.position, event.currentTarget.checked)}
      />
    ),
    text: (row) => (chosen.has(row.position) ? 0 : 1),
  };
}

/** Has the server decode records once more: those chosen, else those of a source, else all. Or hands them out as they came. */
function Tools({ chosen, source, change, onDone }: { chosen: number[]; source: string | null; change: Change; onDone: () => void }) {
  const { t } = useTranslation("setup");
  const { can } = useWho();
  const replay = (): void =>
    change.run(async () => {
      const positions = chosen.length === 0 ? null : chosen;
      const answer = await told(api.POST("/api/v1/quarantine/replay", { body: { positions, source: positions === null ? source : null } }));
      notifications.show({ message: t("rejected.replayed", { ...answer }), color: answer.still_rejected > 0 ? "yellow" : "green", autoClose: 12_000 });
      onDone();
    }, null);
  const save = (): void => change.run(() => saveFrom(`/api/v1/quarantine/raw${source === null ? "" : `?source=${encodeURIComponent(source)}`}`), null);
  const all = source === null ? t("rejected.replayAll") : t("rejected.replaySource");
  return (
    <>
      {can("sources edit") && (
        <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} disabled={change.busy} onClick={replay}>
          {chosen.length > 0 ? t("rejected.replayChosen", { count: chosen.length }) : all}
        </Button>
      )}
      <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} disabled={change.busy} onClick={save}>
        {t("rejected.download")}
      </Button>
    </>
  );
}
