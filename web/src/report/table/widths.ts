/** How wide columns are that nobody has changed: by what they hold and what they are called, and by the room there is. */
import type { Field } from "../types";

/** The width of a column by what it holds. */
export function usualWidth(field: Pick<Field, "name" | "type">): number {
  switch (field.type) {
    case "timestamp":
      return 212;
    case "seconds":
      return 120;
    case "integer":
    case "boolean":
      return 92;
    case "uuid":
      return 312;
    case "map":
      return 320;
    default:
      return WIDE.includes(field.name) ? 260 : NARROW.includes(field.name) ? 120 : 164;
  }
}

const WIDE = ["summary", "comments", "hierarchy", "user_agent", "instance", "failure_reason"];
const NARROW = ["outcome", "channel", "source", "category", "effect", "employee_id", "failure_code"];

/** What stands in a head besides its name, in `rem`: the edges, the arrow by which it is sorted, and the button of its menu. */
const BESIDE_NAME = 4;

/** The least width of a column whose head is to be read as a whole. */
export function headWidth(label: string): number {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  return Math.ceil(nameWidth(label, rem) + BESIDE_NAME * rem);
}

let pen: CanvasRenderingContext2D | null | undefined;

function nameWidth(label: string, rem: number): number {
  if (pen === undefined) pen = document.createElement("canvas").getContext("2d");
  const size = 0.8125 * rem;
  if (pen === null) return label.length * size * 0.6;
  pen.font = `600 ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(label).width;
}

export interface Wish {
  usual: number;
  /** The width that the reader has given it. */
  chosen: number | undefined;
}

/** Widths of columns side by side: those that nobody has changed share what is left of the room, in proportion. */
export function shared(columns: readonly Wish[], room: number): number[] {
  const free = room - columns.reduce((sum, { usual, chosen }) => sum + (chosen ?? usual), 0);
  const growing = columns.reduce((sum, { usual, chosen }) => sum + (chosen === undefined ? usual : 0), 0);
  const share = free > 0 && growing > 0 ? free / growing : 0;
  return columns.map(({ usual, chosen }) => chosen ?? Math.floor(usual * (1 + share)));
}
