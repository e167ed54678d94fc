/** The drawer in which one thing is looked at or changed; a click beside it doesn't lose what has been entered. */
import { Drawer, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./SideDrawer.module.css";

// What it shows is gone once it is closed.
const LEAVING = { exitDuration: 0 };

interface Props {
  opened: boolean;
  title: string;
  size?: number | string;
  /** Whether there is something to lose in it. */
  isForm?: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function SideDrawer({ opened, title, size = 520, isForm = true, onClose, children }: Props) {
  const { t } = useTranslation();
  return (
    <Drawer.Root opened={opened} onClose={onClose} position="right" size={size} closeOnClickOutside={!isForm} transitionProps={LEAVING}>
      <Drawer.Overlay />
      <Drawer.Content aria-label={title} className={classes.content}>
        <Drawer.Header className={classes.head}>
          <Title order={2} className={classes.title}>
            {title}
          </Title>
          <Drawer.CloseButton aria-label={t("action.close")} />
        </Drawer.Header>
        <Drawer.Body className={classes.body}>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

/** The buttons of a form, which stay in sight while it is scrolled. */
export function FormFoot({ children }: { children: ReactNode }) {
  return <div className={classes.foot}>{children}</div>;
}
