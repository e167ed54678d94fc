/** Imports agents from a file, and tells what has become of them, or what is wrong in which line. */
import { Anchor, Button, FileInput, Group, Stack, Text } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { useFormat } from "../../i18n/use-format";
import { useAction } from "../../session/use-action";
import { Dialog } from "../../ui/Dialog";
import { Form } from "../../ui/Form";
import { FailureNote } from "../../ui/States";
import { EXAMPLE, agentsCsv } from "./csv";
import { MAX_BYTES, kindOf, rejectedIn, sendFile } from "./import-file";
import { ImportDone, ImportRefused } from "./ImportResult";
import { useForgetAgents } from "./queries";
import { saveText } from "../../ui/save-file";

export function ImportDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("users");
  return (
    <Dialog opened={opened} onClose={onClose} title={t("import.title")} size={680}>
      <ImportForm onClose={onClose} />
    </Dialog>
  );
}

export function ImportForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("users");
  const { t: shared } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const [answer, setAnswer] = useState<Schemas["ImportAnswer"] | null>(null);
  const { busy, failure, run, forget: forgive } = useAction();
  const forget = useForgetAgents();
  const fault = useFault(file);
  const choose = (chosen: File | null): void => {
    setFile(chosen);
    forgive();
  };
  const send = (): void => {
    const kind = file === null ? null : kindOf(file.name);
    if (file === null || kind === null || fault !== undefined) return;
    run(async () => {
      setAnswer(await sendFile(file, kind));
      await forget();
    });
  };
  if (answer !== null) {
    const again = (): void => {
      setAnswer(null);
      choose(null);
    };
    return <ImportDone answer={answer} onAgain={again} onClose={onClose} />;
  }
  const refused = failure === null ? null : rejectedIn(failure);
  return (
    <Form busy={busy} onSubmit={send}>
    <Stack gap="md">
      <Text size="sm">{t("import.rules")}</Text>
      <FileInput
        label={t("import.file")}
        description={t("import.hint")}
        placeholder={t("import.choose")}
        accept=".csv,.txt,.json,text/csv,application/json"
        leftSection={<IconFileSpreadsheet size={16} aria-hidden />}
        value={file}
        onChange={choose}
        error={fault}
        clearable
        data-autofocus
        clearButtonProps={{ "aria-label": shared("action.remove") }}
      />
      <ExampleFile />
      {failure !== null && refused === null && <FailureNote failure={failure} />}
      {refused !== null && <ImportRefused {...refused} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          {shared("action.cancel")}
        </Button>
        <Button type="submit" loading={busy} disabled={file === null || fault !== undefined}>
          {t("import.begin")}
        </Button>
      </Group>
    </Stack>
    </Form>
  );
}

function ExampleFile() {
  const { t } = useTranslation("users");
  const write = (): void => saveText(agentsCsv([EXAMPLE]), "agents-example.csv", "text/csv;charset=utf-8");
  return (
    <Group>
      <Anchor component="button" type="button" size="sm" onClick={write}>
        {t("import.example")}
      </Anchor>
    </Group>
  );
}

/** Why a file needn't be sent at all. */
function useFault(file: File | null): string | undefined {
  const { t } = useTranslation("users");
  const format = useFormat();
  if (file === null) return undefined;
  if (kindOf(file.name) === null) return t("import.wrongKind");
  return file.size > MAX_BYTES ? t("import.tooLarge", { size: format.bytes(file.size) }) : undefined;
}
