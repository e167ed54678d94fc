/** The range: one of the presets, or bounds of one's own. */
import { useState } from "react";
import type { Answer, Range } from "../api-types";
import { OPEN, boundsOf, toBound } from "../bounds";
import { presetWords } from "../vocabulary";
import { CustomRange } from "./CustomRange";

interface Props {
  range: Range;
  /** The presets that are offered first. */
  presets: readonly string[];
  zone: string;
  /** What the range meant in the last answer. */
  resolved: Answer["range"] | undefined;
  onChange: (range: Range) => void;
}

const CUSTOM = "custom";

export function RangeControl({ range, presets, zone, resolved, onChange }: Props) {
  const preset = "preset" in range ? range.preset : CUSTOM;
  // Choosing "Custom…" asks for bounds first; the range itself changes when they are applied.
  const [entering, setEntering] = useState(false);
  const chosen = entering ? CUSTOM : preset;
  const offered = preset === CUSTOM || presets.includes(preset) ? presets : [...presets, preset];
  const choose = (word: string): void => {
    setEntering(word === CUSTOM);
    if (word !== CUSTOM) onChange({ preset: word });
  };
  const apply = (bounds: Range): void => {
    setEntering(false);
    onChange(bounds);
  };
  return (
    <>
      <label className="field">
        Range
        <select value={chosen} onChange={(event) => choose(event.target.value)}>
          {offered.map((word) => (
            <option key={word} value={word}>
              {presetWords(word)}
            </option>
          ))}
          <option value={CUSTOM}>Custom…</option>
        </select>
      </label>
      {chosen === CUSTOM && <CustomRange key={JSON.stringify(range)} initial={initialBounds(range, zone, resolved)} onApply={apply} />}
    </>
  );
}

function initialBounds(range: Range, zone: string, resolved: Answer["range"] | undefined) {
  if (!("preset" in range)) return { from: toBound(range.from, zone), to: toBound(range.to, zone) };
  return resolved === undefined ? { from: OPEN, to: OPEN } : boundsOf(resolved, zone);
}
