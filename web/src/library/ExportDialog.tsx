/** Makes an export task of what a report shows: an archive with a password, written in the background. */
import { Alert, Anchor, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconFileZip } from "@tabler/icons-react";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { BASE, type Schemas, api, told } from "../api/client";
import { type Failure, asFailure } from "../api/failure";
import type { Definition } from "../report/types";
import { FailureNote } from "../ui/States";
import { asked } from "./bodies";
import { FileStyleFields } from "./FileStyleFields";
import { type FileStyle, PLAIN_FILE } from "./file-style";
import { PasswordEntry } from "./PasswordEntry";
import { useChange } from "./use-change";
import { usePasswordCheck } from "./use-password-check";

interface Props {
  opened: boolean;
  definition: Definition;
  question?: "rows" | "groups" | "signed_in";
  /** Of groups: how many of the keys make them. */
  depth?: number;
  onClose: () => void;
}

export function ExportDialog({ opened, onClose, ...rest }: Props) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={t("exportDialog.title")}
      centered
      closeButtonProps={{ "aria-label": common("action.close") }}
    >
      <ExportForm onClose={onClose} {...rest} />
    </Modal>
  );
}

function ExportForm({ definition, question = "rows", depth, onClose }: Omit<Props, "opened">) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const [style, setStyle] = useState<FileStyle>(PLAIN_FILE);
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const check = usePasswordCheck(password);
  const make = useChange((body: Schemas["NewExport"]) => told(api.POST("/api/v1/exports", { body })), { tellsFailures: false });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setTried(true);
    if (password === "" || (check.is === "checked" && !check.answer.ok)) return;
    const file = style.format === "csv" ? style : { format: style.format };
    const body = { definition: asked(definition), question, ...file, password, ...(question === "groups" && depth !== undefined ? { depth } : {}) };
    make.mutate(body, {
      onSuccess: () => {
        notifications.show({ message: <Made />, color: "green", icon: <IconFileZip size={18} aria-hidden />, autoClose: 10_000 });
        onClose();
      },
    });
  };
  const failure = make.error === null ? null : asFailure(make.error);
  const refused = failure?.problem.field === "password" ? (failure.problem.detail ?? failure.message) : null;
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t("exportDialog.about")}
        </Text>
        <FileStyleFields value={style} onChange={setStyle} />
        <PasswordEntry
          password={password}
          check={check}
          error={refused ?? (tried && isLacking(password, check) ? t("password.wrong") : null)}
          onChange={(next) => {
            setPassword(next);
            make.reset();
          }}
        />
        {failure !== null && refused === null && <ExportFailure failure={failure} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {common("action.cancel")}
          </Button>
          <Button type="submit" loading={make.isPending}>
            {t("exportDialog.make")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function isLacking(password: string, check: ReturnType<typeof usePasswordCheck>): boolean {
  return password === "" || (check.is === "checked" && !check.answer.ok);
}

function ExportFailure({ failure }: { failure: Failure }) {
  const { t } = useTranslation("library");
  if (failure.problem.type !== "/problems/no-secret-key") return <FailureNote failure={failure} />;
  return (
    <Alert color="red" variant="light" role="alert">
      {t("exportDialog.noKey")}
    </Alert>
  );
}

/** Notifications stand outside of the router: the link is a plain one. */
function Made() {
  const { t } = useTranslation("library");
  return (
    <>
      {t("exportDialog.made")}{" "}
      <Anchor href={`${BASE}/#/exports`} size="sm" underline="always">
        {t("exportDialog.see")}
      </Anchor>
    </>
  );
}
