/** One row in sight; a sketch of one until it has come. */
import { type MouseEvent, type ReactNode, memo, useCallback } from "react";
import type { Format } from "../../i18n/format";
import type { Row } from "../types";
import type { ReportWords } from "../words";
import { CellValue } from "./CellValue";
import type { ShownColumn } from "./use-columns";
import classes from "./RowTable.module.css";
import type { Place } from "./use-grid-keys";

interface Props {
  /** The beginning of the ids of its cells. */
  id: string;
  index: number;
  top: number;
  row: Row | undefined;
  columns: readonly ShownColumn[];
  zone: string;
  format: Format;
  t: ReportWords;
  activeColumn: number | null;
  isChosen: boolean;
  isNew: boolean;
  onOpen: (column: number) => void;
  onContextMenu: (event: MouseEvent, place: Place) => void;
}

export const RowLine = memo(function RowLine(props: Props) {
  const { id, index, top, row, columns, zone, format, t, activeColumn, isChosen, isNew, onOpen, onContextMenu } = props;
  const placed = useCallback((element: HTMLDivElement | null) => element?.style.setProperty("transform", `translateY(${top}px)`), [top]);
  return (
    <div
      ref={placed}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      className={classes.row}
      data-chosen={isChosen || undefined}
      data-new={isNew || undefined}
    >
      {columns.map((column, place) => (
        <Cell
          key={column.field.name}
          id={`${id}-${index}-${place}`}
          column={column}
          isActive={activeColumn === place}
          onOpen={() => onOpen(place)}
          onContextMenu={(event) => onContextMenu(event, { row: index, column: place })}
        >
          {row === undefined ? (
            <span className={classes.waiting} />
          ) : (
            <CellValue row={row} column={column.field} zone={zone} format={format} t={t} />
          )}
        </Cell>
      ))}
    </div>
  );
}, isSame);

/** Functions are new each time, and do the same. */
function isSame(before: Props, after: Props): boolean {
  return (Object.keys(after) as (keyof Props)[]).every((name) => (typeof after[name] === "function" && name !== "t") || before[name] === after[name]);
}

interface CellProps {
  id: string;
  column: ShownColumn;
  isActive: boolean;
  onOpen: () => void;
  onContextMenu: (event: MouseEvent) => void;
  children: ReactNode;
}

function Cell({ id, column, isActive, onOpen, onContextMenu, children }: CellProps) {
  const { width, pinnedAt } = column;
  const sizes = useCallback((element: HTMLDivElement | null) => lay(element, width, pinnedAt), [width, pinnedAt]);
  return (
    // Keys are the grid's: it moves through its cells and opens rows.
    <div
      id={id}
      ref={sizes}
      role="gridcell"
      className={classes.cell}
      data-numeric={isNumeric(column) || undefined}
      data-time={column.field.type === "timestamp" || undefined}
      data-pinned={pinnedAt !== null || undefined}
      data-last-pinned={column.isLastPinned || undefined}
      data-active={isActive || undefined}
      onClick={onOpen}
      onContextMenu={onContextMenu}
    >
      {children}
    </div>
  );
}

export function isNumeric({ field }: ShownColumn): boolean {
  return field.type === "integer" || field.type === "seconds";
}

/** Gives a cell its width, and its place at the left edge if it is pinned. */
export function lay(element: HTMLElement | null, width: number, pinnedAt: number | null): void {
  if (element === null) return;
  element.style.width = `${width}px`;
  element.style.left = pinnedAt === null ? "" : `${pinnedAt}px`;
}
