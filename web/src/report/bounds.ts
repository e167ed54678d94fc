/**
 * The bounds of a custom range as a date and a time of day, which is what people enter, and back.
 */
import { civilAt, isKnownZone, momentOf, padded } from "../i18n/clock";
import type { Format } from "../i18n/format";
import type { ResolvedRange } from "./types";

/** What is entered for one bound; both may be empty. */
export interface Bound {
  /** `2026-05-01` */
  date: string;
  /** `08:00`, or empty for the whole day. */
  time: string;
}

export const OPEN: Bound = { date: "", time: "" };

/** A bound of a definition as what is entered. An instant becomes the civil time that it is in the zone. */
export function toBound(text: string | undefined, zone: string): Bound {
  if (text === undefined) return OPEN;
  const civil = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?$/.exec(text.trim());
  if (civil !== null) return { date: civil[1] ?? "", time: civil[2] ?? "" };
  const moment = Date.parse(text);
  return Number.isNaN(moment) || !isKnownZone(zone) ? OPEN : boundAt(moment, zone);
}

/** What is entered as a bound of a definition; undefined if it is open. */
export function fromBound({ date, time }: Bound): string | undefined {
  if (date === "") return undefined;
  return time === "" ? date : `${date}T${time}`;
}

/** What is entered as one text, as fields of date and time have it. */
export function boundText({ date, time }: Bound): string {
  return date === "" ? "" : `${date}T${time === "" ? "00:00" : time}`;
}

/** The bounds that a resolved range has, as a person would enter them: whole days without times. */
export function boundsOf(range: ResolvedRange, zone: string): { from: Bound; to: Bound } {
  const from = toBound(range.from, zone);
  const to = toBound(range.to, zone);
  const wholeDays = from.time === "00:00" && to.time === "00:00";
  // The seconds of "24 hours ago" are nothing that a person would enter.
  if (!wholeDays) return { from: { ...from, time: from.time.slice(0, 5) }, to: { ...to, time: to.time.slice(0, 5) } };
  return { from: { date: from.date, time: "" }, to: { date: daysFrom(to.date, -1), time: "" } };
}

/** Whether what is entered begins before it ends; where one of both is open, it does. */
export function isInOrder(from: Bound, to: Bound, zone: string): boolean {
  if (from.date === "" || to.date === "" || !isKnownZone(zone)) return true;
  const first = momentOf(boundText(from), zone, "earlier");
  // A date alone takes in that day.
  const last = momentOf(to.time === "" ? `${daysFrom(to.date, 1)}T00:00` : boundText(to), zone, "later");
  return first === null || last === null || first < last;
}

/** A bound as a locale writes it. */
export function boundWords({ date, time }: Bound, format: Format): string {
  const civil = `${date}T${time === "" ? "00:00" : time}Z`;
  return time === "" ? format.date(civil, "UTC") : format.minute(civil, "UTC");
}

function boundAt(moment: number, zone: string): Bound {
  const { year, month, day, hour, minute, second } = civilAt(moment, zone);
  const seconds = second === 0 ? "" : `:${padded(second)}`;
  return { date: `${String(year).padStart(4, "0")}-${padded(month)}-${padded(day)}`, time: `${padded(hour)}:${padded(minute)}${seconds}` };
}

function daysFrom(date: string, days: number): string {
  const moment = new Date(`${date}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}
