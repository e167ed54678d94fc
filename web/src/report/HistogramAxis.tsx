/** What lies beneath the bars of a histogram: the ends of its time in full, and between them round moments as far as they fit. */
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { type ReactNode, useLayoutEffect, useMemo, useRef } from "react";
import classes from "./Histogram.module.css";
import { tickText } from "./axis";
import { hideWhatCollides } from "./fitting";
import { marksOf } from "./marks";
import type { HistogramAnswer } from "./types";
import { useWords } from "./words";

interface Props {
  bars: HistogramAnswer["bars"];
  zone: string;
  /** What stands in the place of the round moments. */
  children?: ReactNode;
}

/** Most marks, and the room that one takes at least. */
const MOST = 8;
const ROOM = 100;

export function HistogramAxis({ bars, zone, children }: Props) {
  const { format } = useWords();
  const { ref: measured, width } = useElementSize<HTMLDivElement>();
  const axis = useRef<HTMLDivElement>(null);
  const ref = useMergedRef(measured, axis);
  const most = Math.min(Math.floor(width / ROOM), MOST);
  const marks = useMemo(() => marksOf(bars, zone, most), [bars, zone, most]);
  useLayoutEffect(() => {
    if (axis.current !== null) hideMarks(axis.current);
  });
  const isTold = Boolean(children);
  return (
    <div ref={ref} className={classes.axis} aria-hidden={!isTold || undefined}>
      {bars[0] !== undefined && <span data-bound>{format.minute(bars[0].from, zone)}</span>}
      {children}
      {!isTold &&
        marks.map(({ tick, share }) => (
          <span key={tick.at} data-mark className={classes.mark} ref={(element) => element?.style.setProperty("left", `${share * 100}%`)}>
            {tickText(tick, zone, format)}
          </span>
        ))}
      {bars.at(-1) !== undefined && <span data-bound>{format.minute(bars.at(-1)?.to ?? "", zone)}</span>}
    </div>
  );
}

function hideMarks(axis: HTMLElement): void {
  const [first, last] = [...axis.querySelectorAll("[data-bound]")].map((bound) => bound.getBoundingClientRect());
  hideWhatCollides(axis.querySelectorAll<HTMLElement>("[data-mark]"), { left: first?.right ?? 0, right: last?.left ?? 0 });
}
