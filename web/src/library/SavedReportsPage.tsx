/** The library: reports that were saved under a name, one's own and published ones, and those that come with the product. */
import { Tabs, TabsList, TabsPanel, TabsTab } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../api/failure";
import { entryOf } from "../app/navigation";
import { useWho } from "../session/session";
import { Page } from "../ui/Page";
import { FailureNote, NoPermission, Waiting } from "../ui/States";
import { type SavedEntry, savedReports, schedules } from "./questions";
import { MANAGE_OTHERS, neededForAny } from "../app/rights";
import { SavedReportsTable, type Shelf } from "./SavedReportsTable";
import { ShippedReports } from "./ShippedReports";

export function SavedReportsPage() {
  const { t } = useTranslation("library");
  const { can } = useWho();
  const { needs } = entryOf("saved");
  return (
    <Page title={t("saved.title")} about={t("saved.about")}>
      {can(...needs) ? <Library /> : <NoPermission needed={needs} />}
    </Page>
  );
}

function Library() {
  const { t } = useTranslation("library");
  const { can } = useWho();
  const seesOthers = can(MANAGE_OTHERS);
  const [chosen, choose] = useState<string | null>(null);
  const reports = useQuery(savedReports(seesOthers));
  // Where one begins is decided once: by what is there when it is looked at first.
  const [first, setFirst] = useState<Shelf | null>(null);
  if (first === null && reports.data !== undefined) setFirst(firstShelf(reports.data));
  const scheduled = useQuery({ ...schedules, enabled: can(...neededForAny("schedule")) });
  const shelves: Shelf[] = seesOthers ? ["mine", "published", "others"] : ["mine", "published"];
  if (first === null && reports.error === null) return <Waiting />;
  return (
    <Tabs value={chosen ?? first ?? "mine"} onChange={choose} keepMounted={false}>
      <TabsList mb="md">
        {shelves.map((shelf) => (
          <TabsTab key={shelf} value={shelf}>
            {t(`saved.${shelf}`)}
          </TabsTab>
        ))}
        <TabsTab value="shipped">{t("saved.shipped")}</TabsTab>
      </TabsList>
      {shelves.map((shelf) => (
        <TabsPanel key={shelf} value={shelf}>
          {reports.isPending && <Waiting />}
          {reports.error !== null && <FailureNote failure={asFailure(reports.error)} onAgain={() => void reports.refetch()} />}
          {reports.data !== undefined && (
            <SavedReportsTable shelf={shelf} reports={reports.data.filter((report) => isOn(shelf, report))} schedules={scheduled.data ?? []} />
          )}
        </TabsPanel>
      ))}
      <TabsPanel value="shipped">
        <ShippedReports />
      </TabsPanel>
    </Tabs>
  );
}

/** One's own, unless there are none, and others have published some. */
function firstShelf(reports: readonly SavedEntry[]): Shelf {
  return reports.some(({ mine }) => mine) || !reports.some(({ published }) => published) ? "mine" : "published";
}

/** What is published is on a shelf of its own, also what one has published oneself. */
function isOn(shelf: Shelf, { mine, published }: SavedEntry): boolean {
  if (shelf === "mine") return mine;
  return shelf === "published" ? published : !mine && !published;
}
