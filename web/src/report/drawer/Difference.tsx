/** What an event changed: before and after beside each other, member by member. */
import { Table, Text } from "@mantine/core";
import type { Row } from "../types";
import { useWords } from "../words";
import classes from "./Drawer.module.css";

export type Change = "added" | "removed" | "changed" | "same";

export interface Line {
  /** Names of members from the outside to the inside, with dots between. */
  path: string;
  before: unknown;
  after: unknown;
  change: Change;
}

interface Sides {
  before: unknown;
  after: unknown;
}

export function hasDifference(row: Row): boolean {
  return sidesOf(row) !== null;
}

/** What stood there before and after, if the event's details say it. */
function sidesOf(row: Row): Sides | null {
  const details = parsed(row.details);
  if (typeof details !== "object" || details === null) return null;
  const { before, after } = details as { before?: unknown; after?: unknown };
  return before === undefined && after === undefined ? null : { before: parsed(before), after: parsed(after) };
}

/** Details are texts; what is JSON in them is told as such. */
export function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

export function Difference({ row }: { row: Row }) {
  const { t } = useWords();
  const sides = sidesOf(row);
  if (sides === null) return <Text size="sm">{t("report:drawer.noChanges")}</Text>;
  const lines = differences(sides.before, sides.after);
  return (
    <Table verticalSpacing={4} aria-label={t("report:drawer.changes")} className={classes.difference}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t("common:word.name")}</Table.Th>
          <Table.Th scope="col">{t("report:drawer.before")}</Table.Th>
          <Table.Th scope="col">{t("report:drawer.after")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map(({ path, before, after, change }) => (
          <Table.Tr key={path} data-change={change}>
            <Table.Th scope="row">
              {path}
              {change !== "same" && (
                <Text span size="xs" c="dimmed" ml={6}>
                  {t(`report:drawer.${change}`)}
                </Text>
              )}
            </Table.Th>
            <Table.Td>
              <Side value={before} isGone={change === "changed" || change === "removed"} />
            </Table.Td>
            <Table.Td>
              <Side value={after} isNew={change === "changed" || change === "added"} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Side({ value, isGone = false, isNew = false }: { value: unknown; isGone?: boolean; isNew?: boolean }) {
  if (value === undefined) return <span className={classes.none}>–</span>;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (isGone) return <del>{text}</del>;
  return isNew ? <ins>{text}</ins> : <span>{text}</span>;
}

/** The members of two values, those that differ first, each as it is on either side. */
export function differences(before: unknown, after: unknown): Line[] {
  const [one, other] = [flat(before), flat(after)];
  const paths = [...new Set([...one.keys(), ...other.keys()])];
  const lines = paths.map((path): Line => {
    const [was, is] = [one.get(path), other.get(path)];
    const isSame = JSON.stringify(was) === JSON.stringify(is);
    const change: Change = isSame ? "same" : !one.has(path) ? "added" : !other.has(path) ? "removed" : "changed";
    return { path, before: was, after: is, change };
  });
  return [...lines.filter(({ change }) => change !== "same"), ...lines.filter(({ change }) => change === "same")];
}

/** The innermost members of a value. Lists are values: what was added to one is seen best as a whole. */
function flat(value: unknown, path = ""): Map<string, unknown> {
  if (value === undefined || (value === null && path === "")) return new Map();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return new Map([[path, value]]);
  const members = Object.entries(value);
  if (members.length === 0 && path !== "") return new Map([[path, value]]);
  return new Map(members.flatMap(([name, member]) => [...flat(member, path === "" ? name : `${path}.${name}`)]));
}
