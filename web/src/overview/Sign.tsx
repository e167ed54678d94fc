/** How something is, by a sign and in words. */
import type { Icon } from "@tabler/icons-react";
import classes from "./overview.module.css";

interface Props {
  icon: Icon;
  tone: "good" | "bad" | "dimmed";
  words: string;
}

export function Sign({ icon: Shape, tone, words }: Props) {
  return (
    <span className={classes.state} data-tone={tone}>
      <Shape size={16} aria-hidden className={classes.sign} />
      {words}
    </span>
  );
}
