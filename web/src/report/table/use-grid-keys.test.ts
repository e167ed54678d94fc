import { expect, it } from "vitest";
import { target } from "./use-grid-keys";

const GRID = { rows: 1_000, columns: 9, page: 20 };
const key = (name: string, ctrlKey = false) => target({ key: name, ctrlKey }, { row: 10, column: 4 }, GRID);

it.each([
  ["ArrowDown", false, { row: 11, column: 4 }],
  ["ArrowUp", false, { row: 9, column: 4 }],
  ["ArrowLeft", false, { row: 10, column: 3 }],
  ["ArrowRight", false, { row: 10, column: 5 }],
  ["Home", false, { row: 10, column: 0 }],
  ["End", false, { row: 10, column: 8 }],
  ["Home", true, { row: -1, column: 0 }],
  ["End", true, { row: 999, column: 8 }],
  ["PageDown", false, { row: 30, column: 4 }],
  ["PageUp", false, { row: -10, column: 4 }],
  ["a", false, null],
])("%s (with Ctrl: %s) leads on", (name, ctrlKey, place) => {
  expect(key(name, ctrlKey)).toEqual(place);
});
