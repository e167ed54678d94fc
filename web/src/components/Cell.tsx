/** One value of a row, or the reason why there is none. */
import type { Column, Row } from "../api-types";
import { valueText, whyMissing } from "../format";

/** Texts longer than this many characters are broken into lines. */
const LONG_TEXT = 60;

interface Props {
  column: Column;
  row: Row;
  zone: string;
}

export function Cell({ column, row, zone }: Props) {
  const value = row[column.name];
  const text = valueText(value, column, zone);
  if (text === null) {
    const why = whyMissing(column, row);
    return (
      <td data-type={column.type} className="missing" title={why}>
        <span aria-hidden="true">–</span>
        <span className="visually-hidden">{why}</span>
      </td>
    );
  }
  // The exact time or number of seconds; and the word of a closed vocabulary, which the style sheet may mark.
  const told = typeof value === "object" ? undefined : String(value);
  const exact = column.type === "timestamp" || column.type === "seconds" ? told : undefined;
  const word = column.words === undefined ? undefined : told;
  return (
    <td data-type={column.type} data-word={word} title={exact} className={text.length > LONG_TEXT ? "long" : undefined}>
      {text}
    </td>
  );
}
