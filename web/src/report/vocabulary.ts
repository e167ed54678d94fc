/**
 * The words for what reports are made of, and which operators the page offers for a field.
 *
 * What is fixed has words in the page's languages; what only this server has, such as a column of a newer version, has the
 * server's own.
 */
import type { TFunction } from "i18next";
import { type Format, durationText } from "../i18n/format";
import { type Column, type Field, type Filter, type Operator, plainText, type Row, type Value } from "./types";

type Words = TFunction<["report", "fields", "common"]>;

/** A text of the catalogue by a name that is known at run time only; else what it is otherwise. */
function known(t: Words, name: string, otherwise: string): string {
  return (t as unknown as (name: string, options: { defaultValue: string }) => string)(name, { defaultValue: otherwise });
}

export function presetWords(preset: string, t: Words): string {
  return known(t, `report:preset.${preset}`, preset.replaceAll("_", " "));
}

/** What a column is called. */
export function labelOf(column: Pick<Column, "name" | "label">, t: Words): string {
  return known(t, `fields:label.${column.label}`, column.label);
}

/**
 * Activities of access events as the reports about access say them. In reports about all activities they stand beside the names that
 * applications give theirs, so there the server has no words for them.
 */
const ACCESS_ACTIVITIES: ReadonlyMap<string, string> = new Map([
  ["sign_in", "Sign In"],
  ["sign_out", "Sign Out"],
  ["forced_sign_in", "Forcible Sign In"],
  ["forced_sign_out", "Forcible Sign Out"],
  ["impersonation_start", "Impersonation Start"],
  ["impersonation_end", "Impersonation End"],
  ["sign_of_life", "Sign of Life"],
  ["system_start", "System Start"],
  ["system_stop", "System Stop"],
]);

/** A value of a closed vocabulary in words; null if it is none. */
export function wordOf(column: Pick<Column, "name" | "words">, value: unknown, t: Words): string | null {
  if (typeof value === "object") return null;
  const server = column.words?.[plainText(value)] ?? (column.name === "activity" ? ACCESS_ACTIVITIES.get(plainText(value)) : undefined);
  if (server === undefined) return null;
  return known(t, `fields:word.${server}`, server);
}

export function operatorWords(op: Operator, field: Field | undefined, t: Words): string {
  if (field?.type === "timestamp" && op === "gte") return t("report:operator.notBefore");
  if (field?.type === "timestamp" && op === "lte") return t("report:operator.notAfter");
  // An address may name an operator that this page has no words for.
  return known(t, `report:operator.${op}`, op);
}

/** The operators that are offered for a field. */
export function offeredOperators(field: Field): Operator[] {
  const operators = (field.operators as Operator[]).filter((op) => op !== "is");
  // People read words, and nobody looks for a moment or a duration to its last fraction.
  if (field.words !== undefined) return operators.filter((op) => ["in", "not_in", "is_null"].includes(op));
  if (field.type === "timestamp" || field.type === "seconds") return operators.filter((op) => op !== "in" && op !== "not_in");
  return operators;
}

/** A value of a column as text; null if it is missing. */
export function valueText(value: Value | undefined, column: Column, zone: string, format: Format, t: Words): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "object") return mapText(value);
  const word = wordOf(column, value, t);
  if (word !== null) return word;
  switch (column.type) {
    case "timestamp":
      return format.moment(plainText(value), zone);
    case "seconds":
      return Number.isFinite(Number(value)) ? durationText(Number(value)) : plainText(value);
    case "integer":
      return typeof value === "number" && column.name !== "seq" ? format.number(value) : plainText(value);
    case "boolean":
      return plainText(value) === "true" ? t("common:word.yes") : t("common:word.no");
    default:
      return column.name === "hierarchy" ? branchText(plainText(value)) : plainText(value);
  }
}

/** A branch of the hierarchy: its levels are joined by " / ", and a slash within a level is escaped. */
function branchText(path: string): string {
  return path.replaceAll("\\/", "/");
}

function mapText(map: Record<string, unknown>): string | null {
  const entries = Object.entries(map).map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return entries.length > 0 ? entries.join(", ") : null;
}

/** A filter as a person says it: field, operator and values. */
export function filterWords(filter: Filter, field: Field | undefined, zone: string, format: Format, t: Words): string {
  const label = field === undefined ? filter.field : labelOf(field, t);
  const values = filter.values.map((value) => filterValueText(value, field, zone, format, t));
  return [label, operatorWords(filter.op, field, t), values.join(", ")].filter((part) => part !== "").join(" ");
}

/** A value of a filter in words: it is a text, whatever the field's type. */
export function filterValueText(value: string, field: Field | undefined, zone: string, format: Format, t: Words): string {
  return field === undefined ? value : (valueText(value, field, zone, format, t) ?? value);
}

const END_COLUMNS = ["logout_time", "duration", "ended_by"];
const INFERRED_ENDS = ["superseded", "superseded_by_force", "expired", "system_restart"];

/** Why a value is missing, as far as its row tells. */
export function whyMissing(column: Column, row: Row, t: Words): string {
  const reason = typeof row.end_reason === "string" ? row.end_reason : "";
  if (reason === "still_open" && END_COLUMNS.includes(column.name)) return t("report:missing.still_open");
  if (reason === "unknown_login" && ["login_time", "duration"].includes(column.name)) return t("report:missing.unknown_login");
  if (INFERRED_ENDS.includes(reason) && ["logout_time", "duration"].includes(column.name)) return t("report:missing.inferred");
  if (column.name === "ended_by") return t("report:missing.nobody");
  return t("report:missing.none");
}
