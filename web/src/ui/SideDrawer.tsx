/** The drawer in which one thing is looked at or changed; nothing that has been entered in it is lost without a question. */
import { Drawer, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./SideDrawer.module.css";
import { useDialog } from "./dialogs";
import { useAskingClose } from "./use-asking-close";

// What it shows is gone once it is closed.
const LEAVING = { exitDuration: 0 };

interface Props {
  opened: boolean;
  title: string;
  /** Beside the title. */
  aside?: ReactNode;
  size?: number | string;
  onClose: () => void;
  children: ReactNode;
}

export function SideDrawer({ opened, title, aside, size = 520, onClose, children }: Props) {
  const { t } = useTranslation();
  const { close, within } = useAskingClose(onClose);
  const content = useDialog(opened, close);
  return (
    <Drawer.Root opened={opened} onClose={close} position="right" size={size} closeOnEscape={false} returnFocus={false} transitionProps={LEAVING}>
      <Drawer.Overlay />
      <Drawer.Content ref={content} aria-label={title} className={classes.content}>
        <Drawer.Header className={classes.head}>
          <div className={classes.heading}>
            <Title order={2} className={classes.title}>
              {title}
            </Title>
            {aside}
          </div>
          <Drawer.CloseButton aria-label={t("action.close")} />
        </Drawer.Header>
        <Drawer.Body className={classes.body}>{within(children)}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

/** The buttons of a form, which stay in sight while it is scrolled. */
export function FormFoot({ children }: { children: ReactNode }) {
  return <div className={classes.foot}>{children}</div>;
}
