/** The values of a new filter, entered in the way that suits its field and operator. */
import { type KeyboardEvent, useId } from "react";
import type { Field, Operator } from "../api-types";
import { type Entry, choices, entryKind, withText } from "../filter-entry";

interface Props {
  field: Field;
  op: Operator;
  entry: Entry;
  suggestions: readonly string[];
  problem: string | null;
  onChange: (entry: Entry) => void;
}

export function ValuesInput(props: Props) {
  const { field, op, problem } = props;
  const id = useId();
  const kind = entryKind(field, op);
  if (kind === "none") return null;
  return (
    <div className="values">
      {kind === "choice" && <Choice {...props} />}
      {kind === "texts" && <Texts {...props} hint={id} />}
      {kind === "moment" && <Single {...props} hint={id} label="Date and time" type="datetime-local" />}
      {kind === "duration" && <Single {...props} hint={id} label="Duration (h:mm:ss)" type="text" />}
      {kind === "number" && <Single {...props} hint={id} label="Value" type="text" />}
      {problem !== null && (
        <p className="wrong" id={id} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function Choice({ field, entry, onChange }: Props) {
  const toggled = (value: string, on: boolean): void => {
    const others = entry.values.filter((other) => other !== value);
    onChange({ ...entry, values: on ? [...others, value] : others });
  };
  return (
    <fieldset className="choice">
      <legend>Values</legend>
      {choices(field).map(([value, words]) => (
        <label key={value} className="check">
          <input type="checkbox" checked={entry.values.includes(value)} onChange={(event) => toggled(value, event.target.checked)} />
          {words}
        </label>
      ))}
    </fieldset>
  );
}

type HintedProps = Props & { hint: string };

function Single({ entry, problem, onChange, hint, label, type }: HintedProps & { label: string; type: "text" | "datetime-local" }) {
  return (
    <label className="field">
      {label}
      <input
        type={type}
        step={type === "text" ? undefined : 1}
        value={entry.text}
        aria-invalid={problem !== null}
        aria-describedby={hint}
        onChange={(event) => onChange({ ...entry, text: event.target.value })}
      />
    </label>
  );
}

function Texts({ field, op, entry, suggestions, problem, onChange, hint }: HintedProps) {
  const list = useId();
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter takes the text as a value; with nothing entered it submits the form.
    if (event.key !== "Enter" || entry.text.trim() === "") return;
    event.preventDefault();
    onChange(withText(entry));
  };
  return (
    <>
      <label className="field">
        Values
        <input
          type="text"
          list={list}
          value={entry.text}
          placeholder={placeholder(field, op)}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={problem !== null}
          aria-describedby={hint}
          onChange={(event) => onChange({ ...entry, text: event.target.value })}
          onKeyDown={onKeyDown}
        />
      </label>
      <datalist id={list}>
        {suggestions.map((text) => (
          <option key={text} value={text}>
            {text}
          </option>
        ))}
      </datalist>
      <p className="hint">Press Enter to add several.</p>
      {entry.values.length > 0 && (
        <ul aria-label="Values so far">
          {entry.values.map((value) => (
            <li key={value} className="chip">
              <span>{value}</span>
              <button
                type="button"
                aria-label={`Remove value: ${value}`}
                onClick={() => onChange({ ...entry, values: entry.values.filter((other) => other !== value) })}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function placeholder(field: Field, op: Operator): string | undefined {
  if (op === "cidr") return "203.0.113.0/24";
  return op === "under" && field.name === "hierarchy" ? "EMEA / Stockholm" : undefined;
}
