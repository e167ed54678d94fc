/** Whether the server told something: what it has not is null, or left out. */
export function isThere<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
