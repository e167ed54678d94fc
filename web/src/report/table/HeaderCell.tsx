/** The head of a column: its name, how rows are sorted by it, its width and its menu. */
import { UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconDotsVertical } from "@tabler/icons-react";
import { type MouseEvent, useCallback } from "react";
import type { SortKey } from "../types";
import { labelOf } from "../vocabulary";
import { useWords } from "../words";
import { isNumeric, lay } from "./RowLine";
import type { ShownColumn } from "./use-columns";
import classes from "./RowTable.module.css";

interface Props {
  id: string;
  column: ShownColumn;
  place: number;
  isActive: boolean;
  sort: readonly SortKey[];
  /** The zone of its times. */
  zone: string | null;
  onSort: (also: boolean) => void;
  onMenu: (at: { x: number; y: number }) => void;
  onContextMenu: (event: MouseEvent) => void;
}

export function HeaderCell({ id, column, place, isActive, sort, zone, onSort, onMenu, onContextMenu }: Props) {
  const { t } = useWords();
  const { field, width, pinnedAt } = column;
  const sizes = useCallback((element: HTMLDivElement | null) => lay(element, width, pinnedAt), [width, pinnedAt]);
  const key = sort.findIndex((one) => one.field === field.name);
  const dir = sort[key]?.dir;
  const label = labelOf(field, t);
  const told = zone === null ? field.meaning : `${field.meaning} · ${zone}`;
  return (
    <div
      id={id}
      ref={sizes}
      role="columnheader"
      aria-colindex={place + 1}
      aria-sort={key === 0 ? (dir === "desc" ? "descending" : "ascending") : undefined}
      className={classes.head}
      data-numeric={isNumeric(column) || undefined}
      data-pinned={pinnedAt !== null || undefined}
      data-active={isActive || undefined}
      onContextMenu={onContextMenu}
    >
      <UnstyledButton className={classes.sort} title={told} tabIndex={-1} onClick={(event) => onSort(event.shiftKey)}>
        <span className={classes.label}>{label}</span>
        {dir !== undefined && (dir === "desc" ? <IconArrowDown size={14} aria-hidden /> : <IconArrowUp size={14} aria-hidden />)}
        {key >= 0 && sort.length > 1 && <span className={classes.place}>{key + 1}</span>}
      </UnstyledButton>
      <UnstyledButton
        className={classes.menu}
        tabIndex={-1}
        aria-label={t("report:column.menu", { column: label })}
        aria-haspopup="menu"
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          onMenu({ x: box.left, y: box.bottom });
        }}
      >
        <IconDotsVertical size={14} aria-hidden />
      </UnstyledButton>
      <span className={classes.handle} data-resizing={column.isResizing || undefined} onMouseDown={column.onResize} onTouchStart={column.onResize} aria-hidden />
    </div>
  );
}
