/**
 * A list of things that are few enough to be shown at once: found by a text, sorted by a column, opened by row.
 *
 * Reports have a table of their own, which scrolls through as many rows as there are.
 */
import { Box, Group, ScrollArea, Table, Text, TextInput, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconSearch } from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../i18n/use-format";
import { Empty } from "./States";

export interface ListColumn<T> {
  name: string;
  label: string;
  cell: (row: T) => ReactNode;
  /** What it is sorted and found by; columns without it are neither. */
  text?: (row: T) => string | number | null;
  /** Numbers stand at the right. */
  numeric?: boolean;
}

interface Props<T> {
  label: string;
  rows: readonly T[];
  columns: readonly ListColumn<T>[];
  idOf: (row: T) => string;
  /** The name of a row, told to those who hear the page. */
  nameOf: (row: T) => string;
  onOpen?: (row: T) => void;
  actions?: (row: T) => ReactNode;
  /** Beside the search. */
  tools?: ReactNode;
  empty: { what: string; advice?: string; action?: ReactNode };
  sortedBy?: { name: string; down: boolean };
}

export function ListTable<T>({ label, rows, columns, idOf, nameOf, onOpen, actions, tools, empty, sortedBy }: Props<T>) {
  const { t } = useTranslation();
  const format = useFormat();
  const [search, setSearch] = useState("");
  const [order, setOrder] = useState(sortedBy ?? { name: columns[0]?.name ?? "", down: false });
  const shown = useMemo(() => arranged(rows, columns, search, order, format.locale), [rows, columns, search, order, format.locale]);
  if (rows.length === 0) {
    return (
      <Box>
        {tools !== undefined && <Group mb="sm">{tools}</Group>}
        <Empty what={empty.what} advice={empty.advice}>
          {empty.action}
        </Empty>
      </Box>
    );
  }
  const turn = (name: string): void => setOrder({ name, down: order.name === name && !order.down });
  return (
    <Box>
      <Group mb="sm" gap="sm" justify="space-between">
        <Group gap="sm">
          <TextInput
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            placeholder={t("action.search")}
            aria-label={`${t("action.search")}: ${label}`}
            leftSection={<IconSearch size={16} aria-hidden />}
          />
          {tools}
        </Group>
        <Text size="sm" c="dimmed" role="status">
          {t("rows", { count: shown.length, shown: format.number(shown.length) })}
        </Text>
      </Group>
      <ScrollArea className="list" type="auto">
        <Table highlightOnHover verticalSpacing={6} aria-label={label}>
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Table.Th
                  key={column.name}
                  scope="col"
                  className={column.numeric === true ? "numeric" : undefined}
                  aria-sort={order.name === column.name ? (order.down ? "descending" : "ascending") : undefined}
                >
                  {column.text === undefined ? (
                    column.label
                  ) : (
                    <UnstyledButton className="sort-button" onClick={() => turn(column.name)}>
                      {column.label}
                      {order.name === column.name &&
                        (order.down ? <IconArrowDown size={14} aria-hidden /> : <IconArrowUp size={14} aria-hidden />)}
                    </UnstyledButton>
                  )}
                </Table.Th>
              ))}
              {actions !== undefined && (
                <Table.Th scope="col">
                  <VisuallyHidden>{t("action.more")}</VisuallyHidden>
                </Table.Th>
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((row) => (
              <Table.Tr
                key={idOf(row)}
                className={onOpen === undefined ? undefined : "opens"}
                onClick={({ currentTarget }) => {
                  // Where the focus comes back to from what is opened.
                  currentTarget.querySelector<HTMLElement>(".row-button")?.focus({ preventScroll: true });
                  onOpen?.(row);
                }}
              >
                {columns.map((column, at) => (
                  <Table.Td key={column.name} className={column.numeric === true ? "numeric" : undefined}>
                    {at === 0 && onOpen !== undefined ? (
                      <UnstyledButton
                        className="row-button"
                        aria-label={`${t("action.open")}: ${nameOf(row)}`}
                        onClick={(event) => {
                          event.stopPropagation();
                          onOpen(row);
                        }}
                      >
                        <Cell>{column.cell(row)}</Cell>
                      </UnstyledButton>
                    ) : (
                      <Cell>{column.cell(row)}</Cell>
                    )}
                  </Table.Td>
                ))}
                {actions !== undefined && (
                  <Table.Td className="row-actions" onClick={(event) => event.stopPropagation()}>
                    {actions(row)}
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      {shown.length === 0 && <Empty what={t("empty.filtered")} />}
    </Box>
  );
}

/** A text of this many characters may be cut off; all of it is its title. */
const LONG = 40;

function Cell({ children }: { children: ReactNode }) {
  if (typeof children !== "string" || children.length <= LONG) return children;
  return (
    <span className="list-name" title={children}>
      {children}
    </span>
  );
}

/** The rows that a text is found in, in an order. */
function arranged<T>(
  rows: readonly T[],
  columns: readonly ListColumn<T>[],
  search: string,
  order: { name: string; down: boolean },
  locale: string,
): T[] {
  const wanted = search.trim().toLocaleLowerCase(locale);
  const texts = columns.map((column) => column.text).filter((text) => text !== undefined);
  const found = rows.filter((row) => wanted === "" || texts.some((text) => String(text(row) ?? "").toLocaleLowerCase(locale).includes(wanted)));
  const key = columns.find((column) => column.name === order.name)?.text;
  if (key === undefined) return found;
  const collator = new Intl.Collator(locale, { numeric: true });
  const compare = (one: T, other: T): number => {
    const [a, b] = [key(one), key(other)];
    // What is missing comes last in either direction.
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const sign = order.down ? -1 : 1;
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b)));
  };
  return found.sort(compare);
}
