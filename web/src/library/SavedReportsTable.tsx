/** Saved reports as a list, with what can be done with each. */
import { Badge, Stack, Text } from "@mantine/core";
import { IconLock, IconUsersGroup } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ListColumn, ListTable } from "../ui/ListTable";
import { Moment } from "../ui/Moment";
import classes from "./library.module.css";
import { DeleteReport, UnpublishReport } from "./GoneWithSchedules";
import { useKindName, useOwnerName } from "./names";
import type { SavedEntry, Schedule } from "./questions";
import { RenameDialog } from "./RenameDialog";
import { type ReportDeed, SavedReportMenu } from "./SavedReportMenu";
import { ScheduleDrawer } from "./ScheduleDrawer";
import { useScheduleWords } from "./schedule-words";
import { isThere } from "./there";

export type Shelf = "mine" | "published" | "others";

interface Props {
  shelf: Shelf;
  reports: readonly SavedEntry[];
  schedules: readonly Schedule[];
}

export function SavedReportsTable({ shelf, reports, schedules }: Props) {
  const { t } = useTranslation("library");
  const navigate = useNavigate();
  const columns = useColumns(schedules);
  const [asked, setAsked] = useState<{ id: string; deed: ReportDeed } | null>(null);
  const close = (): void => setAsked(null);
  // The row as it is now: what somebody else has changed meanwhile is seen in an open dialog too.
  const chosen = reports.find(({ id }) => id === asked?.id);
  const own = schedules.filter(({ report_id }) => report_id === asked?.id);
  const is = (deed: ReportDeed): boolean => asked?.deed === deed;
  return (
    <>
      <ListTable
        label={t("saved.list")}
        rows={reports}
        columns={columns}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        onOpen={({ id }) => void navigate({ to: "/saved/$id", params: { id } })}
        actions={(report) => (
          <SavedReportMenu
            report={report}
            isScheduled={schedules.some(({ report_id }) => report_id === report.id)}
            onAsk={(deed) => setAsked({ id: report.id, deed })}
          />
        )}
        empty={empty(shelf, t)}
      />
      {chosen !== undefined && (
        <>
          <RenameDialog opened={is("rename")} report={chosen} onClose={close} />
          <DeleteReport opened={is("delete")} report={chosen} schedules={own} onClose={close} />
          <UnpublishReport opened={is("unpublish")} report={chosen} schedules={own} onClose={close} />
          <ScheduleDrawer opened={is("schedule")} reportId={chosen.id} reportName={chosen.name} onClose={close} />
        </>
      )}
    </>
  );
}

type Words = ReturnType<typeof useTranslation<"library">>["t"];

function empty(shelf: Shelf, t: Words): { what: string; advice?: string } {
  if (shelf === "mine") return { what: t("saved.emptyMine"), advice: t("saved.emptyMineAdvice") };
  if (shelf === "published") return { what: t("saved.emptyPublished"), advice: t("saved.emptyPublishedAdvice") };
  return { what: t("saved.emptyOthers") };
}

function useColumns(schedules: readonly Schedule[]): ListColumn<SavedEntry>[] {
  const { t } = useTranslation("library");
  const kindName = useKindName();
  const ownerName = useOwnerName();
  return [
    { name: "name", label: t("saved.name"), cell: ({ name }) => name, text: ({ name }) => name },
    { name: "kind", label: t("saved.kind"), cell: ({ report }) => kindName(report), text: ({ report }) => kindName(report) },
    { name: "owner", label: t("saved.owner"), cell: (report) => <Cut text={ownerName(report)} />, text: ownerName },
    {
      name: "visible",
      label: t("saved.visible"),
      cell: ({ published }) => <Visible published={published} />,
      text: ({ published }) => t(published ? "saved.everybody" : "saved.onlyOwner"),
    },
    { name: "changed", label: t("saved.changed"), cell: ({ changed_at }) => <Moment at={changed_at} />, text: ({ changed_at }) => Date.parse(changed_at) },
    {
      name: "schedule",
      label: t("saved.schedule"),
      cell: ({ id }) => <ScheduledAs schedules={schedules.filter(({ report_id }) => report_id === id)} />,
    },
  ];
}

/** A text that gives way where there is little room. */
function Cut({ text }: { text: string }): ReactNode {
  return (
    <Text span size="sm" title={text} className={classes.cut}>
      {text}
    </Text>
  );
}

function Visible({ published }: { published: boolean }) {
  const { t } = useTranslation("library");
  const icon = published ? <IconUsersGroup size={14} aria-hidden /> : <IconLock size={14} aria-hidden />;
  return (
    <Badge variant="default" tt="none" fw={500} miw="max-content" leftSection={icon}>
      {t(published ? "saved.everybody" : "saved.onlyOwner")}
    </Badge>
  );
}

function ScheduledAs({ schedules }: { schedules: readonly Schedule[] }) {
  const { t } = useTranslation("library");
  const words = useScheduleWords();
  if (schedules.length === 0) return <Text span size="sm" c="dimmed">–</Text>;
  return (
    <Stack gap={0}>
      {schedules.map(({ id, rule, paused, suspended, report_name }) => (
        <Link
          key={id}
          to="/schedules"
          search={{ schedule: id }}
          className={classes.link}
          onClick={(event) => event.stopPropagation()}
          aria-label={`${words.rule(rule)}: ${t("runs.title", { name: report_name })}`}
        >
          {words.rule(rule)}
          {paused && ` (${t("schedules.paused")})`}
          {isThere(suspended) && ` (${t("schedules.suspended")})`}
        </Link>
      ))}
    </Stack>
  );
}
