/**
 * How wide columns are, and which ones one looked at last, in which order, and pinned: remembered in this browser, for each kind
 * of report. Which are shown and pinned stands in the address too, and holds as it stands there.
 */
import { useLocalStorage } from "@mantine/hooks";
import type { ReportKind } from "../types";

export interface Layout {
  /** Widths in pixels, of columns whose width was changed. */
  widths: Readonly<Record<string, number>>;
  /** The columns that were pinned last. */
  pinned: readonly string[];
  /** The columns that were chosen last. */
  columns?: readonly string[];
}

export const USUAL: Layout = { widths: {}, pinned: [] };

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

export function withWidth(layout: Layout, column: string, width: number | null): Layout {
  const { [column]: _, ...others } = layout.widths;
  const bounded = width === null ? null : Math.round(Math.min(Math.max(width, MIN_WIDTH), MAX_WIDTH));
  return { ...layout, widths: bounded === null ? others : { ...others, [column]: bounded } };
}

export function withPinned(pinned: readonly string[], column: string, isPinned: boolean): string[] {
  const others = pinned.filter((name) => name !== column);
  return isPinned ? [...others, column] : others;
}

/** Columns in the order in which they are shown: those that are pinned first. */
export function shownOrder(columns: readonly string[], pinned: readonly string[]): string[] {
  const isPinned = (name: string): boolean => pinned.includes(name);
  return [...columns.filter(isPinned), ...columns.filter((name) => !isPinned(name))];
}
