/** Another name for a saved report. */
import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../api/client";
import { DraftForm } from "../ui/DraftForm";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import { useUnsaved } from "../ui/unsaved";
import { type Versioned, useDraft } from "../ui/use-draft";
import { useSaving } from "../ui/use-saving";
import { partOf } from "./bodies";
import { unlessTaken } from "./name-taken";
import { type SavedEntry, freshReport } from "./questions";
import { tagOf, useFollowed } from "./use-change";

interface Props {
  opened: boolean;
  report: SavedEntry;
  onClose: () => void;
}

export function RenameDialog({ opened, report, onClose }: Props) {
  const { t } = useTranslation("library");
  return (
    <Dialog opened={opened} onClose={onClose} title={t("saved.renameTitle")}>
      <RenameForm report={report} onClose={onClose} />
    </Dialog>
  );
}

function RenameForm({ report, onClose }: Omit<Props, "opened">) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const draft = useDraft(nameOf(report));
  const saving = useSaving(["name"]);
  const followed = useFollowed();
  useUnsaved(draft.isChanged);
  const save = async (): Promise<void> => {
    const params = { path: { id: report.id }, header: { "If-Match": draft.tag } };
    const body = partOf<Schemas["SavedReportChange"]>({ name: draft.value.name.trim() });
    const sending = told(api.PATCH("/api/v1/saved-reports/{id}", { params, body }));
    await followed(() => unlessTaken(sending, t("saveDialog.nameTaken")), ({ name }) => t("saved.isRenamed", { name }));
    onClose();
  };
  const meet = async (): Promise<void> => draft.meet(nameOf(await freshReport(report.id)));
  return (
    <DraftForm saving={saving} draft={draft} fields={[{ label: t("saved.name"), text: ({ name }) => name }]} onSubmit={() => (draft.isChanged ? saving.run({ save, meet }) : onClose())}>
      <TextField
        label={t("saved.name")}
        value={draft.value.name}
        onChange={(name) => {
          draft.set({ name });
          saving.touched("name");
        }}
        limit={200}
        required
        error={saving.at("name")}
      />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {common("action.cancel")}
        </Button>
        <Button type="submit" loading={saving.busy}>
          {common("action.rename")}
        </Button>
      </Group>
    </DraftForm>
  );
}

function nameOf(report: SavedEntry): Versioned<{ name: string }> {
  return { value: { name: report.name }, tag: tagOf(report) };
}
