/** A state as an icon and a word. */
import { Badge } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./settings.module.css";

export type Tone = "good" | "odd" | "bad" | "busy" | "quiet";

export function StateBadge({ tone, icon: StateIcon, children }: { tone: Tone; icon: Icon; children: ReactNode }) {
  return (
    <Badge variant="default" tt="none" fw={550} miw="max-content" leftSection={<StateIcon size={14} className={classes[tone]} aria-hidden />}>
      {children}
    </Badge>
  );
}
