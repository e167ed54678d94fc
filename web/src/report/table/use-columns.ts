/** The columns of a table as they lie in it: sizes and pinning, as TanStack Table works them out. */
import { type ColumnDef, type ColumnSizingState, getCoreRowModel, useReactTable } from "@tanstack/react-table";
import { type RefObject, useEffect, useLayoutEffect, useMemo, useState } from "react";
import type { Field, Row } from "../types";
import { labelOf } from "../vocabulary";
import { useWords } from "../words";
import { type Layout, MAX_WIDTH, MIN_WIDTH, withWidth } from "./layout";
import { headWidth, shared, usualWidth } from "./widths";

/** A column as it lies in the table. */
export interface ShownColumn {
  field: Field;
  width: number;
  /** How far it stays from the left edge, if it is pinned. */
  pinnedAt: number | null;
  isLastPinned: boolean;
  isResizing: boolean;
  /** Begins to change the width by dragging. */
  onResize: (event: unknown) => void;
}

interface Options {
  fields: readonly Field[];
  pinned: readonly string[];
  layout: Layout;
  onLayout: (change: (before: Layout) => Layout) => void;
  /** How wide the table is. */
  room: number;
}

const NO_ROWS: Row[] = [];

export function useColumns({ fields, pinned, layout, onLayout, room }: Options): ShownColumn[] {
  const { t } = useWords();
  const definitions = useMemo<ColumnDef<Row>[]>(() => {
    const wishes = fields.map((field) => ({ usual: Math.max(usualWidth(field), headWidth(labelOf(field, t))), chosen: layout.widths[field.name] }));
    const sizes = shared(wishes, room);
    return fields.map((field, at) => ({ id: field.name, size: sizes[at] ?? MIN_WIDTH, minSize: MIN_WIDTH, maxSize: Math.max(MAX_WIDTH, sizes[at] ?? 0) }));
  }, [fields, layout.widths, room, t]);
  const [resized, setResized] = useState<ColumnSizingState | null>(null);
  const names = fields.map((field) => field.name);
  const table = useReactTable<Row>({
    data: NO_ROWS,
    columns: definitions,
    getCoreRowModel: getCoreRowModel(),
    columnResizeMode: "onChange",
    state: { columnSizing: resized ?? layout.widths, columnPinning: { left: pinned.filter((name) => names.includes(name)) } },
    onColumnSizingChange: (change) => setResized((before) => (typeof change === "function" ? change(before ?? layout.widths) : change)),
  });
  const resizing = table.getState().columnSizingInfo.isResizingColumn;
  useEffect(() => {
    // What was dragged is remembered once it is let go.
    if (resizing !== false || resized === null) return;
    onLayout((before) => Object.entries(resized).reduce((next, [name, width]) => withWidth(next, name, width), before));
    setResized(null);
  }, [resizing, resized, onLayout]);
  return useUnchanged(table.getLeafHeaders().map((header) => {
    const { column } = header;
    const isPinned = column.getIsPinned() === "left";
    const field = fields.find((one) => one.name === column.id);
    if (field === undefined) throw new Error(`the table has no column ${column.id}`);
    return {
      field,
      width: column.getSize(),
      pinnedAt: isPinned ? column.getStart("left") : null,
      isLastPinned: isPinned && column.getIsLastColumn("left"),
      isResizing: column.getIsResizing(),
      onResize: header.getResizeHandler(),
    };
  }));
}

/** The columns of before while they lie as they did, so that rows are not drawn anew with every step of scrolling. */
function useUnchanged(next: ShownColumn[]): ShownColumn[] {
  const [kept, setKept] = useState(next);
  const isSame = kept.length === next.length && kept.every((before, at) => liesAs(before, next[at]));
  if (!isSame) setKept(next);
  return isSame ? kept : next;
}

function liesAs(before: ShownColumn, after: ShownColumn | undefined): boolean {
  // Dragging is the same whichever function begins it.
  const parts = ["field", "width", "pinnedAt", "isLastPinned", "isResizing"] as const;
  return after !== undefined && parts.every((part) => before[part] === after[part]);
}

/** How wide the inside of an element is, without its scroll bar; 0 until that is known. */
export function useRoom(element: RefObject<HTMLElement | null>): number {
  const [room, setRoom] = useState(0);
  useLayoutEffect(() => {
    const watched = element.current;
    if (watched === null) return undefined;
    const measure = (): void => setRoom(watched.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(watched);
    return () => observer.disconnect();
  }, [element]);
  return room;
}
