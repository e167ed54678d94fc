/** A few rows in a card. */
import { ScrollArea, Table } from "@mantine/core";
import type { ReactNode } from "react";
import type { Row } from "../report/types";
import classes from "./overview.module.css";

export interface RowColumn<T> {
  label: string;
  cell: (row: T) => ReactNode;
  numeric?: boolean;
  /** Whether it may be broken into lines. */
  wraps?: boolean;
}

interface Props<T> {
  label: string;
  rows: readonly T[];
  columns: readonly RowColumn<T>[];
  keyOf: (row: T) => string;
}

export function Rows<T>({ label, rows, columns, keyOf }: Props<T>) {
  return (
    <ScrollArea type="auto" offsetScrollbars="present">
      <Table verticalSpacing={4} aria-label={label} className={classes.rows}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.label} scope="col" className={column.numeric === true ? classes.numeric : undefined}>
                {column.label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)}>
              {columns.map((column) => (
                <Table.Td key={column.label} className={classOf(column)}>
                  {column.cell(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function classOf<T>({ numeric, wraps }: RowColumn<T>): string | undefined {
  return numeric === true ? classes.numeric : wraps === true ? classes.words : undefined;
}

/** A value of a row as text; what is missing is a dash. */
export function textOf(row: Row, field: string): string {
  const value = row[field];
  return typeof value === "string" ? value : "–";
}

export function momentOf(row: Row, field: string): string | null {
  const value = row[field];
  return typeof value === "string" ? value : null;
}
