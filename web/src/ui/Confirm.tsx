/** Asks before something is done that can't be undone. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { asFailure } from "../api/failure";
import type { Failure } from "../api/failure";
import { FailureNote } from "./States";

interface Props {
  opened: boolean;
  title: string;
  /** What will be, in a sentence or two. */
  children: ReactNode;
  /** The word on the button that does it. */
  word: string;
  color?: string;
  act: () => Promise<unknown>;
  onClose: () => void;
}

export function Confirm({ opened, title, children, word, color = "red", act, onClose }: Props) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const close = (): void => {
    setFailure(null);
    onClose();
  };
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      await act();
      close();
    } catch (error) {
      setFailure(asFailure(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={opened} onClose={close} title={title} centered closeButtonProps={{ "aria-label": t("action.close") }}>
      <Stack gap="md">
        {typeof children === "string" ? <Text size="sm">{children}</Text> : children}
        {failure !== null && <FailureNote failure={failure} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close} data-autofocus>
            {t("action.cancel")}
          </Button>
          <Button color={color} loading={busy} onClick={() => void confirm()}>
            {word}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
