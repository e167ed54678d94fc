/** The dialog in the middle of the page; nothing that has been entered in it is lost without a question. */
import { Modal, getDefaultZIndex } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useDialog } from "./dialogs";
import { useAskingClose } from "./use-asking-close";

interface Props {
  opened: boolean;
  title: string;
  size?: number | string;
  /** Whether a button in it closes it, and nothing else: what it shows can't be seen again. */
  isKept?: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ opened, title, size = "md", isKept = false, onClose, children }: Props) {
  const { t } = useTranslation();
  const { close, within } = useAskingClose(onClose);
  const content = useDialog(opened, isKept ? null : close);
  return (
    <Modal.Root
      opened={opened}
      onClose={close}
      size={size}
      centered
      closeOnEscape={false}
      closeOnClickOutside={!isKept}
      returnFocus={false}
      // Above a drawer that stays open behind it.
      zIndex={getDefaultZIndex("modal") + 1}
    >
      <Modal.Overlay />
      <Modal.Content ref={content}>
        <Modal.Header>
          <Modal.Title>{title}</Modal.Title>
          {!isKept && <Modal.CloseButton aria-label={t("action.close")} />}
        </Modal.Header>
        <Modal.Body>{within(children)}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
