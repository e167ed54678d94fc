/** All fields of a row, with what each means. */
import { Group, Switch, Table, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { shownZone } from "../definition";
import { type Column, type Definition, type KindOffer, plainText, type Row } from "../types";
import { labelOf, valueText, whyMissing } from "../vocabulary";
import { useWords } from "../words";
import { parsed } from "./Difference";
import classes from "./Drawer.module.css";

interface Props {
  row: Row;
  definition: Definition;
  offer: KindOffer;
}

export function Fields({ row, definition, offer }: Props) {
  const { t } = useWords();
  const [hidesEmpty, setHidesEmpty] = useLocalStorage({ key: "rollcall.drawer.hides-empty", defaultValue: true });
  const columns = offer.columns.filter(({ name }) => !hidesEmpty || row[name] != null);
  return (
    <>
      <Group justify="flex-end" mb={4}>
        <Switch size="xs" label={t("report:drawer.hideEmpty")} checked={hidesEmpty} onChange={(event) => setHidesEmpty(event.currentTarget.checked)} />
      </Group>
      <Table verticalSpacing={4} aria-label={t("report:drawer.fields")} className={classes.fields}>
        <Table.Tbody>
          {columns.map((column) => (
            <Table.Tr key={column.name}>
              <Table.Th scope="row" title={column.meaning}>
                {labelOf(column, t)}
              </Table.Th>
              <Table.Td>
                <FieldValue row={row} column={column} zone={shownZone(definition, offer)} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

function FieldValue({ row, column, zone }: { row: Row; column: Column; zone: string }) {
  const { t, format } = useWords();
  const value = row[column.name];
  if (value === null || value === undefined) {
    return (
      <Text span size="sm" c="dimmed">
        – {whyMissing(column, row, t)}
      </Text>
    );
  }
  const structure = column.name === "details" ? parsed(value) : value;
  if (typeof structure === "object") return <pre className={classes.map}>{JSON.stringify(structure, null, 2)}</pre>;
  const text = valueText(value, column, zone, format, t) ?? "";
  if (column.type === "timestamp") {
    return (
      <time dateTime={plainText(value)} title={plainText(value)}>
        {text}
      </time>
    );
  }
  return <span className={column.type === "uuid" ? classes.id : undefined}>{text}</span>;
}
