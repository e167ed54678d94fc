/** Two changes of the same thing in one: what one side has left alone is as the other side has it. */

export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Their version with one's own changes; where both have changed the same, one's own counts. */
export function merged<T>(before: T, mine: T, theirs: T): T {
  if (isSame(before, mine)) return theirs;
  if (!isPlain(before) || !isPlain(mine) || !isPlain(theirs)) return mine;
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])];
  return Object.fromEntries(names.map((name) => [name, merged(before[name], mine[name], theirs[name])])) as T;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
