/** A remark with its tone as colour, icon and words; the words keep the colour of text, so that they are read well on every ground. */
import { Alert } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./settings.module.css";

const TONES = {
  good: { color: "green", icon: IconCircleCheck },
  odd: { color: "yellow", icon: IconAlertTriangle },
  bad: { color: "red", icon: IconAlertTriangle },
  told: { color: "blue", icon: IconInfoCircle },
} as const;

interface Props {
  tone: keyof typeof TONES;
  title?: string;
  icon?: ReactNode;
  /** Whether it appears by itself, so that it is told to those who hear the page. */
  appears?: boolean;
  children: ReactNode;
}

export function Notice({ tone, title, icon, appears = false, children }: Props) {
  const { color, icon: ToneIcon } = TONES[tone];
  return (
    <Alert
      variant="light"
      color={color}
      icon={icon ?? <ToneIcon aria-hidden />}
      title={title}
      role={appears ? "status" : "note"}
      classNames={{ title: classes.noticeTitle ?? "" }}
    >
      {children}
    </Alert>
  );
}
