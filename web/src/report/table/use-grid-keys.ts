/**
 * Moving through the cells of a grid by keys, as the ARIA practices for grids have it. The header is the row -1.
 */
import { type KeyboardEvent, useState } from "react";

export interface Place {
  row: number;
  column: number;
}

interface Grid {
  rows: number;
  columns: number;
  /** Rows that are in sight at once. */
  page: number;
  onOpen: (place: Place) => void;
  onMenu: (place: Place) => void;
  onCopy?: (place: Place) => void;
  /** Brings a row into sight. */
  show: (row: number) => void;
}

export interface GridKeys {
  place: Place;
  goTo: (place: Place) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

export function useGridKeys(grid: Grid): GridKeys {
  const [place, setPlace] = useState<Place>({ row: -1, column: 0 });
  const goTo = (next: Place): void => {
    const within = { row: bounded(next.row, -1, grid.rows - 1), column: bounded(next.column, 0, grid.columns - 1) };
    setPlace(within);
    if (within.row >= 0) grid.show(within.row);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = target(event, place, grid);
    if (next !== null) {
      event.preventDefault();
      goTo(next);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      grid.onOpen(place);
    } else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
      event.preventDefault();
      grid.onMenu(place);
    } else if (event.key === "c" && (event.ctrlKey || event.metaKey) && grid.onCopy !== undefined) {
      event.preventDefault();
      grid.onCopy(place);
    }
  };
  return { place: { row: Math.min(place.row, grid.rows - 1), column: Math.min(place.column, Math.max(grid.columns - 1, 0)) }, goTo, onKeyDown };
}

/** Where a key leads; null if it leads nowhere. */
export function target(event: Pick<KeyboardEvent, "key" | "ctrlKey">, { row, column }: Place, grid: Pick<Grid, "rows" | "columns" | "page">): Place | null {
  const last = grid.columns - 1;
  switch (event.key) {
    case "ArrowDown":
      return { row: row + 1, column };
    case "ArrowUp":
      return { row: row - 1, column };
    case "ArrowRight":
      return { row, column: column + 1 };
    case "ArrowLeft":
      return { row, column: column - 1 };
    case "Home":
      return event.ctrlKey ? { row: -1, column: 0 } : { row, column: 0 };
    case "End":
      return event.ctrlKey ? { row: grid.rows - 1, column: last } : { row, column: last };
    case "PageDown":
      return { row: row + grid.page, column };
    case "PageUp":
      return { row: row - grid.page, column };
    default:
      return null;
  }
}

function bounded(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), Math.max(most, least));
}
