/**
 * Dates, numbers and durations as a locale writes them.
 *
 * Moments come as RFC 3339 and are told in a named zone; where the civil time comes twice, with its offset.
 */
import { isKnownZone, occursTwice, offsetMs, offsetText, padded } from "./clock";

export interface Format {
  locale: string;
  /** A moment to the second: `20 Nov 2026, 08:59:58`. */
  moment: (rfc3339: string, zone: string) => string;
  /** A moment to the minute. */
  minute: (rfc3339: string, zone: string) => string;
  /** The time of day alone, to the minute. */
  time: (rfc3339: string, zone: string) => string;
  /** The date alone, with its weekday. */
  date: (rfc3339: string, zone: string) => string;
  /** The date alone, short. */
  shortDate: (rfc3339: string, zone: string) => string;
  /** The same with its year. */
  dateOfYear: (rfc3339: string, zone: string) => string;
  month: (rfc3339: string, zone: string) => string;
  monthOfYear: (rfc3339: string, zone: string) => string;
  year: (rfc3339: string, zone: string) => string;
  number: (value: number) => string;
  /** Up to a thousand as it is, above it shortened: `12K`. */
  compact: (value: number) => string;
  percent: (share: number) => string;
  bytes: (count: number) => string;
  /** Seconds as `h:mm:ss`. */
  duration: (seconds: number) => string;
  /** A length of time in its two largest units: `3 hr, 12 min`. */
  roughly: (seconds: number) => string;
  /** How long ago, or until when: `5 minutes ago`. */
  ago: (rfc3339: string, now: number) => string;
  list: (texts: readonly string[]) => string;
  zone: (zone: string, at?: number) => string;
}

type Options = Intl.DateTimeFormatOptions;
/** Days of two digits, so that dates stand in line below each other; in Korean, months have no names. */
const dateIn = (locale: string): Options => ({ year: "numeric", month: locale.startsWith("ko") ? "2-digit" : "short", day: "2-digit" });
const MINUTE: Options = { hour: "2-digit", minute: "2-digit" };
const SECOND: Options = { ...MINUTE, second: "2-digit" };

const known = new Map<string, Format>();

export function formatFor(locale: string): Format {
  const found = known.get(locale);
  if (found !== undefined) return found;
  const made = make(locale);
  known.set(locale, made);
  return made;
}

function make(locale: string): Format {
  const formats = new Map<string, Intl.DateTimeFormat>();
  const formatOf = (name: string, options: Options, zone: string): Intl.DateTimeFormat => {
    const key = `${name} ${zone}`;
    const found = formats.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
    formats.set(key, found);
    return found;
  };
  const told = (name: string, options: Options) => (rfc3339: string, zone: string) => {
    const moment = Date.parse(rfc3339);
    // A zone that this browser doesn't know, or a text that is no time, is told as it came.
    if (Number.isNaN(moment) || !isKnownZone(zone)) return rfc3339;
    const text = formatOf(name, options, zone).format(moment);
    return options.hour !== undefined && occursTwice(moment, zone) ? `${text} ${offsetText(offsetMs(moment, zone))}` : text;
  };
  const date = dateIn(locale);
  const number = new Intl.NumberFormat(locale);
  const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const list = new Intl.ListFormat(locale, { type: "conjunction" });
  return {
    locale,
    moment: told("moment", { ...date, ...SECOND }),
    minute: told("minute", { ...date, ...MINUTE }),
    time: told("time", MINUTE),
    date: told("date", { ...date, weekday: "short" }),
    shortDate: told("short", { month: "short", day: "numeric" }),
    dateOfYear: told("dateOfYear", { year: "numeric", month: "short", day: "numeric" }),
    month: told("month", { month: "short" }),
    monthOfYear: told("monthOfYear", { year: "numeric", month: "short" }),
    year: told("year", { year: "numeric" }),
    number: (value) => number.format(value),
    compact: (value) => compact.format(value),
    percent: (share) => percent.format(share),
    bytes: (count) => bytesIn(locale, count),
    duration: durationText,
    roughly: (seconds) => roughlyIn(locale, seconds),
    ago: (rfc3339, now) => agoIn(relative, rfc3339, now),
    list: (texts) => list.format(texts),
    zone: (zone, at = Date.now()) => zoneIn(locale, zone, at),
  };
}

/** Seconds as `h:mm:ss`, to the nearest second. */
export function durationText(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const text = `${Math.floor(whole / 3600)}:${padded(Math.floor(whole / 60) % 60)}:${padded(whole % 60)}`;
  return seconds < 0 && whole > 0 ? `\u2212${text}` : text;
}

/** `h:mm:ss`, `h:mm` or a number of seconds, as seconds; null if it is none of them. */
export function parseDuration(text: string): number | null {
  const clock = /^(\d+):([0-5]\d)(?::([0-5]\d))?$/.exec(text.trim());
  if (clock !== null) return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0);
  return /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : null;
}

const UNITS: readonly [Intl.RelativeTimeFormatUnitSingular, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

function roughlyIn(locale: string, seconds: number): string {
  const first = UNITS.findIndex(([, length]) => seconds >= length);
  let left = Math.round(seconds);
  const parts = UNITS.slice(first < 0 ? -1 : first, first < 0 ? undefined : first + 2).map(([unit, length]) => {
    const count = Math.floor(left / length);
    left -= count * length;
    return { unit, count };
  });
  const shown = parts.filter(({ count }, at) => at === 0 || count > 0);
  return shown.map(({ unit, count }) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(count)).join(" ");
}

function agoIn(relative: Intl.RelativeTimeFormat, rfc3339: string, now: number): string {
  const seconds = (Date.parse(rfc3339) - now) / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / length), unit);
}

function bytesIn(locale: string, count: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  const power = Math.min(count < 1000 ? 0 : Math.floor(Math.log10(count) / 3), units.length - 1);
  const unit = units[power] ?? "byte";
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: power === 0 ? 0 : 1 }).format(
    count / 1000 ** power,
  );
}

/** A zone with how far its clocks are ahead now: `Europe/Stockholm (GMT+1)`. */
function zoneIn(locale: string, zone: string, at: number): string {
  if (!isKnownZone(zone)) return zone;
  const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts(at);
  const offset = parts.find(({ type }) => type === "timeZoneName")?.value;
  return offset === undefined || offset === zone ? zone : `${zone} (${offset})`;
}
