/** Another name for a saved report. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Schemas, api, told } from "../api/client";
import { asFailure } from "../api/failure";
import { partOf } from "./bodies";
import { ChangeFailure } from "./ChangeFailure";
import { nameError } from "./name-error";
import { type SavedEntry, freshReport } from "./questions";
import { ifStale, tagOf, useChange } from "./use-change";

interface Props {
  opened: boolean;
  report: SavedEntry;
  onClose: () => void;
}

export function RenameDialog({ opened, report, onClose }: Props) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("saved.renameTitle")} centered closeButtonProps={{ "aria-label": common("action.close") }}>
      <RenameForm report={report} onClose={onClose} />
    </Modal>
  );
}

function RenameForm({ report, onClose }: Omit<Props, "opened">) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  // The version that was looked at: the list may have a newer one meanwhile.
  const [seen, setSeen] = useState(report);
  const [name, setName] = useState(report.name);
  const rename = useChange(
    (wanted: string) =>
      told(
        api.PATCH("/api/v1/saved-reports/{id}", {
          params: { path: { id: seen.id }, header: { "If-Match": tagOf(seen) } },
          body: partOf<Schemas["SavedReportChange"]>({ name: wanted }),
        }),
      ),
    { done: (saved) => t("saved.isRenamed", { name: saved.name }), tellsFailures: false },
  );
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const showNow = (now: SavedEntry): void => {
      setSeen(now);
      setName(now.name);
    };
    rename.mutate(name.trim(), { onSuccess: onClose, onError: ifStale(() => freshReport(seen.id), showNow) });
  };
  const failure = rename.error === null ? null : asFailure(rename.error);
  const atName = nameError(failure, t("saveDialog.nameTaken"));
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={t("saved.name")}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
            rename.reset();
          }}
          maxLength={200}
          required
          withAsterisk={false}
          error={atName}
          data-autofocus
        />
        {failure !== null && atName === null && <ChangeFailure failure={failure} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {common("action.cancel")}
          </Button>
          <Button type="submit" loading={rename.isPending} disabled={name.trim() === "" || name.trim() === seen.name}>
            {common("action.rename")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
