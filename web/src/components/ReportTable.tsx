/** The rows as a table that is sorted by its headers. */
import { memo } from "react";
import type { Answer, Column, Row, SortKey } from "../api-types";
import { Cell } from "./Cell";

interface Props {
  label: string;
  answer: Answer;
  sort: readonly SortKey[];
  zone: string;
  /** New rows are on their way. */
  waiting: boolean;
  filtered: boolean;
  onSort: (field: string) => void;
}

export function ReportTable({ label, answer, sort, zone, waiting, filtered, onSort }: Props) {
  const { columns, rows } = answer;
  return (
    // The region scrolls, so the keyboard must be able to reach it.
    <section className="table-region" aria-label={`${label}: rows`} tabIndex={0} aria-busy={waiting}>
      <table>
        <caption>
          Times in <span className="zone">{zone}</span>
        </caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Header key={column.name} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // Rows are only ever added at the end or replaced altogether, and hold no state.
            <TableRow key={at} row={row} columns={columns} zone={zone} />
          ))}
          {rows.length === 0 && (
            <tr>
              <td className="empty" colSpan={columns.length}>
                {filtered
                  ? "No rows in this range pass the filters. Remove a filter or choose a wider range."
                  : "No rows in this range. Choose a wider one."}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

const TableRow = memo(function TableRow({ row, columns, zone }: { row: Row; columns: readonly Column[]; zone: string }) {
  return (
    <tr>
      {columns.map((column) => (
        <Cell key={column.name} column={column} row={row} zone={zone} />
      ))}
    </tr>
  );
});

interface HeaderProps {
  column: Column;
  sort: readonly SortKey[];
  onSort: (field: string) => void;
}

function Header({ column, sort, onSort }: HeaderProps) {
  const key = sort.find(({ field }) => field === column.name);
  const first = sort[0]?.field === column.name;
  const direction = key?.dir === "desc" ? "descending" : "ascending";
  const arrow = key === undefined ? "" : key.dir === "desc" ? "▼" : "▲";
  return (
    <th scope="col" data-type={column.type} aria-sort={first ? direction : undefined} title={column.meaning}>
      {column.type === "map" ? (
        column.label
      ) : (
        <button type="button" onClick={() => onSort(column.name)}>
          {column.label}
          <span className="arrow" aria-hidden="true">
            {arrow}
          </span>
        </button>
      )}
    </th>
  );
}
