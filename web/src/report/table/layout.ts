/** How wide columns are, which are pinned and which one looks at usually: remembered in this browser, for each kind of report. */
import { useLocalStorage } from "@mantine/hooks";
import type { Field, ReportKind } from "../types";

export interface Layout {
  /** Widths in pixels, of columns whose width was changed. */
  widths: Readonly<Record<string, number>>;
  /** Columns that stay at the left. */
  pinned: readonly string[];
  /** The columns that were chosen last. */
  columns?: readonly string[];
}

const USUAL: Layout = { widths: {}, pinned: [] };

export const MIN_WIDTH = 64;
export const MAX_WIDTH = 960;

export function useLayout(kind: ReportKind): [Layout, (change: (before: Layout) => Layout) => void] {
  const [layout, setLayout] = useLocalStorage<Layout>({
    key: `rollcall.columns.${kind}`,
    defaultValue: USUAL,
    getInitialValueInEffect: false,
    deserialize: readLayout,
  });
  return [layout, setLayout];
}

/** What was remembered; the usual where it can't be read. */
export function readLayout(text: string | undefined): Layout {
  try {
    const read: unknown = JSON.parse(text ?? "");
    if (typeof read !== "object" || read === null) return USUAL;
    const { widths, pinned, columns } = read as Partial<Record<keyof Layout, unknown>>;
    const texts = (list: unknown): string[] | undefined =>
      Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
    const numbers = typeof widths === "object" && widths !== null ? Object.entries(widths).filter(([, width]) => typeof width === "number") : [];
    const chosen = texts(columns);
    return {
      widths: Object.fromEntries(numbers),
      pinned: texts(pinned) ?? [],
      ...(chosen === undefined || chosen.length === 0 ? {} : { columns: chosen }),
    };
  } catch {
    return USUAL;
  }
}

/** The width of a column that nobody has changed: by what it holds. */
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
      return 296;
    case "map":
      return 320;
    default:
      return WIDE.includes(field.name) ? 260 : NARROW.includes(field.name) ? 120 : 164;
  }
}

const WIDE = ["summary", "comments", "hierarchy", "user_agent", "instance", "failure_reason"];
const NARROW = ["outcome", "channel", "source", "category", "effect", "employee_id", "failure_code"];

export function withWidth(layout: Layout, column: string, width: number | null): Layout {
  const { [column]: _, ...others } = layout.widths;
  const bounded = width === null ? null : Math.round(Math.min(Math.max(width, MIN_WIDTH), MAX_WIDTH));
  return { ...layout, widths: bounded === null ? others : { ...others, [column]: bounded } };
}

export function withPinned(layout: Layout, column: string, isPinned: boolean): Layout {
  const others = layout.pinned.filter((name) => name !== column);
  return { ...layout, pinned: isPinned ? [...others, column] : others };
}

/** Columns in the order in which they are shown: those that are pinned first. */
export function shownOrder(columns: readonly string[], pinned: readonly string[]): string[] {
  const isPinned = (name: string): boolean => pinned.includes(name);
  return [...columns.filter(isPinned), ...columns.filter((name) => !isPinned(name))];
}
