/** Permissions as a table of areas and levels, where a level brings those that it includes. */
import type { Schemas } from "../../api/client";

export type Permission = Schemas["PermissionAnswer"];

/** What several areas have, each in a column of its own; what one area alone has stands in the last one. */
export const LEVELS = ["view", "export", "edit", "all"] as const;
export type Level = (typeof LEVELS)[number];

export interface Area {
  name: string;
  /** What stands in each column. */
  levels: Readonly<Record<Level | "other", Permission | undefined>>;
  all: readonly Permission[];
}

/** The areas, in the order in which the server tells them. */
export function areasOf(permissions: readonly Permission[]): Area[] {
  const names = [...new Set(permissions.map(({ area }) => area))];
  return names.map((name) => {
    const all = permissions.filter(({ area }) => area === name);
    const at = (level: string): Permission | undefined => all.find((permission) => permission.level === level);
    const other = all.find(({ level }) => !LEVELS.some((known) => known === level));
    return { name, all, levels: { view: at("view"), export: at("export"), edit: at("edit"), all: at("all"), other } };
  });
}

/** What a permission brings: itself, what it includes, and so on. */
function withIncluded(permissions: readonly Permission[], name: string): string[] {
  const included = permissions.find(({ permission }) => permission === name)?.includes ?? null;
  return [name, ...(included === null ? [] : withIncluded(permissions, included))];
}

/** What is given after one is given too. */
export function giving(permissions: readonly Permission[], given: readonly string[], name: string): string[] {
  return [...new Set([...given, ...withIncluded(permissions, name)])];
}

/** What is given after one is taken away, and with it all that would bring it back. */
export function taking(permissions: readonly Permission[], given: readonly string[], name: string): string[] {
  return given.filter((one) => !withIncluded(permissions, one).includes(name));
}

/** What of an area is given and in nothing else that is: what has to be told of it. */
export function highest(area: Area, given: readonly string[]): Permission[] {
  const had = area.all.filter(({ permission }) => given.includes(permission));
  return had.filter(({ permission }) => !had.some(({ includes }) => includes === permission));
}

/** What gives nothing within parts of the organisation. */
export function idleIn(permissions: readonly Permission[], given: readonly string[]): Permission[] {
  return permissions.filter(({ permission, divisible }) => !divisible && given.includes(permission));
}
