/** A password that was made up for somebody. It closes by its button alone, as it can't be shown again. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconEyeExclamation } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { CopyText } from "../../ui/CopyText";
import { Warning } from "../../ui/Warning";

interface Props {
  title: string;
  /** Null where there is none to show. */
  password: string | null;
  onClose: () => void;
}

export function ShownOnce({ title, password, onClose }: Props) {
  const { t } = useTranslation("users");
  return (
    <Modal
      opened={password !== null}
      onClose={onClose}
      title={title}
      centered
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack gap="md">
        <Warning icon={<IconEyeExclamation aria-hidden />}>
          <Text size="sm">{t("secret.once")}</Text>
        </Warning>
        {password !== null && <CopyText text={password} label={t("secret.label")} />}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t("secret.kept")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
