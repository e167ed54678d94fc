/** Schedules: which reports are delivered by themselves, when and where to, and what has become of each run. */
import { Button } from "@mantine/core";
import { IconCalendarPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../api/failure";
import { entryOf } from "../app/navigation";
import { useWho } from "../session/session";
import { Page } from "../ui/Page";
import { FailureNote, NoPermission, Waiting } from "../ui/States";
import { schedules } from "./questions";
import { RunsDrawer } from "./RunsDrawer";
import { ScheduleDrawer } from "./ScheduleDrawer";
import { SchedulesTable } from "./SchedulesTable";

export function SchedulesPage() {
  const { t } = useTranslation("library");
  const { can } = useWho();
  const { needs } = entryOf("schedules");
  const [isNew, setNew] = useState(false);
  const may = can(...needs);
  return (
    <Page
      title={t("schedules.title")}
      about={t("schedules.about")}
      actions={
        may && (
          <Button leftSection={<IconCalendarPlus size={16} aria-hidden />} onClick={() => setNew(true)}>
            {t("schedules.create")}
          </Button>
        )
      }
    >
      {may ? <Schedules /> : <NoPermission needed={needs} />}
      <ScheduleDrawer opened={isNew} onClose={() => setNew(false)} />
    </Page>
  );
}

function Schedules() {
  const navigate = useNavigate();
  // Which schedule's runs are looked at stands in the address, so that it can be linked to.
  const { schedule: shown } = useSearch({ from: "/schedules" });
  const { data, error, refetch } = useQuery({ ...schedules, refetchInterval: 60_000 });
  if (error !== null) return <FailureNote failure={asFailure(error)} onAgain={() => void refetch()} />;
  if (data === undefined) return <Waiting />;
  const show = (id: string | null): void => void navigate({ to: "/schedules", search: id === null ? {} : { schedule: id } });
  return (
    <>
      <SchedulesTable schedules={data} onShow={show} />
      <RunsDrawer schedule={data.find(({ id }) => id === shown) ?? null} onClose={() => show(null)} />
    </>
  );
}
