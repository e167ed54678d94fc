/** What can be done with a report as a whole: keep it, hand it on, take it away. */
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCalendarTime, IconDeviceFloppy, IconLink } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { Suspense, lazy, useState } from "react";
import type { Schemas } from "../api/client";
import { useWho } from "../session/session";
import { DownloadMenu } from "./DownloadMenu";
import type { Look, Stated } from "./address";
import { rightsOf } from "../app/rights";
import type { Definition } from "./types";
import { useWords } from "./words";

const SaveReportDialog = lazy(async () => ({ default: (await import("../library/SaveReportDialog")).SaveReportDialog }));
const ExportDialog = lazy(async () => ({ default: (await import("../library/ExportDialog")).ExportDialog }));
const ScheduleDrawer = lazy(async () => ({ default: (await import("../library/ScheduleDrawer")).ScheduleDrawer }));

/** A saved report that is opened, and the definition with which it was. */
export interface SavedAs {
  entry: Schemas["SavedReport"];
  usual: Stated;
}

interface Props {
  definition: Definition;
  saved: SavedAs | null;
  total: number | undefined;
  look: Look;
}

type Dialog = "save" | "export" | "schedule" | null;

export function ReportActions({ definition, saved, total, look }: Props) {
  const { t } = useWords();
  const who = useWho();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<Dialog>(null);
  // What was opened once stays, so that it closes as dialogs do.
  const [met, setMet] = useState<ReadonlySet<Dialog>>(new Set());
  const open = (next: Dialog): void => {
    setMet((before) => new Set([...before, next]));
    setDialog(next);
  };
  const rights = rightsOf(definition.report, who);
  const share = (): void => {
    void navigator.clipboard.writeText(window.location.href).then(() => notifications.show({ message: t("report:action.shared"), color: "green" }));
  };
  const question = look === "summary" ? "signed_in" : definition.group_by === undefined ? "rows" : "groups";
  return (
    <>
      {rights.canSave && (
        <Button size="compact-md" variant="default" leftSection={<IconDeviceFloppy size={16} aria-hidden />} onClick={() => open("save")}>
          {t("report:action.save")}
        </Button>
      )}
      <Button size="compact-md" variant="default" leftSection={<IconLink size={16} aria-hidden />} onClick={share}>
        {t("report:action.share")}
      </Button>
      {rights.canSchedule && saved !== null && (
        <Button size="compact-md" variant="default" leftSection={<IconCalendarTime size={16} aria-hidden />} onClick={() => open("schedule")}>
          {t("report:action.schedule")}
        </Button>
      )}
      {rights.canExport && <DownloadMenu definition={definition} total={total} onExport={() => open("export")} />}
      <Suspense fallback={null}>
        {met.has("save") && (
          <SaveReportDialog
            opened={dialog === "save"}
            onClose={() => setDialog(null)}
            definition={definition}
            {...(saved === null ? {} : { saved: saved.entry })}
            onSaved={({ id }) => void navigate({ to: "/saved/$id", params: { id }, search: {} })}
          />
        )}
        {met.has("export") && <ExportDialog opened={dialog === "export"} onClose={() => setDialog(null)} definition={definition} question={question} />}
        {met.has("schedule") && saved !== null && (
          <ScheduleDrawer opened={dialog === "schedule"} onClose={() => setDialog(null)} reportId={saved.entry.id} reportName={saved.entry.name} />
        )}
      </Suspense>
    </>
  );
}

