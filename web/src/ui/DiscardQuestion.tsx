/** Asks before something is lost that has been entered. */
import { Button, Group, Modal, Text, getDefaultZIndex } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useDialog } from "./dialogs";

interface Props {
  opened: boolean;
  onKeep: () => void;
  onDiscard: () => void;
}

// It gives way at once to what it has asked about.
const AT_ONCE = { exitDuration: 0 };

export function DiscardQuestion({ opened, onKeep, onDiscard }: Props) {
  const { t } = useTranslation();
  const content = useDialog(opened, onKeep);
  return (
    <Modal.Root
      opened={opened}
      onClose={onKeep}
      closeOnEscape={false}
      returnFocus={false}
      centered
      size="sm"
      transitionProps={AT_ONCE}
      // Above whatever it asks about.
      zIndex={getDefaultZIndex("modal") + 10}
    >
      <Modal.Overlay />
      <Modal.Content ref={content}>
        <Modal.Header>
          <Modal.Title>{t("unsaved.title")}</Modal.Title>
        </Modal.Header>
        <Modal.Body>
          <Text size="sm" mb="md">
            {t("unsaved.text")}
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onKeep} data-autofocus>
              {t("unsaved.keep")}
            </Button>
            <Button color="red" onClick={onDiscard}>
              {t("unsaved.discard")}
            </Button>
          </Group>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
