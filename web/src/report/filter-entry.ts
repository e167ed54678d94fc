/**
 * What is entered for a filter's values, and how it is read: by a field's type and an operator.
 */
import { momentOf } from "../i18n/clock";
import { parseDuration } from "../i18n/format";
import type { Field, Operator } from "./types";

/** Values that have been taken, and text that has not yet. */
export interface Entry {
  values: string[];
  text: string;
}

export const NO_ENTRY: Entry = { values: [], text: "" };

/** How values are entered: not at all, picked, one moment, one duration, one number, or any texts. */
export type EntryKind = "none" | "choice" | "moment" | "duration" | "number" | "texts";

export function entryKind(field: Field, op: Operator): EntryKind {
  if (op === "is_null") return "none";
  if (choices(field).length > 0) return "choice";
  if (op === "gte" || op === "lte") {
    if (field.type === "timestamp") return "moment";
    return field.type === "seconds" ? "duration" : "number";
  }
  return "texts";
}

/** The values that a field can have, with their words, if they are known. */
export function choices(field: Field): [string, string][] {
  if (field.words !== undefined) return Object.entries(field.words);
  return field.type === "boolean"
    ? [
        ["true", "Yes"],
        ["false", "No"],
      ]
    : [];
}

/** The values that an entry means, or what is wrong with it. */
export function readEntry(entry: Entry, field: Field, op: Operator, zone: string): { values: string[] } | { problem: string } {
  const text = entry.text.trim();
  switch (entryKind(field, op)) {
    case "none":
      return { values: [] };
    case "choice":
      return entry.values.length > 0 ? { values: entry.values } : { problem: "Pick at least one." };
    case "moment": {
      // Of a time that comes twice, both lie inside.
      const moment = momentOf(text, zone, op === "gte" ? "earlier" : "later");
      return moment === null ? { problem: "Enter a date and a time." } : { values: [new Date(moment).toISOString()] };
    }
    case "duration": {
      const seconds = parseDuration(text);
      return seconds === null ? { problem: "Enter h:mm:ss, h:mm or a number of seconds." } : { values: [String(seconds)] };
    }
    case "number":
      return /^-?\d+$/.test(text) ? { values: [text] } : { problem: "Enter a whole number." };
    case "texts": {
      const { values } = withText(entry);
      return values.length > 0 ? { values } : { problem: "Enter at least one value." };
    }
  }
}

/** The entry with its text taken as one more value. */
export function withText({ values, text }: Entry): Entry {
  const value = text.trim();
  return { values: value === "" || values.includes(value) ? values : [...values, value], text: "" };
}
