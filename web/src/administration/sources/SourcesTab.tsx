/** The sources: how fresh each is, what came of it, and whether something about it is unusual. */
import { Anchor, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../../api/client";
import { asFailure } from "../../api/failure";
import { useFormat } from "../../i18n/use-format";
import { type ListColumn, ListTable } from "../../ui/ListTable";
import { Moment } from "../../ui/Moment";
import { FailureNote, Waiting } from "../../ui/States";
import { SendEvents } from "./SendEvents";
import { hasEvents } from "../../report/types";
import { SourceState, worstOf } from "./SourceState";

type Source = Schemas["SourceHealth"];

export function SourcesTab() {
  const status = useQuery({
    queryKey: ["status", "whole"],
    queryFn: ({ signal }) => told(api.GET("/api/v1/status", { signal })),
    refetchInterval: 30_000,
  });
  return (
    <Stack gap="xl">
      {status.isPending && <Waiting />}
      {status.isError && <FailureNote failure={asFailure(status.error)} onAgain={() => void status.refetch()} />}
      {status.data !== undefined && <SourceList sources={status.data.sources} />}
      <SendEvents />
    </Stack>
  );
}

function SourceList({ sources }: { sources: readonly Source[] }) {
  const { t } = useTranslation("setup");
  const format = useFormat();
  const columns: ListColumn<Source>[] = [
    { name: "source", label: t("sources.source"), cell: (row) => row.source, text: (row) => row.source },
    { name: "state", label: t("sources.state"), cell: (row) => <SourceState source={row} />, text: (row) => worstOf(row) },
    {
      name: "newest",
      label: t("sources.newest"),
      cell: (row) => <Moment at={hasEvents(row) ? row.newest_event_time : null} />,
      text: (row) => row.newest_event_time,
    },
    {
      name: "received",
      label: t("sources.received"),
      cell: (row) => <Moment at={row.last_received_at} />,
      text: (row) => row.last_received_at,
    },
    {
      name: "events",
      label: t("sources.events"),
      numeric: true,
      cell: ({ events }) => (typeof events === "number" ? format.number(events) : "–"),
      text: (row) => row.events ?? null,
    },
    { name: "rejected", label: t("sources.rejected"), numeric: true, cell: (row) => <Rejected count={row.rejected} />, text: (row) => row.rejected ?? null },
  ];
  return (
    <ListTable
      label={t("sources.tab")}
      rows={sources}
      columns={columns}
      idOf={(row) => row.source}
      nameOf={(row) => row.source}
      empty={{ what: t("sources.empty"), advice: t("sources.emptyAdvice") }}
    />
  );
}

function Rejected({ count }: { count: number | null | undefined }) {
  const format = useFormat();
  if (typeof count !== "number") return "–";
  if (count === 0) return "0";
  return (
    <Anchor size="sm" renderRoot={(props) => <Link to="/admin/sources" search={{ tab: "rejected" } as never} {...props} />}>
      {format.number(count)}
    </Anchor>
  );
}
