/** How something stands: a word with a sign beside it, so that it isn't told by colour alone. */
import {
  type Icon,
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconClockHour4,
  IconHistory,
  IconHourglass,
  IconLoader,
  IconPlayerPause,
  IconPlayerSkipForward,
} from "@tabler/icons-react";
import classes from "./library.module.css";

const SIGNS = {
  waiting: [IconClockHour4, "dimmed"],
  running: [IconLoader, "busy"],
  successful: [IconCircleCheck, "good"],
  succeeded: [IconCircleCheck, "good"],
  active: [IconCircleCheck, "good"],
  failed: [IconAlertTriangle, "bad"],
  suspended: [IconAlertTriangle, "bad"],
  superseded: [IconHistory, "dimmed"],
  skipped: [IconPlayerSkipForward, "dimmed"],
  paused: [IconPlayerPause, "dimmed"],
  cancelled: [IconBan, "dimmed"],
  expired: [IconHourglass, "dimmed"],
} satisfies Record<string, [Icon, "good" | "bad" | "busy" | "dimmed"]>;

export type Standing = keyof typeof SIGNS;

export function State({ is, word }: { is: Standing; word: string }) {
  const [Sign, tone] = SIGNS[is];
  return (
    <span className={classes.state} data-tone={tone}>
      <Sign size={16} aria-hidden className={classes.sign} />
      {word}
    </span>
  );
}
