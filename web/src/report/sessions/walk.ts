/**
 * Where the focus goes by arrows among the bars of a timeline: along a line through its agent's name and its bars, and from
 * line to line to what lies nearest.
 */
import type { KeyboardEvent } from "react";

const LANE = "[data-lane]";

/** Moves the focus, if the key asks for it and there is somewhere to go. Whether the key was for this. */
export function walk(event: KeyboardEvent): boolean {
  const present = event.target instanceof HTMLElement ? event.target : null;
  const lane = present?.closest<HTMLElement>(LANE);
  if (present === null || lane === null || lane === undefined || !event.key.startsWith("Arrow")) return false;
  const next = nextOf(event.key, present, lane);
  next?.focus();
  event.preventDefault();
  return true;
}

function nextOf(key: string, present: HTMLElement, lane: HTMLElement): HTMLElement | undefined {
  const stops = stopsOf(lane);
  const at = stops.indexOf(present);
  if (key === "ArrowLeft") return stops[at - 1];
  if (key === "ArrowRight") return stops[at + 1];
  const lanes = [...(lane.parentElement?.querySelectorAll<HTMLElement>(LANE) ?? [])].sort((one, other) => top(one) - top(other));
  const other = lanes[lanes.indexOf(lane) + (key === "ArrowDown" ? 1 : -1)];
  if (other === undefined) return undefined;
  // From a name to a name, from a bar to the bar that lies nearest.
  const [name, ...bars] = stopsOf(other);
  if (at === 0) return name;
  return bars.toSorted((one, two) => distance(one, present) - distance(two, present))[0] ?? name;
}

/** The name of a line's agent, then its bars from left to right. */
function stopsOf(lane: HTMLElement): HTMLElement[] {
  return [...lane.querySelectorAll<HTMLElement>("button")];
}

const top = (element: HTMLElement): number => element.getBoundingClientRect().top;

function distance(one: HTMLElement, other: HTMLElement): number {
  const [here, there] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
  return Math.max(0, there.left - here.right, here.left - there.right);
}
