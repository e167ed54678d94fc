/** Makes an export task of what a report shows: an archive with a password, written in the background. */
import { Alert, Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconFileZip } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { BASE, api, told } from "../api/client";
import type { Failure } from "../api/failure";
import type { Definition } from "../report/types";
import { Dialog } from "../ui/Dialog";
import { Fault, Form, useTried } from "../ui/Form";
import { FailureNote } from "../ui/States";
import { isSame } from "../ui/merge";
import { useUnsaved } from "../ui/unsaved";
import { useSaving } from "../ui/use-saving";
import { asked } from "./bodies";
import { FileStyleFields } from "./FileStyleFields";
import { type FileStyle, PLAIN_FILE } from "./file-style";
import { PasswordEntry } from "./PasswordEntry";
import { useFollowed } from "./use-change";
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
  return (
    <Dialog opened={opened} onClose={onClose} size="lg" title={t("exportDialog.title")}>
      <ExportForm onClose={onClose} {...rest} />
    </Dialog>
  );
}

function ExportForm({ definition, question = "rows", depth, onClose }: Omit<Props, "opened">) {
  const { t } = useTranslation("library");
  const { t: common } = useTranslation();
  const [style, setStyle] = useState<FileStyle>(PLAIN_FILE);
  const [password, setPassword] = useState("");
  const saving = useSaving(["password"]);
  const followed = useFollowed();
  useUnsaved(password !== "" || !isSame(style, PLAIN_FILE));
  const make = async (): Promise<void> => {
    const file = style.format === "csv" ? style : { format: style.format };
    const body = { definition: asked(definition), question, ...file, password, ...(question === "groups" && depth !== undefined ? { depth } : {}) };
    await followed(() => told(api.POST("/api/v1/exports", { body })), () => null);
    notifications.show({ message: <Made />, color: "green", icon: <IconFileZip size={18} aria-hidden />, autoClose: 10_000 });
    onClose();
  };
  return (
    <Form busy={saving.busy} onSubmit={() => saving.run({ save: make })}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t("exportDialog.about")}
        </Text>
        <FileStyleFields value={style} onChange={setStyle} />
        <Password
          password={password}
          error={saving.at("password")}
          onChange={(next) => {
            setPassword(next);
            saving.forget();
          }}
        />
        {saving.failure !== null && <ExportFailure failure={saving.failure} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {common("action.cancel")}
          </Button>
          <Button type="submit" loading={saving.busy}>
            {t("exportDialog.make")}
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}

interface PasswordProps {
  password: string;
  error: ReactNode;
  onChange: (password: string) => void;
}

/** What is known to be refused isn't sent; what was typed a moment ago is. */
function Password({ password, error, onChange }: PasswordProps) {
  const { t } = useTranslation("library");
  const tried = useTried();
  const { shown, isRefused } = usePasswordCheck(password);
  return (
    <>
      <Fault is={isRefused} />
      <PasswordEntry password={password} check={shown} error={error ?? (tried && isRefused ? t("password.wrong") : null)} onChange={onChange} />
    </>
  );
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
