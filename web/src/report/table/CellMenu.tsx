/** What can be done with a value of a row. */
import { Menu } from "@mantine/core";
import { IconCopy, IconFilter, IconFilterOff, IconLayoutSidebarRightExpand, IconStack2 } from "@tabler/icons-react";
import { filteredBy, groupedBy, shownZone } from "../definition";
import type { Definition, Field, Filter, KindOffer, Row } from "../types";
import { labelOf, valueText } from "../vocabulary";
import { useWords } from "../words";
import { MenuAt } from "./MenuAt";

export interface CellMenuAt {
  field: Field;
  row: Row;
  index: number;
  x: number;
  y: number;
}

interface Props {
  at: CellMenuAt | null;
  definition: Definition;
  offer: KindOffer;
  onChange: (definition: Definition) => void;
  onOpen: (row: Row, index: number) => void;
  onClose: () => void;
}

const LONGEST = 40;

export function CellMenu({ at, definition, offer, onChange, onOpen, onClose }: Props) {
  const { t, format } = useWords();
  if (at === null) return null;
  const { field, row, index } = at;
  const value = row[field.name] ?? null;
  const text = valueText(value, field, shownZone(definition, offer), format, t);
  const isCompared = field.operators.includes("in") && value !== null && typeof value !== "object";
  const isDateless = field.type !== "timestamp" && field.type !== "seconds";
  const filter = (op: Filter["op"], values: string[]): void => onChange(filteredBy(definition, { field: field.name, op, values }));
  const short = text !== null && text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return (
    <MenuAt at={at} label={t("report:cell.menu")} onClose={onClose}>
      <Menu.Item data-autofocus leftSection={<IconLayoutSidebarRightExpand size={16} aria-hidden />} onClick={() => onOpen(row, index)}>
        {t("report:cell.open")}
      </Menu.Item>
      <Menu.Divider />
      {isCompared && isDateless && (
        <>
          <Menu.Item leftSection={<IconFilter size={16} aria-hidden />} onClick={() => filter("in", [String(value)])}>
            {t("report:cell.filterIn", { value: short ?? "" })}
          </Menu.Item>
          <Menu.Item leftSection={<IconFilterOff size={16} aria-hidden />} onClick={() => filter("not_in", [String(value)])}>
            {t("report:cell.filterOut", { value: short ?? "" })}
          </Menu.Item>
        </>
      )}
      {value === null && field.operators.includes("is_null") && (
        <Menu.Item leftSection={<IconFilter size={16} aria-hidden />} onClick={() => filter("is_null", [])}>
          {t("report:cell.filterMissing", { column: labelOf(field, t) })}
        </Menu.Item>
      )}
      {field.makes_groups && (
        <Menu.Item
          leftSection={<IconStack2 size={16} aria-hidden />}
          onClick={() => onChange(groupedBy(definition, [field.type === "timestamp" ? { field: field.name, bucket: "day" } : { field: field.name }]))}
        >
          {t("report:cell.group", { column: labelOf(field, t) })}
        </Menu.Item>
      )}
      {text !== null && (
        <Menu.Item leftSection={<IconCopy size={16} aria-hidden />} onClick={() => void navigator.clipboard.writeText(text)}>
          {t("report:cell.copy")}
        </Menu.Item>
      )}
    </MenuAt>
  );
}
