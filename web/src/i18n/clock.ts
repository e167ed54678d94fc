/**
 * Civil time in named zones, by the browser's own time zone database.
 *
 * JavaScript tells the civil time of a moment only; the way back is found from it here.
 */

/** What a calendar and a clock on the wall show. */
export interface Civil {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** `Mon` to `Sun`. */
  weekday: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    weekday: "short",
    era: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  formats.set(zone, format);
  return format;
}

export function isKnownZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** Zones that browsers call as they were called once, by the names that they have now. */
const TODAY: Readonly<Record<string, string>> = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Catamarca": "America/Argentina/Catamarca",
  "America/Coral_Harbour": "America/Atikokan",
  "America/Cordoba": "America/Argentina/Cordoba",
  "America/Godthab": "America/Nuuk",
  "America/Indianapolis": "America/Indiana/Indianapolis",
  "America/Jujuy": "America/Argentina/Jujuy",
  "America/Louisville": "America/Kentucky/Louisville",
  "America/Mendoza": "America/Argentina/Mendoza",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Europe/Kiev": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};
const ONCE: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(TODAY).map(([once, today]) => [today, once]));

/** The name that a zone has now, if this browser knows it by that. */
function ofToday(zone: string): string {
  const today = TODAY[zone];
  return today !== undefined && isKnownZone(today) ? today : zone;
}

/** The zone of this browser, UTC if it doesn't tell. */
export function browserZone(): string {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return isKnownZone(zone) ? ofToday(zone) : "UTC";
}

/** The zones that can be picked, UTC first. */
export function zoneNames(): string[] {
  return [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone").map(ofToday)])];
}

/** Whether somebody who types this may mean a zone, by the name that it has or had: whatever the case, accents, and what stands between words. */
export function meansZone(typed: string, zone: string): boolean {
  const names = plain(`${zone} ${ONCE[zone] ?? ""}`);
  return plain(typed)
    .split(" ")
    .every((word) => names.includes(word));
}

function plain(text: string): string {
  return text
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9+]+/g, " ")
    .trim();
}

export function civilAt(epochMs: number, zone: string): Civil {
  const parts = new Map(formatOf(zone).formatToParts(epochMs).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  return {
    // The year before the year 1 is 0, as JavaScript counts.
    year: parts.get("era")?.startsWith("B") === true ? 1 - number("year") : number("year"),
    month: number("month"),
    day: number("day"),
    hour: number("hour"),
    minute: number("minute"),
    second: number("second"),
    weekday: parts.get("weekday") ?? "",
  };
}

/** How far the zone's clocks are ahead of UTC at a moment. */
export function offsetMs(epochMs: number, zone: string): number {
  const wholeSeconds = Math.floor(epochMs / 1000) * 1000;
  return asUtc(civilAt(wholeSeconds, zone)) - wholeSeconds;
}

/** Whether the civil time of a moment comes twice, because clocks are set back around it. */
export function occursTwice(epochMs: number, zone: string): boolean {
  const [before, after] = offsetsAround(epochMs, zone);
  const setBack = before - after;
  if (setBack <= 0) return false;
  const own = offsetMs(epochMs, zone);
  return own === before ? offsetMs(epochMs + setBack, zone) === after : offsetMs(epochMs - setBack, zone) === before;
}

/**
 * The moment of a civil time such as `2026-10-25T02:30`. Of a time that comes twice it is the earlier or the
 * later one, as asked; a time that is skipped is taken as far after the gap as it lies inside. Null if the
 * text is no civil time.
 */
export function momentOf(civil: string, zone: string, which: "earlier" | "later"): number | null {
  const asIfUtc = Date.parse(`${civil}Z`);
  return Number.isNaN(asIfUtc) ? null : momentOfCivil(asIfUtc, zone, which);
}

/** The same of a civil time that is given as the moment at which the clocks of UTC show it. */
export function momentOfCivil(asIfUtc: number, zone: string, which: "earlier" | "later"): number {
  const [before, after] = offsetsAround(asIfUtc - offsetMs(asIfUtc, zone), zone);
  const candidates = [asIfUtc - before, asIfUtc - after].filter((moment) => moment + offsetMs(moment, zone) === asIfUtc);
  if (candidates.length === 0) return asIfUtc - before;
  return which === "earlier" ? Math.min(...candidates) : Math.max(...candidates);
}

/** The offsets well before and well after a moment; no zone has changed its clocks by three hours or more in our time. */
function offsetsAround(epochMs: number, zone: string): [number, number] {
  return [offsetMs(epochMs - 3 * HOUR_MS, zone), offsetMs(epochMs + 3 * HOUR_MS, zone)];
}

function asUtc({ year, month, day, hour, minute, second }: Civil): number {
  // `Date.UTC` takes the years 0 to 99 for those after 1900.
  return new Date(0).setUTCFullYear(year, month - 1, day) + hour * HOUR_MS + minute * MINUTE_MS + second * 1000;
}

/** An offset as RFC 3339 writes it: `+02:00`; with seconds where it has any, as before zones were agreed on. */
export function offsetText(offset: number): string {
  const seconds = Math.round(Math.abs(offset) / 1000);
  const odd = seconds % 60 === 0 ? "" : `:${padded(seconds % 60)}`;
  return `${offset < 0 ? "-" : "+"}${padded(Math.floor(seconds / 3600))}:${padded(Math.floor(seconds / 60) % 60)}${odd}`;
}

export function padded(number: number): string {
  return String(number).padStart(2, "0");
}
