/**
 * What is entered for a filter's values, and how it is read: by a field's type and an operator.
 */
import { momentOf } from "../i18n/clock";
import { parseDuration } from "../i18n/format";
import type { Field, Operator } from "./types";

/** What is wrong with an entry: the name of the words for it. */
export type EntryProblem = "atLeastOne" | "pick" | "moment" | "duration" | "number";

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
        ["true", "true"],
        ["false", "false"],
      ]
    : [];
}

/** The values that an entry means, or what is wrong with it. */
export function readEntry(entry: Entry, field: Field, op: Operator, zone: string): { values: string[] } | { problem: EntryProblem } {
  const text = entry.text.trim();
  switch (entryKind(field, op)) {
    case "none":
      return { values: [] };
    case "choice":
      return entry.values.length > 0 ? { values: entry.values } : { problem: "pick" };
    case "moment": {
      // Of a time that comes twice, both lie inside.
      const moment = momentOf(text, zone, op === "gte" ? "earlier" : "later");
      return moment === null ? { problem: "moment" } : { values: [new Date(moment).toISOString()] };
    }
    case "duration": {
      const seconds = parseDuration(text);
      return seconds === null ? { problem: "duration" } : { values: [String(seconds)] };
    }
    case "number":
      return /^-?\d+$/.test(text) ? { values: [text] } : { problem: "number" };
    case "texts": {
      const { values } = withText(entry);
      return values.length > 0 ? { values } : { problem: "atLeastOne" };
    }
  }
}

/** The entry with what was typed or pasted: what stands before a comma or the end of a line is a value, the rest still text. */
export function withTyped(entry: Entry, text: string): Entry {
  const parts = text.split(/[,\n]/);
  const rest = parts.pop() ?? "";
  return { ...parts.reduce((before, part) => withText({ ...before, text: part }), entry), text: rest };
}

/** The entry with its text taken as one more value. */
export function withText({ values, text }: Entry): Entry {
  const value = text.trim();
  return { values: value === "" || values.includes(value) ? values : [...values, value], text: "" };
}
