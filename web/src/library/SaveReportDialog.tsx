/** Saves a report under a name: as a new one, or over the one that it was opened from. */
import { Button, Checkbox, Group, SegmentedControl } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { api, told } from "../api/client";
import type { Definition } from "../report/types";
import { useWho } from "../session/session";
import { DraftForm } from "../ui/DraftForm";
import { type TextOf } from "../ui/ConflictNote";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import { useUnsaved } from "../ui/unsaved";
import { type Versioned, useDraft } from "../ui/use-draft";
import { useSaving } from "../ui/use-saving";
import { asked } from "./bodies";
import { unlessTaken } from "./name-taken";
import { type Saved, type SavedEntry, freshReport } from "./questions";
import { MANAGE_OTHERS } from "../app/rights";
import { tagOf, useFollowed } from "./use-change";

interface Props {
  opened: boolean;
  definition: Definition;
  /** A name to begin with. */
  offerName?: string;
  /** The report that the page was opened from, if it was one. */
  saved?: SavedEntry;
  onSaved: (saved: Saved) => void;
  onClose: () => void;
}

export function SaveReportDialog({ opened, onClose, ...rest }: Props) {
  const { t } = useTranslation("report");
  return (
    <Dialog opened={opened} onClose={onClose} title={t("save.title")}>
      <SaveForm onClose={onClose} {...rest} />
    </Dialog>
  );
}

interface Wish {
  /** Whether it takes the place of the one that it was opened from. */
  isOver: boolean;
  name: string;
  published: boolean;
  freeze: boolean;
}

function SaveForm({ definition, offerName = "", saved, onSaved, onClose }: Omit<Props, "opened">) {
  const { t } = useTranslation("report");
  const { t: library } = useTranslation("library");
  const { t: common } = useTranslation();
  const { can } = useWho();
  const over = saved !== undefined && (saved.mine || can(MANAGE_OTHERS)) ? saved : null;
  const draft = useDraft(over === null ? { value: { isOver: false, name: offerName, published: false, freeze: false }, tag: "" } : versionOf(over));
  const saving = useSaving(["name"]);
  const followed = useFollowed();
  const texts = useTexts();
  const forgetUnsaved = useUnsaved(draft.isChanged);
  const { isOver, name, published, freeze } = draft.value;
  const preset = "preset" in definition.range ? definition.range.preset : null;
  const choose = (wantsOver: boolean): void => {
    saving.forget();
    // A second one can't have the same name.
    draft.set({ isOver: wantsOver, name: wantsOver || over?.mine === false ? (over?.name ?? name) : offerName });
  };
  const save = async (): Promise<void> => {
    const sending = sent(definition, draft.value, isOver && over !== null ? { id: over.id, tag: draft.tag } : null);
    const result = await followed(() => unlessTaken(sending, library("saveDialog.nameTaken")), (done) => t("save.saved", { name: done.name }));
    forgetUnsaved();
    onSaved(result);
    onClose();
  };
  const meet = async (): Promise<void> => {
    if (over !== null) draft.meet(versionOf(await freshReport(over.id)));
  };
  return (
    <DraftForm saving={saving} draft={draft} fields={texts} onSubmit={() => saving.run({ save, meet })}>
      {over !== null && (
        <SegmentedControl
          aria-label={t("save.title")}
          orientation="vertical"
          value={isOver ? "over" : "new"}
          onChange={(which) => choose(which === "over")}
          data={[
            { value: "over", label: t("save.overwrite", { name: over.name }) },
            { value: "new", label: t("save.asNew") },
          ]}
        />
      )}
      <TextField
        label={t("save.name")}
        value={name}
        onChange={(text) => {
          draft.set({ name: text });
          saving.touched("name");
        }}
        limit={200}
        required
        error={saving.at("name")}
        data-autofocus
      />
      <Checkbox
        label={t("save.publish")}
        description={t("save.publishHint")}
        checked={published}
        onChange={(event) => draft.set({ published: event.currentTarget.checked })}
      />
      {preset !== null && (
        <Checkbox
          label={t("save.freeze")}
          description={t("save.freezeHint", { preset: t(`preset.${preset as "yesterday"}`, { defaultValue: preset }) })}
          checked={freeze}
          onChange={(event) => draft.set({ freeze: event.currentTarget.checked })}
        />
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {common("action.cancel")}
        </Button>
        <Button type="submit" loading={saving.busy}>
          {common("action.save")}
        </Button>
      </Group>
    </DraftForm>
  );
}

function versionOf(report: SavedEntry): Versioned<Wish> {
  return { value: { isOver: true, name: report.name, published: report.published, freeze: false }, tag: tagOf(report) };
}

function useTexts(): TextOf<Wish>[] {
  const { t } = useTranslation("report");
  const { t: common } = useTranslation();
  return [
    { label: t("save.name"), text: ({ name }) => name },
    { label: t("save.publish"), text: ({ published }) => common(published ? "word.yes" : "word.no") },
  ];
}

function sent(definition: Definition, { name, published, freeze }: Wish, over: { id: string; tag: string } | null): Promise<Saved> {
  const body = { name: name.trim(), published, freeze, definition: asked(definition) };
  if (over === null) return told(api.POST("/api/v1/saved-reports", { body }));
  const params = { path: { id: over.id }, header: { "If-Match": over.tag } };
  return told(api.PUT("/api/v1/saved-reports/{id}", { params, body }));
}
