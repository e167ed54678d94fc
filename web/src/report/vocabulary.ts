/**
 * The words for presets and operators, and which operators the page offers for a field.
 *
 * Words for columns and their values come from the server.
 */
import type { Field, Filter, Operator } from "./api-types";
import { valueText } from "./format";

const PRESETS: Record<string, string> = {
  today: "Today",
  yesterday: "Yesterday",
  this_week: "This week",
  previous_week: "Previous week",
  this_month: "This month",
  previous_month: "Previous month",
  last_hour: "Last hour",
  last_24_hours: "Last 24 hours",
  "1_day": "1 day",
  last_2_days: "Last 2 days",
  "3_days": "3 days",
  last_3_days: "Last 3 days",
  "7_days": "7 days",
  last_7_days: "Last 7 days",
  last_30_days: "Last 30 days",
  last_90_days: "Last 90 days",
};

export function presetWords(preset: string): string {
  return PRESETS[preset] ?? preset.replaceAll("_", " ");
}

const OPERATORS: Record<Operator, string> = {
  in: "is one of",
  not_in: "is none of",
  contains: "contains",
  prefix: "begins with",
  under: "is or lies under",
  is_null: "is missing",
  gte: "is at least",
  lte: "is at most",
  cidr: "is in the network",
};

export function operatorWords(op: Operator, field: Field | undefined): string {
  if (field?.type === "timestamp" && op === "gte") return "is not before";
  if (field?.type === "timestamp" && op === "lte") return "is not after";
  // An address may name an operator that this page has no words for.
  return (OPERATORS as Record<string, string | undefined>)[op] ?? op;
}

/** The operators that are offered for a field. */
export function offeredOperators(field: Field): Operator[] {
  // People read words, and nobody looks for a moment or a duration to its last fraction.
  if (field.words !== undefined) return field.operators.filter((op) => ["in", "not_in", "is_null"].includes(op));
  if (field.type === "timestamp" || field.type === "seconds") return field.operators.filter((op) => op !== "in" && op !== "not_in");
  return field.operators;
}

/** A filter as a person says it. */
export function filterWords(filter: Filter, field: Field | undefined, zone: string): string {
  const values = filter.values.map((value) => (field === undefined ? value : (valueText(value, field, zone) ?? value)));
  return [field?.label ?? filter.field, operatorWords(filter.op, field), values.join(", ")].filter((part) => part !== "").join(" ");
}
