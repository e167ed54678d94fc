/**
 * The rows of a report: as many as there are, scrolled through without pages; sorted, narrowed and opened in place.
 *
 * To those who hear it, it is a grid: arrows move through it, Enter opens a row, Shift F10 says what can be done.
 */
import { VisuallyHidden } from "@mantine/core";
import { type MouseEvent, type ReactNode, type Ref, useEffect, useId, useImperativeHandle, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { FailureNote } from "../../ui/States";
import { fieldOf } from "../ask";
import { alsoSortedBy, clockOf, columnsOf, shownZone, sortOf, sortedBy } from "../definition";
import { keyOf } from "../keys";
import { type Definition, type Field, type KindOffer, plainText, type Row } from "../types";
import { useWords } from "../words";
import { CellMenu, type CellMenuAt } from "./CellMenu";
import { HeaderCell } from "./HeaderCell";
import { HeaderMenu, type HeaderMenuAt } from "./HeaderMenu";
import { RowLine } from "./RowLine";
import classes from "./RowTable.module.css";
import { type Layout, shownOrder } from "./layout";
import type { RowStore } from "./row-store";
import { useColumns, useRoom } from "./use-columns";
import { type Place, useGridKeys } from "./use-grid-keys";
import { ROW_HEIGHT, useRowWindow } from "./use-row-window";

const HEADER_HEIGHT = 36;

/** What others may have the table do. */
export interface RowTableHandle {
  /** Goes to a row, and brings it into sight. */
  goTo: (row: number) => void;
  focus: () => void;
}

interface Props {
  ref?: Ref<RowTableHandle>;
  store: RowStore;
  /** What the rows are the answer to. */
  definition: Definition;
  /** Whether something else is asked by now. */
  isOld: boolean;
  offer: KindOffer;
  layout: Layout;
  onLayout: (change: (before: Layout) => Layout) => void;
  /** Columns that stay at the left. */
  pinned: readonly string[];
  onPin: (column: string, isPinned: boolean) => void;
  onChange: (definition: Definition) => void;
  /** The key of the row whose drawer is open. */
  opened: string | null;
  onOpen: (row: Row, index: number) => void;
  /** Keys of rows that have just arrived. */
  fresh?: ReadonlySet<string>;
  /** Whether the first rows are in sight. */
  onAtTop?: (isAtTop: boolean) => void;
  /** What is told above the first row. */
  notice?: ReactNode;
}

export function RowTable(props: Props) {
  const { ref, store, definition, isOld, offer, layout, onLayout, pinned, onPin, onChange, opened, onOpen, fresh, onAtTop, notice } = props;
  const { t, format } = useWords();
  useSyncExternalStore(store.subscribe, store.snapshot);
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const [headerMenu, setHeaderMenu] = useState<HeaderMenuAt | null>(null);
  const [cellMenu, setCellMenu] = useState<CellMenuAt | null>(null);
  const { virtualizer, height, top } = useRowWindow(store.total, scroller, HEADER_HEIGHT);
  const fields = useMemo(() => shownFields(definition, offer, pinned), [definition, offer, pinned]);
  const columns = useColumns({ fields, pinned, layout, onLayout, room: useRoom(scroller) });
  const items = virtualizer.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => store.want(first, last), [store, first, last]);
  useEffect(() => {
    // Other rows are looked at from the first one on.
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [definition]);
  const isAtTop = (virtualizer.scrollOffset ?? 0) < ROW_HEIGHT;
  useEffect(() => onAtTop?.(isAtTop), [isAtTop, onAtTop]);

  const open = (place: Place): void => {
    const field = fields[place.column];
    if (field === undefined) return;
    if (place.row < 0) { onChange(sortedBy(definition, offer, field.name)); return; }
    const row = store.row(place.row);
    if (row !== undefined) onOpen(row, place.row);
  };
  const menuFor = (place: Place, at?: { x: number; y: number }): void => {
    const field = fields[place.column];
    if (field === undefined) return;
    const where = at ?? whereIs(`${id}-${place.row}-${place.column}`);
    if (place.row < 0) { setHeaderMenu({ field, width: columns[place.column]?.width ?? 0, ...where }); return; }
    const row = store.row(place.row);
    if (row !== undefined) setCellMenu({ field, row, index: place.row, ...where });
  };
  const copy = (place: Place): void => {
    const [field, row] = [fields[place.column], store.row(place.row)];
    if (field !== undefined && row !== undefined) void navigator.clipboard.writeText(plainText(row[field.name] ?? ""));
  };
  const keys = useGridKeys({
    rows: store.total,
    columns: fields.length,
    page: Math.max(Math.floor(((virtualizer.scrollRect?.height ?? 0) - HEADER_HEIGHT) / ROW_HEIGHT) - 1, 1),
    onOpen: open,
    onMenu: menuFor,
    onCopy: copy,
    show: (row) => virtualizer.scrollToIndex(row),
  });
  useImperativeHandle(ref, () => ({
    goTo: (row) => keys.goTo({ row, column: keys.place.column }),
    focus: () => scroller.current?.focus({ preventScroll: true }),
  }));
  const sort = sortOf(definition, offer);
  const zone = shownZone(definition, offer);
  const zoneNote = clockOf(definition, offer) === "agent" ? t("report:zone.agent") : zone;
  const width = columns.reduce((sum, column) => sum + column.width, 0);
  const onContextMenu = (event: MouseEvent, place: Place): void => {
    event.preventDefault();
    keys.goTo(place);
    menuFor(place, { x: event.clientX, y: event.clientY });
  };

  return (
    <div className={classes.frame}>
      <VisuallyHidden id={`${id}-keys`}>{t("report:table.keys")}</VisuallyHidden>
      <div
        ref={scroller}
        className={classes.scroller}
        role="grid"
        aria-label={t("report:table.label")}
        aria-busy={isOld}
        aria-describedby={`${id}-keys`}
        aria-rowcount={store.total + 1}
        aria-colcount={fields.length}
        aria-activedescendant={`${id}-${keys.place.row}-${keys.place.column}`}
        tabIndex={0}
        onKeyDown={keys.onKeyDown}
      >
        <div className={classes.content} ref={sized({ width })}>
          <div className={classes.header} role="row" aria-rowindex={1}>
            {columns.map((column, place) => (
              <HeaderCell
                key={column.field.name}
                id={`${id}--1-${place}`}
                column={column}
                place={place}
                isActive={keys.place.row === -1 && keys.place.column === place}
                sort={sort}
                zone={column.field.type === "timestamp" ? zoneNote : null}
                onSort={(also) => {
                  keys.goTo({ row: -1, column: place });
                  onChange(also ? alsoSortedBy(definition, offer, column.field.name) : sortedBy(definition, offer, column.field.name));
                }}
                onMenu={(at) => setHeaderMenu({ field: column.field, width: column.width, ...at })}
                onContextMenu={(event) => onContextMenu(event, { row: -1, column: place })}
              />
            ))}
          </div>
          <div className={classes.rows} role="presentation" ref={sized({ height })}>
            {items.map((item) => {
              const row = store.row(item.index);
              const key = row === undefined ? null : keyOf(row, definition.report);
              return (
                <RowLine
                  key={item.index}
                  id={id}
                  index={item.index}
                  top={top(item.start)}
                  row={row}
                  columns={columns}
                  zone={zone}
                  format={format}
                  t={t}
                  activeColumn={keys.place.row === item.index ? keys.place.column : null}
                  isChosen={key !== null && key === opened}
                  isNew={key !== null && fresh?.has(key) === true}
                  onOpen={(column) => {
                    keys.goTo({ row: item.index, column });
                    if (row !== undefined) onOpen(row, item.index);
                  }}
                  onContextMenu={onContextMenu}
                />
              );
            })}
          </div>
        </div>
      </div>
      {notice}
      {store.failure !== null && (
        <div className={classes.note}>
          <FailureNote failure={store.failure} onAgain={() => store.again()} />
        </div>
      )}
      <HeaderMenu
        at={headerMenu}
        definition={definition}
        offer={offer}
        layout={layout}
        onLayout={onLayout}
        pinned={pinned}
        onPin={onPin}
        onChange={onChange}
        onClose={() => {
          setHeaderMenu(null);
          scroller.current?.focus();
        }}
      />
      <CellMenu
        at={cellMenu}
        definition={definition}
        offer={offer}
        onChange={onChange}
        onOpen={onOpen}
        onClose={() => {
          setCellMenu(null);
          scroller.current?.focus();
        }}
      />
    </div>
  );
}

/** The fields that are shown, in their order; a name that the kind doesn't have is left out. */
function shownFields(definition: Definition, offer: KindOffer, pinned: readonly string[]): Field[] {
  const names = shownOrder(columnsOf(definition, offer), pinned);
  return names.map((name) => fieldOf(offer, name)).filter((field) => field !== undefined);
}

function whereIs(id: string): { x: number; y: number } {
  const box = document.getElementById(id)?.getBoundingClientRect();
  return { x: box?.left ?? 0, y: box?.bottom ?? 0 };
}

/** Sets a size that is known at run time only; by the element itself, since inline styles are refused by the page's policy. */
function sized({ width, height }: { width?: number; height?: number }) {
  return (element: HTMLElement | null): void => {
    if (element === null) return;
    if (width !== undefined) element.style.width = `${width}px`;
    if (height !== undefined) element.style.height = `${height}px`;
  };
}
