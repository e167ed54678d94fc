/** The line of an agent: the name, and a bar for each session in the part of the time that is looked at. */
import { UnstyledButton } from "@mantine/core";
import type { Span } from "../axis";
import type { Field } from "../types";
import { wordOf } from "../vocabulary";
import { useWords } from "../words";
import classes from "./Timeline.module.css";
import { type Bar, type Lane, share } from "./lanes";

interface Props {
  lane: Lane;
  top: number;
  height: number;
  view: Span;
  zone: string;
  /** How sessions end, with its words. */
  field: Field | undefined;
  onOpen: (key: string) => void;
}

export function LaneLine({ lane, top, height, view, zone, field, onOpen }: Props) {
  const told = useTold(lane.agent, zone, field);
  return (
    <div
      className={classes.lane}
      data-lane
      ref={(element) => {
        element?.style.setProperty("transform", `translateY(${top}px)`);
        element?.style.setProperty("height", `${height}px`);
      }}
    >
      <UnstyledButton
        className={classes.name}
        title={lane.agent}
        onClick={() => {
          const [first] = lane.bars;
          if (first !== undefined) onOpen(first.key);
        }}
      >
        {lane.agent}
      </UnstyledButton>
      <div className={classes.track}>
        {lane.bars.map((bar) => {
          if (bar.to < view.from || bar.from > view.to) return null;
          const words = told(bar);
          return (
            <button
              key={bar.key}
              type="button"
              tabIndex={-1}
              className={classes.bar}
              data-end={bar.end}
              data-open={bar.isOpen || undefined}
              data-begin-unknown={!bar.isBeginKnown || undefined}
              data-end-unknown={!bar.isEndKnown || undefined}
              aria-label={words}
              title={words}
              onClick={() => onOpen(bar.key)}
              ref={(element) => {
                if (element !== null) place(element, bar, view);
              }}
            />
          );
        })}
      </div>
    </div>
  );
}

/** A bar from its begin to its end; of a session without a begin, which has no length, a stub before its end. */
function place(element: HTMLElement, bar: Bar, view: Span): void {
  const [left, right] = [Math.max(share(bar.from, view), 0), Math.min(share(bar.to, view), 1)];
  element.style.setProperty("left", `${left * 100}%`);
  element.style.setProperty("--row", String(bar.row));
  if (bar.isBeginKnown) element.style.setProperty("width", `${Math.max(right - left, 0) * 100}%`);
}

/** What is told of a bar. */
function useTold(agent: string, zone: string, field: Field | undefined): (bar: Bar) => string {
  const { t, format } = useWords();
  return (bar) => {
    const moment = (at: number): string => format.moment(new Date(at).toISOString(), zone);
    const end = (field && wordOf(field, bar.end, t)) ?? bar.end;
    const until = bar.isEndKnown ? moment(bar.to) : t("report:timeline.atLatest", { moment: moment(bar.to) });
    const to = bar.isOpen ? t("report:timeline.open") : until;
    const where = bar.channel === null ? "" : `, ${t("report:timeline.channel", { channel: bar.channel })}`;
    if (!bar.isBeginKnown) return t("report:timeline.unknownBegin", { agent, to }) + where;
    return t("report:timeline.bar", { agent, from: moment(bar.from), to, end }) + where;
  };
}
