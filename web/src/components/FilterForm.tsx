/** The form for a new filter: field, operator, values. */
import { type SubmitEvent, useState } from "react";
import type { Field, Filter, KindOffer, Operator, Row } from "../api-types";
import { type Entry, NO_ENTRY, entryKind, readEntry } from "../filter-entry";
import { offeredOperators, operatorWords } from "../vocabulary";
import { ValuesInput } from "./ValuesInput";

interface Props {
  offer: KindOffer;
  rows: readonly Row[];
  zone: string;
  onAdd: (filter: Filter) => void;
  onCancel: () => void;
}

export function FilterForm({ offer, rows, zone, onAdd, onCancel }: Props) {
  const [first, others] = fieldsOf(offer);
  const [name, setName] = useState((first[0] ?? others[0])?.name ?? "");
  const field = offer.columns.find((column) => column.name === name);
  const operators = field === undefined ? [] : offeredOperators(field);
  const [wanted, setWanted] = useState<Operator | null>(null);
  const op = operators.find((operator) => operator === wanted) ?? operators[0];
  const [entry, setEntry] = useState<Entry>(NO_ENTRY);
  const [problem, setProblem] = useState<string | null>(null);
  if (field === undefined || op === undefined) return null;

  const restart = (): void => {
    setEntry(NO_ENTRY);
    setProblem(null);
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const read = readEntry(entry, field, op, zone);
    if ("problem" in read) setProblem(read.problem);
    else onAdd({ field: field.name, op, values: read.values });
  };
  return (
    <form className="filter-form" aria-label="New filter" onSubmit={submit}>
      <label className="field">
        Field
        <select
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            restart();
          }}
          autoFocus
        >
          <Options label="Common" fields={first} />
          <Options label="All others" fields={others} />
        </select>
      </label>
      <label className="field">
        Operator
        <select
          value={op}
          onChange={(event) => {
            setWanted(event.target.value as Operator);
            restart();
          }}
        >
          {operators.map((operator) => (
            <option key={operator} value={operator}>
              {operatorWords(operator, field)}
            </option>
          ))}
        </select>
      </label>
      <ValuesInput
        key={`${name} ${entryKind(field, op)}`}
        field={field}
        op={op}
        entry={entry}
        suggestions={valuesIn(rows, field)}
        problem={problem}
        onChange={setEntry}
      />
      <div className="actions">
        <button type="submit" className="primary">
          Apply filter
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function Options({ label, fields }: { label: string; fields: readonly Field[] }) {
  return (
    <optgroup label={label}>
      {fields.map((field) => (
        <option key={field.name} value={field.name}>
          {field.label}
        </option>
      ))}
    </optgroup>
  );
}

/** The fields that are offered first, in their order, and the others. */
function fieldsOf(offer: KindOffer): [Field[], Field[]] {
  const first = offer.filters.flatMap((name) => offer.columns.filter((column) => column.name === name));
  return [first, offer.columns.filter((column) => !offer.filters.includes(column.name))];
}

const MOST_SUGGESTIONS = 200;

/** The texts that a field has in the rows in sight. */
function valuesIn(rows: readonly Row[], field: Field): string[] {
  if (field.type !== "text") return [];
  const texts = new Set<string>();
  for (const row of rows) {
    const value = row[field.name];
    if (typeof value === "string") texts.add(value);
  }
  return [...texts].toSorted((a, b) => a.localeCompare(b)).slice(0, MOST_SUGGESTIONS);
}
