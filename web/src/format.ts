/**
 * Values as people read them: times, durations, words, and why a value is missing.
 */
import type { Column, Row, Value } from "./api-types";
import { civilAt, isKnownZone, occursTwice, offsetMs, offsetText, padded } from "./clock";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * A moment as `Fri 20 Nov 2026 08:59:58` in a zone; with its offset where that civil time comes twice.
 * In a zone that this browser doesn't know, and of a text that is no time, it is the text as it came.
 */
export function timestampText(rfc3339: string, zone: string): string {
  const moment = Date.parse(rfc3339);
  if (Number.isNaN(moment) || !isKnownZone(zone)) return rfc3339;
  const { weekday, day, month, year, hour, minute, second } = civilAt(moment, zone);
  // A figure space is as wide as a digit: days of one digit stay aligned below those of two.
  const date = `${weekday} ${String(day).padStart(2, "\u2007")} ${MONTHS[month - 1]} ${year}`;
  const offset = occursTwice(moment, zone) ? ` ${offsetText(offsetMs(moment, zone))}` : "";
  return `${date} ${padded(hour)}:${padded(minute)}:${padded(second)}${offset}`;
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

/** A length of time in its two largest units: `3 h 12 min`. */
export function roughDuration(seconds: number): string {
  const units: [string, number][] = [
    [" d", 86_400],
    [" h", 3600],
    [" min", 60],
    [" s", 1],
  ];
  const first = units.findIndex(([, length]) => seconds >= length);
  let left = Math.round(seconds);
  const parts = units.slice(first < 0 ? -1 : first, first < 0 ? undefined : first + 2).map(([name, length]) => {
    const count = Math.floor(left / length);
    left -= count * length;
    return { text: `${count}${name}`, count };
  });
  return parts.filter(({ count }, at) => at === 0 || count > 0).map(({ text }) => text).join(" ");
}

export function countText(count: number, noun: string): string {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? noun : `${noun}s`}`;
}

/** A value of a column as text; null if it is missing. */
export function valueText(value: Value | undefined, column: Column, zone: string): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "object") return mapText(value);
  const word = column.words?.[String(value)];
  if (word !== undefined) return word;
  switch (column.type) {
    case "timestamp":
      return timestampText(String(value), zone);
    case "seconds":
      return Number.isFinite(Number(value)) ? durationText(Number(value)) : String(value);
    case "boolean":
      return String(value) === "true" ? "Yes" : "No";
    default:
      return String(value);
  }
}

function mapText(map: Record<string, string>): string | null {
  const entries = Object.entries(map).map(([key, value]) => `${key}: ${value}`);
  return entries.length > 0 ? entries.join(", ") : null;
}

const END_COLUMNS = ["logout_time", "duration", "ended_by"];
const INFERRED_ENDS = ["superseded", "superseded_by_force", "expired", "system_restart"];

/** Why a value is missing, as far as its row tells. */
export function whyMissing(column: Column, row: Row): string {
  const reason = typeof row.end_reason === "string" ? row.end_reason : "";
  if (reason === "still_open" && END_COLUMNS.includes(column.name)) return "Still open at the end of the range";
  if (reason === "unknown_login" && ["login_time", "duration"].includes(column.name)) return "Sign-in unknown";
  if (INFERRED_ENDS.includes(reason) && ["logout_time", "duration"].includes(column.name)) {
    return "No sign-out was recorded; the end is inferred";
  }
  if (column.name === "ended_by") return "Nobody else ended it";
  return "Not recorded";
}
