/** Which bars of a histogram an axis names: the first ones of days, or of round hours where there are few days. */
import { civilAt } from "../i18n/clock";

export interface Mark {
  /** Place of the bar. */
  at: number;
  from: string;
  /** Whether it begins a day; else an hour. */
  isDay: boolean;
}

/** Hours between marks within days, the densest first. */
const HOURS = [1, 2, 3, 6, 12];

/** At most so many marks, at even distances of the clock. */
export function marksOf(bars: readonly { from: string }[], zone: string, most: number): Mark[] {
  const begins = bars.map(({ from }, at) => ({ at, from, ...civilAt(Date.parse(from), zone) }));
  const days = begins.filter(({ at, day, month }) => at > 0 && (day !== begins[at - 1]?.day || month !== begins[at - 1]?.month));
  for (const step of days.length > 2 ? [] : HOURS) {
    const hours = begins.filter(({ at, hour, minute }) => at > 0 && minute === 0 && hour % step === 0 && begins[at - 1]?.hour !== hour);
    if (hours.length > 0 && hours.length <= most) return hours.map(({ at, from, hour }) => ({ at, from, isDay: hour === 0 }));
  }
  const step = Math.max(1, Math.ceil(days.length / most));
  return days.filter((_, place) => place % step === 0).map(({ at, from }) => ({ at, from, isDay: true }));
}
