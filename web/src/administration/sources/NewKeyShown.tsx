/** A key that has just been made: it is shown this once. */
import { Button, Group, Modal, Stack } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { CopyText } from "../../ui/CopyText";
import { Notice } from "../settings/Notice";

export function NewKeyShown({ secret, onClose }: { secret: string | null; onClose: () => void }) {
  const { t } = useTranslation("setup");
  return (
    <Modal
      opened={secret !== null}
      onClose={onClose}
      title={t("keys.madeTitle")}
      centered
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Stack gap="md">
        <Notice tone="odd" icon={<IconKey aria-hidden />}>
          {t("keys.madeAbout")}
        </Notice>
        <CopyText text={secret ?? ""} label={t("keys.key")} />
        <Group justify="flex-end">
          <Button onClick={onClose}>{t("keys.kept")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
