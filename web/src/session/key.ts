/**
 * The API key of this tab: kept in the tab's session storage and nowhere else, gone when the tab is closed.
 *
 * A key in the address (`#key=…`, as `rollcall serve --demo` prints it) is taken out at once, so that it
 * stays neither in the address bar nor in the history.
 */
import { withoutKey } from "../report/address";

const ITEM = "rollcall.key";
const listeners = new Set<() => void>();

export function currentKey(): string | null {
  return sessionStorage.getItem(ITEM);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(ITEM, key);
  for (const listener of listeners) listener();
}

export function forgetKey(): void {
  sessionStorage.removeItem(ITEM);
  for (const listener of listeners) listener();
}

/** Calls `listener` whenever the key changes; the answer ends that. */
export function onKeyChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes a key out of the address now, and whenever one turns up there. */
export function watchAddressForKeys(): void {
  takeKeyFromAddress();
  window.addEventListener("hashchange", takeKeyFromAddress);
}

function takeKeyFromAddress(): void {
  const { key, rest } = withoutKey(window.location.hash.slice(1));
  if (key === null) return;
  const { pathname, search } = window.location;
  window.history.replaceState(null, "", pathname + search + (rest === "" ? "" : `#${rest}`));
  keepKey(key);
}
