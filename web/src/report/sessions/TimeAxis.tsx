/** The round moments of the part of the time that is looked at. */
import { useLayoutEffect, useMemo, useRef } from "react";
import { type Span, tickText, ticksOf } from "../axis";
import { hideWhatCollides } from "../fitting";
import { useWords } from "../words";
import classes from "./Timeline.module.css";
import { share } from "./lanes";

/** Most ticks, and the room that one takes at least. */
const MOST = 9;
const ROOM = 100;

export function TimeAxis({ view, zone, width }: { view: Span; zone: string; width: number }) {
  const { format } = useWords();
  const most = Math.min(Math.floor(width / ROOM), MOST);
  const ticks = useMemo(() => ticksOf({ from: view.from, to: view.to }, zone, most), [view.from, view.to, zone, most]);
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = frame.current?.getBoundingClientRect();
    if (box !== undefined) hideWhatCollides(frame.current?.querySelectorAll<HTMLElement>("[data-text]") ?? [], { left: box.left - ROOM, right: box.right });
  });
  return (
    <div ref={frame} className={classes.ticks}>
      {ticks.map((tick) => (
        <span key={tick.at} className={classes.tick} ref={(element) => element?.style.setProperty("left", `${share(tick.at, view) * 100}%`)}>
          <span data-text>{tickText(tick, zone, format)}</span>
        </span>
      ))}
    </div>
  );
}
