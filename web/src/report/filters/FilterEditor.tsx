/** The editor of one filter: how it compares, and with which values. */
import { Button, Group, NativeSelect, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { type Dispatch, type SetStateAction, type SubmitEvent, useState } from "react";
import { boundText, toBound } from "../bounds";
import { type Entry, entryKind, readEntry } from "../filter-entry";
import type { Definition, Field, Filter, Operator } from "../types";
import { labelOf, offeredOperators, operatorWords } from "../vocabulary";
import { useWords } from "../words";
import { BranchPicker } from "./BranchPicker";
import { ValueEntry } from "./ValueEntry";
import { ValuePicker } from "./ValuePicker";

interface Props {
  definition: Definition;
  field: Field;
  filter: Filter | null;
  place: number | null;
  zone: string;
  /** Null takes the filter away. */
  onSet: (filter: Filter | null) => void;
  onCancel: () => void;
}

export function FilterEditor({ definition, field, filter, place, zone, onSet, onCancel }: Props) {
  const { t } = useWords();
  const operators = offeredOperators(field);
  const [op, setOp] = useState<Operator>(filter?.op ?? usualOperator(field, operators));
  const [entry, setEntry] = useState<Entry>(() => entryOf(field, filter, op, zone));
  const [problem, setProblem] = useState<string | null>(null);
  const kind = entryKind(field, op);
  const choose = (next: Operator): void => {
    // What was picked stays where it can be picked too.
    if (entryKind(field, next) !== kind) setEntry({ values: [], text: "" });
    setOp(next);
    setProblem(null);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (isPicked(field, op) && entry.values.length === 0 && entry.text.trim() === "") { onSet(null); return; }
    const read = readEntry(entry, field, op, zone);
    if ("problem" in read) setProblem(t(`report:entry.${read.problem}`));
    else onSet({ field: field.name, op, values: read.values });
  };
  // The other filters decide which values there are.
  const others = { ...definition, filters: definition.filters.filter((_, at) => at !== place) };
  return (
    <Stack component="form" gap="xs" onSubmit={submit}>
      <NativeSelect
        size="xs"
        label={t("report:filter.operatorOf", { field: labelOf(field, t) })}
        value={op}
        onChange={(event) => choose(event.currentTarget.value as Operator)}
        data={operators.map((operator) => ({ value: operator, label: operatorWords(operator, field, t) }))}
      />
      {isPicked(field, op) && <ValuePicker definition={others} field={field} entry={entry} onEntry={setEntry} />}
      {op === "under" && <BranchPicker definition={others} field={field} chosen={entry.values} onChoose={(values) => setEntry({ values, text: "" })} />}
      {!isPicked(field, op) && op !== "under" && <Plain kind={kind} entry={entry} zone={zone} onEntry={setEntry} />}
      {problem !== null && (
        <Text size="xs" c="red" role="alert">
          {problem}
        </Text>
      )}
      <Group justify="flex-end" gap="xs">
        <Button size="compact-sm" variant="default" onClick={onCancel}>
          {t("common:action.cancel")}
        </Button>
        <Button size="compact-sm" type="submit">
          {t("common:action.apply")}
        </Button>
      </Group>
    </Stack>
  );
}

interface PlainProps {
  kind: ReturnType<typeof entryKind>;
  entry: Entry;
  zone: string;
  onEntry: Dispatch<SetStateAction<Entry>>;
}

function Plain({ kind, entry, zone, onEntry }: PlainProps) {
  const { t } = useWords();
  const text = (value: string): void => onEntry({ values: [], text: value });
  switch (kind) {
    case "none":
      return null;
    case "moment":
      return (
        <TextInput
          size="xs"
          type="datetime-local"
          step={1}
          label={t("report:filter.value")}
          description={t("report:range.zoneHint", { zone })}
          value={entry.text}
          onChange={(event) => text(event.currentTarget.value)}
        />
      );
    case "duration":
      return (
        <TextInput
          size="xs"
          label={t("report:filter.value")}
          description={t("report:entry.durationHint")}
          value={entry.text}
          onChange={(event) => text(event.currentTarget.value)}
        />
      );
    case "number":
      return <NumberInput size="xs" label={t("report:filter.value")} allowDecimal={false} value={entry.text} onChange={(value) => text(String(value))} />;
    default:
      return <ValueEntry entry={entry} onEntry={onEntry} />;
  }
}

/** Whether values are picked from those that occur. */
function isPicked(field: Field, op: Operator): boolean {
  return (op === "in" || op === "not_in") && (field.has_facet || field.words !== undefined || field.type === "boolean");
}

function usualOperator(field: Field, operators: readonly Operator[]): Operator {
  if (field.name === "hierarchy" && operators.includes("under")) return "under";
  return operators[0] ?? "in";
}

/** What is entered already, of a filter that is set. */
function entryOf(field: Field, filter: Filter | null, op: Operator, zone: string): Entry {
  if (filter === null) return { values: [], text: "" };
  const [first = ""] = filter.values;
  switch (entryKind(field, op)) {
    case "moment":
      return { values: [], text: boundText(toBound(first, zone)) };
    case "duration":
    case "number":
      return { values: [], text: first };
    default:
      return { values: filter.values, text: "" };
  }
}
