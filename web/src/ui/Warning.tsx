/** What has to be known before going on. Its heading is told from its ground as well as other text. */
import { Alert } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Warning.module.css";

interface Props {
  icon: ReactNode;
  title?: string;
  role?: "alert" | "note";
  children: ReactNode;
}

export function Warning({ icon, title, role = "note", children }: Props) {
  return (
    <Alert role={role} color="yellow" icon={icon} classNames={{ title: classes.text, icon: classes.text }} {...(title === undefined ? {} : { title })}>
      {children}
    </Alert>
  );
}
