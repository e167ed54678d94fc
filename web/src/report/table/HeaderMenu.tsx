/** What can be done with a column. */
import { Menu } from "@mantine/core";
import {
  IconArrowAutofitWidth,
  IconArrowBarToLeft,
  IconArrowBarToRight,
  IconArrowDown,
  IconArrowLeft,
  IconArrowRight,
  IconArrowUp,
  IconColumnRemove,
  IconFilter,
  IconPin,
  IconPinnedOff,
  IconSortAscending,
  IconStack2,
} from "@tabler/icons-react";
import { useEvents } from "../events";
import { alsoSortedBy, columnsOf, groupedBy, sortedBy, withColumns } from "../definition";
import type { Definition, Field, KindOffer } from "../types";
import { labelOf } from "../vocabulary";
import { useWords } from "../words";
import { MenuAt } from "./MenuAt";
import { type Layout, shownOrder, withWidth } from "./layout";

export interface HeaderMenuAt {
  field: Field;
  /** How wide the column is. */
  width: number;
  x: number;
  y: number;
}

interface Props {
  at: HeaderMenuAt | null;
  definition: Definition;
  offer: KindOffer;
  layout: Layout;
  onLayout: (change: (before: Layout) => Layout) => void;
  pinned: readonly string[];
  onPin: (column: string, isPinned: boolean) => void;
  onChange: (definition: Definition) => void;
  onClose: () => void;
}

const STEP = 32;

export function HeaderMenu({ at, definition, offer, layout, onLayout, pinned, onPin, onChange, onClose }: Props) {
  const { t } = useWords();
  const { editFilter } = useEvents();
  if (at === null) return null;
  const { field } = at;
  const { name } = field;
  const columns = shownOrder(columnsOf(definition, offer), pinned);
  const place = columns.indexOf(name);
  const isPinned = pinned.includes(name);
  const width = layout.widths[name] ?? at.width;
  // Pinned columns move among themselves, the others too.
  const canMove = (by: -1 | 1): boolean => {
    const neighbour = columns[place + by];
    return neighbour !== undefined && pinned.includes(neighbour) === isPinned;
  };
  const moved = (by: number): void => {
    const others = columns.filter((column) => column !== name);
    onChange(withColumns(definition, [...others.slice(0, place + by), name, ...others.slice(place + by)]));
  };
  return (
    <MenuAt at={at} label={t("report:column.menu", { column: labelOf(field, t) })} onClose={onClose}>
      <Menu.Item data-autofocus leftSection={<IconArrowUp size={16} aria-hidden />} onClick={() => onChange(sortedBy(definition, offer, name, "asc"))}>
        {t("report:column.sortUp")}
      </Menu.Item>
      <Menu.Item leftSection={<IconArrowDown size={16} aria-hidden />} onClick={() => onChange(sortedBy(definition, offer, name, "desc"))}>
        {t("report:column.sortDown")}
      </Menu.Item>
      <Menu.Item leftSection={<IconSortAscending size={16} aria-hidden />} onClick={() => onChange(alsoSortedBy(definition, offer, name))}>
        {t("report:column.sortAlso")}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item
        leftSection={<IconStack2 size={16} aria-hidden />}
        disabled={!field.makes_groups}
        onClick={() => onChange(groupedBy(definition, [field.type === "timestamp" ? { field: name, bucket: "day" } : { field: name }]))}
      >
        {t("report:column.group")}
      </Menu.Item>
      <Menu.Item leftSection={<IconFilter size={16} aria-hidden />} onClick={() => editFilter(name)}>
        {t("report:column.filter")}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item
        leftSection={isPinned ? <IconPinnedOff size={16} aria-hidden /> : <IconPin size={16} aria-hidden />}
        onClick={() => onPin(name, !isPinned)}
      >
        {isPinned ? t("report:column.unpin") : t("report:column.pinLeft")}
      </Menu.Item>
      <Menu.Item leftSection={<IconArrowLeft size={16} aria-hidden />} disabled={!canMove(-1)} onClick={() => moved(-1)}>
        {t("report:column.moveLeft")}
      </Menu.Item>
      <Menu.Item leftSection={<IconArrowRight size={16} aria-hidden />} disabled={!canMove(1)} onClick={() => moved(1)}>
        {t("report:column.moveRight")}
      </Menu.Item>
      <Menu.Item
        closeMenuOnClick={false}
        leftSection={<IconArrowBarToRight size={16} aria-hidden />}
        onClick={() => onLayout((before) => withWidth(before, name, width + STEP))}
      >
        {t("report:column.wider")}
      </Menu.Item>
      <Menu.Item
        closeMenuOnClick={false}
        leftSection={<IconArrowBarToLeft size={16} aria-hidden />}
        onClick={() => onLayout((before) => withWidth(before, name, width - STEP))}
      >
        {t("report:column.narrower")}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconArrowAutofitWidth size={16} aria-hidden />}
        disabled={layout.widths[name] === undefined}
        onClick={() => onLayout((before) => withWidth(before, name, null))}
      >
        {t("report:column.resetWidth")}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item
        leftSection={<IconColumnRemove size={16} aria-hidden />}
        disabled={columns.length === 1}
        onClick={() => onChange(withColumns(definition, columnsOf(definition, offer).filter((column) => column !== name)))}
      >
        {t("report:column.hide")}
      </Menu.Item>
    </MenuAt>
  );
}
