/** A secret that has just been made. It closes by its button alone, as it can't be shown again. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { IconEyeExclamation } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { CopyText } from "./CopyText";
import { Dialog } from "./Dialog";
import { Warning } from "./Warning";

interface Props {
  title: string;
  /** What has to be done with it now. */
  about: string;
  /** What it is. */
  label: string;
  /** Null where there is none to show. */
  secret: string | null;
  /** The word on the button that closes it. */
  kept: string;
  size?: string;
  onClose: () => void;
  children?: ReactNode;
}

export function ShownOnce({ title, about, label, secret, kept, size = "lg", onClose, children }: Props) {
  return (
    <Dialog opened={secret !== null} onClose={onClose} title={title} size={size} isKept>
      <Stack gap="md">
        <Warning icon={<IconEyeExclamation aria-hidden />}>
          <Text size="sm">{about}</Text>
        </Warning>
        {secret !== null && <CopyText text={secret} label={label} />}
        {children}
        <Group justify="flex-end">
          <Button onClick={onClose}>{kept}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
