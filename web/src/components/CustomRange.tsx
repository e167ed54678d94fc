/** The form for a range's own bounds. */
import { type SubmitEvent, useState } from "react";
import type { Range } from "../api-types";
import { type Bound, fromBound } from "../bounds";

interface Props {
  initial: { from: Bound; to: Bound };
  onApply: (range: Range) => void;
}

export function CustomRange({ initial, onApply }: Props) {
  const [from, setFrom] = useState(initial.from);
  const [to, setTo] = useState(initial.to);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const [lower, upper] = [fromBound(from), fromBound(to)];
    onApply({ ...(lower === undefined ? {} : { from: lower }), ...(upper === undefined ? {} : { to: upper }) });
  };
  const nothing = from.date === "" && to.date === "";
  return (
    <form className="custom-range" aria-label="Custom range" onSubmit={submit}>
      <BoundFields name="From" bound={from} onChange={setFrom} />
      <BoundFields name="To" note={to.date !== "" && to.time === "" ? "this day included" : undefined} bound={to} onChange={setTo} />
      <button type="submit" disabled={nothing}>
        Apply
      </button>
    </form>
  );
}

interface BoundProps {
  name: string;
  /** What a bound without a time means. */
  note?: string | undefined;
  bound: Bound;
  onChange: (bound: Bound) => void;
}

function BoundFields({ name, note, bound, onChange }: BoundProps) {
  return (
    <fieldset className="bound">
      <legend>{note === undefined ? name : `${name}, ${note}`}</legend>
      <input
        type="date"
        aria-label={`${name} date`}
        value={bound.date}
        max="9999-12-30"
        required={bound.time !== ""}
        onChange={(event) => onChange({ ...bound, date: event.target.value })}
      />
      <input
        type="time"
        aria-label={`${name} time`}
        step={bound.time.length > 5 ? 1 : 60}
        value={bound.time}
        onChange={(event) => onChange({ ...bound, time: event.target.value })}
      />
    </fieldset>
  );
}
