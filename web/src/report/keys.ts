/** What tells the rows of a report apart. */
import { plainText, type ReportKind, type Row } from "./types";

/** The column that is another in each row. */
export function keyColumn(kind: ReportKind): "session_key" | "event_id" {
  return kind === "login_logout" ? "session_key" : "event_id";
}

export function keyOf(row: Row, kind: ReportKind): string {
  return plainText(row[keyColumn(kind)]);
}

/** Columns that are asked for in any case: what rows are told apart by, and why a value is missing. */
export function alsoAsked(kind: ReportKind, columns: readonly string[]): string[] {
  const needed = kind === "login_logout" ? ["session_key", "end_reason"] : ["event_id"];
  return [...columns, ...needed.filter((column) => !columns.includes(column))];
}
