/** Asks before something is done that can't be undone. */
import { Button, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useAction } from "../session/use-action";
import { Dialog } from "./Dialog";
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
  const { busy, failure, run, forget } = useAction();
  const close = (): void => {
    forget();
    onClose();
  };
  const confirm = (): void =>
    run(async () => {
      await act();
      close();
    });
  return (
    <Dialog opened={opened} onClose={close} title={title}>
      <Stack gap="md">
        {typeof children === "string" ? <Text size="sm">{children}</Text> : children}
        {failure !== null && <FailureNote failure={failure} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close} data-autofocus>
            {t("action.cancel")}
          </Button>
          <Button color={color} loading={busy} onClick={confirm}>
            {word}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
