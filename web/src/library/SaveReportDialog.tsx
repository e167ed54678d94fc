/** Saves a report under a name: as a new one, or over the one that it was opened from. */
import { Button, Checkbox, Group, Modal, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, told } from "../api/client";
import { asFailure } from "../api/failure";
import type { Definition } from "../report/types";
import { useWho } from "../session/session";
import { asked } from "./bodies";
import { ChangeFailure } from "./ChangeFailure";
import { nameError } from "./name-error";
import { type Saved, type SavedEntry, freshReport } from "./questions";
import { MANAGE_OTHERS } from "../app/rights";
import { ifStale, tagOf, useChange } from "./use-change";

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
  const { t: common } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("save.title")} centered closeButtonProps={{ "aria-label": common("action.close") }}>
      <SaveForm onClose={onClose} {...rest} />
    </Modal>
  );
}

interface Wish {
  name: string;
  published: boolean;
  freeze: boolean;
  over: SavedEntry | null;
}

function SaveForm({ definition, offerName = "", saved: opened, onSaved, onClose }: Omit<Props, "opened">) {
  const { t } = useTranslation("report");
  const { t: library } = useTranslation("library");
  const { t: common } = useTranslation();
  const { can } = useWho();
  const [saved, setSaved] = useState(opened);
  const mayOverwrite = saved !== undefined && (saved.mine || can(MANAGE_OTHERS));
  const [isOver, setOver] = useState(mayOverwrite);
  const [name, setName] = useState(mayOverwrite ? saved.name : offerName);
  const [published, setPublished] = useState(mayOverwrite && saved.published);
  const [freeze, setFreeze] = useState(false);
  const save = useChange((wish: Wish) => sent(definition, wish), {
    done: (result) => t("save.saved", { name: result.name }),
    tellsFailures: false,
  });
  const failure = save.error === null ? null : asFailure(save.error);
  const atName = nameError(failure, library("saveDialog.nameTaken"));
  const preset = "preset" in definition.range ? definition.range.preset : null;
  const choose = (over: boolean): void => {
    setOver(over);
    save.reset();
    // A second one can't have the same name.
    if (saved !== undefined) setName(over || !saved.mine ? saved.name : offerName);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const wish = { name: name.trim(), published, freeze, over: isOver && saved !== undefined ? saved : null };
    const showNow = (now: SavedEntry): void => {
      setSaved(now);
      setName(now.name);
      setPublished(now.published);
    };
    save.mutate(wish, {
      onError: ifStale(() => freshReport(saved?.id ?? ""), showNow),
      onSuccess: (result) => {
        onSaved(result);
        onClose();
      },
    });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {mayOverwrite && (
          <SegmentedControl
            aria-label={t("save.title")}
            orientation="vertical"
            value={isOver ? "over" : "new"}
            onChange={(which) => choose(which === "over")}
            data={[
              { value: "over", label: t("save.overwrite", { name: saved.name }) },
              { value: "new", label: t("save.asNew") },
            ]}
          />
        )}
        <TextInput
          label={t("save.name")}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
            save.reset();
          }}
          maxLength={200}
          required
          withAsterisk={false}
          error={atName}
          data-autofocus
        />
        <Checkbox
          label={t("save.publish")}
          description={t("save.publishHint")}
          checked={published}
          onChange={(event) => setPublished(event.currentTarget.checked)}
        />
        {preset !== null && (
          <Checkbox
            label={t("save.freeze")}
            description={t("save.freezeHint", { preset: t(`preset.${preset as "yesterday"}`, { defaultValue: preset }) })}
            checked={freeze}
            onChange={(event) => setFreeze(event.currentTarget.checked)}
          />
        )}
        {failure !== null && atName === null && <ChangeFailure failure={failure} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {common("action.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={name.trim() === ""}>
            {common("action.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function sent(definition: Definition, { over, ...rest }: Wish): Promise<Saved> {
  const body = { ...rest, definition: asked(definition) };
  if (over === null) return told(api.POST("/api/v1/saved-reports", { body }));
  const params = { path: { id: over.id }, header: { "If-Match": tagOf(over) } };
  return told(api.PUT("/api/v1/saved-reports/{id}", { params, body }));
}
