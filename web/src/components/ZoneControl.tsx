/** The time zone: a list that is searched by typing. */
import { type KeyboardEvent, memo, useId, useState } from "react";
import { isKnownZone, zoneNames } from "../clock";

interface Props {
  zone: string;
  onChange: (zone: string) => void;
}

const ZONES = zoneNames();

export function ZoneControl({ zone, onChange }: Props) {
  const [text, setText] = useState(zone);
  const [shown, setShown] = useState(zone);
  const list = useId();
  const hint = useId();
  if (shown !== zone) {
    // The view has changed, by this control or by another way: show its zone.
    setShown(zone);
    setText(zone);
  }
  const wrong = text !== zone && text !== "" && found(text) === null && !beginsSome(text);

  const choose = (name: string | null): void => {
    if (name !== null && name !== zone) onChange(name);
    else if (text.trim() === "") setText(zone);
  };
  const typed = (entered: string): void => {
    setText(entered);
    // Picking from the list types the whole name at once.
    if (ZONES.includes(entered)) choose(entered);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter") choose(found(text));
    if (event.key === "Escape") setText(zone);
  };
  return (
    <div className="field">
      <label className="field">
        Time zone
        <input
          type="text"
          list={list}
          value={text}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={wrong}
          aria-describedby={wrong ? hint : undefined}
          onChange={(event) => typed(event.target.value)}
          onFocus={(event) => event.target.select()}
          onBlur={() => choose(found(text))}
          onKeyDown={onKeyDown}
        />
      </label>
      <ZoneList id={list} />
      {wrong && (
        <span className="wrong" id={hint}>
          No such zone. Type a part of its name, such as a city.
        </span>
      )}
    </div>
  );
}

const ZoneList = memo(function ZoneList({ id }: { id: string }) {
  return (
    <datalist id={id}>
      {ZONES.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </datalist>
  );
});

/** The zone of that name, also one that is not in the list, such as an older name. */
function found(text: string): string | null {
  const name = text.trim();
  const listed = ZONES.find((zone) => zone.toLowerCase() === name.toLowerCase());
  return listed ?? (name.includes("/") && isKnownZone(name) ? name : null);
}

function beginsSome(text: string): boolean {
  const part = text.trim().toLowerCase();
  return ZONES.some((zone) => zone.toLowerCase().includes(part));
}
