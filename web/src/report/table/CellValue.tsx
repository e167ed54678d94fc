/** A value in a cell: words, times and numbers as people read them, and why one is missing. */
import { memo } from "react";
import type { Format } from "../../i18n/format";
import type { Column, Row } from "../types";
import { valueText, whyMissing } from "../vocabulary";
import type { ReportWords } from "../words";
import classes from "./RowTable.module.css";

interface Props {
  row: Row;
  column: Column;
  zone: string;
  format: Format;
  t: ReportWords;
}

/** What is good or bad of a value, besides its words. */
export function toneOf(column: string, value: unknown): "good" | "bad" | "warn" | "open" | null {
  if (column === "outcome") return value === "failure" ? "bad" : "good";
  if (column !== "end_reason") return null;
  switch (value) {
    case "signed_out":
    case "system_signed_out":
      return "good";
    case "still_open":
      return "open";
    case "forced_out":
    case "superseded_by_force":
      return "bad";
    default:
      return "warn";
  }
}

export const CellValue = memo(function CellValue({ row, column, zone, format, t }: Props) {
  const value = row[column.name];
  const text = valueText(value, column, zone, format, t);
  if (text === null) {
    const why = whyMissing(column, row, t);
    return (
      <span className={classes.missing} title={why}>
        –<span className={classes.heard}>{why}</span>
      </span>
    );
  }
  const tone = toneOf(column.name, value);
  return (
    <>
      {tone !== null && <span className={classes.tone} data-tone={tone} aria-hidden />}
      <span className={classes.text} title={text}>
        {text}
      </span>
    </>
  );
});
