/** Export tasks: how far each has come, and its archive. */
import { Button, Group, Switch } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../api/client";
import { asFailure } from "../api/failure";
import { entryOf } from "../app/navigation";
import { useWho } from "../session/session";
import { Page } from "../ui/Page";
import { FailureNote, NoPermission, Waiting } from "../ui/States";
import { ExportsTable } from "./ExportsTable";
import { isUnderWay } from "./questions";
import { MANAGE_OTHERS } from "../app/rights";

const PAGE = 100;

export function ExportsPage() {
  const { t } = useTranslation("library");
  const { can } = useWho();
  const { needs } = entryOf("exports");
  return (
    <Page title={t("exports.title")} about={t("exports.about")}>
      {can(...needs) ? <Exports /> : <NoPermission needed={needs} />}
    </Page>
  );
}

function Exports() {
  const { t } = useTranslation("library");
  const { can } = useWho();
  const [all, setAll] = useState(false);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["exports", { all }],
    queryFn: ({ signal, pageParam }) => {
      const query = { limit: PAGE, ...(all ? { all } : {}), ...(pageParam === null ? {} : { cursor: pageParam }) };
      return told(api.GET("/api/v1/exports", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? null,
    refetchInterval: ({ state }) => (state.data?.pages.some(({ exports }) => exports.some(isUnderWay)) === true ? 1_500 : 30_000),
  });
  const seesOthers = can(MANAGE_OTHERS);
  if (error !== null) return <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />;
  if (data === undefined) return <Waiting />;
  return (
    <>
      <ExportsTable
        exports={data.pages.flatMap((page) => page.exports)}
        showsOwners={all}
        tools={seesOthers && <Switch label={t("exports.all")} checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />}
      />
      {hasNextPage && (
        <Group justify="center" mt="sm">
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t("exports.more")}
          </Button>
        </Group>
      )}
    </>
  );
}
