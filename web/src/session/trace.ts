/**
 * Whether this browser may hold a session: scripts can't read its cookie, and a question that is known to be refused is not
 * asked. Says that there is or was one, or none, and nothing of whose; of each installation by itself, as addresses of one host
 * share what is kept. Where nothing is known it is asked.
 */
import { BASE } from "../api/client";

const ITEM = `rollcall.session ${BASE}`;
const NONE = "none";

export function noteSession(): void {
  localStorage.setItem(ITEM, "maybe");
}

export function noteNoSession(): void {
  localStorage.setItem(ITEM, NONE);
}

export function mayHaveSession(): boolean {
  return localStorage.getItem(ITEM) !== NONE;
}
