/**
 * Whether this browser may hold a session: scripts can't read its cookie, and a question that is known to be refused is not
 * asked. Says that there was one, and nothing of whose.
 */
const ITEM = "rollcall.session";

export function leaveTrace(): void {
  localStorage.setItem(ITEM, "maybe");
}

export function removeTrace(): void {
  localStorage.removeItem(ITEM);
}

export function hasTrace(): boolean {
  return localStorage.getItem(ITEM) !== null;
}
