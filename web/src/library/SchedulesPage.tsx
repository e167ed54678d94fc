/** Schedules: which reports are delivered by themselves, when and where to, and what has become of each run. */
import { Button, Tabs } from "@mantine/core";
import { IconCalendarPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { entryOf } from "../app/navigation";
import { useWho } from "../session/session";
import { Answered } from "../ui/Answered";
import { Page } from "../ui/Page";
import { NoPermission } from "../ui/States";
import { useAddress } from "../ui/use-address";
import { AllRuns } from "./AllRuns";
import { type Schedule, schedules } from "./questions";
import { RunsDrawer } from "./RunsDrawer";
import { ScheduleDrawer } from "./ScheduleDrawer";
import { SchedulesTable } from "./SchedulesTable";

/** The tab with the runs of all schedules, as the address calls it. */
const RUNS = "runs";

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
  const query = useQuery({ ...schedules, refetchInterval: 60_000 });
  return <Answered query={query}>{(data) => <ScheduleTabs schedules={data} />}</Answered>;
}

function ScheduleTabs({ schedules: data }: { schedules: readonly Schedule[] }) {
  const { t } = useTranslation("library");
  // Which schedule's runs are looked at, and which tab, stand in the address, so that they can be linked to.
  const [shown, show] = useAddress("schedule");
  const [tab, setTab] = useAddress("show");
  return (
    <Tabs value={tab === RUNS ? RUNS : "schedules"} onChange={(value) => setTab(value === RUNS ? RUNS : null)} keepMounted={false}>
      <Tabs.List mb="md" aria-label={t("schedules.title")}>
        <Tabs.Tab value="schedules">{t("schedules.list")}</Tabs.Tab>
        <Tabs.Tab value={RUNS}>{t("runs.list")}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="schedules">
        <SchedulesTable schedules={data} onShow={show} />
      </Tabs.Panel>
      <Tabs.Panel value={RUNS}>
        <AllRuns schedules={data} />
      </Tabs.Panel>
      <RunsDrawer schedule={data.find(({ id }) => id === shown) ?? null} onClose={() => show(null)} />
    </Tabs>
  );
}
