/** What the drawer of the page shows, as the address says it: a profile by its id, a new one, or a copy of one. */
export const NEW = "new";
const COPY = "copy:";

export function copyOf(id: string): string {
  return COPY + id;
}

/** Which profile is copied; null if none. */
export function copied(opened: string): string | null {
  return opened.startsWith(COPY) ? opened.slice(COPY.length) : null;
}
