/**
 * What has been entered and not been saved: whoever leaves it is asked before it is lost. Knows which forms there are; asks
 * nothing itself.
 *
 * Cross, Escape, a click outside and the way to another page may be taken by mistake, and ask. The Cancel of a form says that
 * what was entered is given up: it just closes.
 */
import { createContext, useCallback, useContext, useEffect, useRef } from "react";

/** A form that holds something. */
export interface Held {
  /** Whether it stands in the page itself, not in a dialog: then another tab of the page leaves it too. */
  isInPage: boolean;
}

const everywhere = new Set<Held>();

/** The forms of a dialog that hold something. */
export const HeldByDialog = createContext<Set<Held> | null>(null);

/** Says whether a form holds something that isn't saved. What it gives forgets that at once, for a form that is left when it is saved. */
export function useUnsaved(isUnsaved: boolean): () => void {
  const dialog = useContext(HeldByDialog);
  const own = useRef<Held | null>(null);
  const forget = useCallback(() => {
    if (own.current === null) return;
    everywhere.delete(own.current);
    dialog?.delete(own.current);
    own.current = null;
  }, [dialog]);
  useEffect(() => {
    if (!isUnsaved) return undefined;
    own.current = { isInPage: dialog === null };
    everywhere.add(own.current);
    dialog?.add(own.current);
    return forget;
  }, [isUnsaved, dialog, forget]);
  return forget;
}

interface Place {
  pathname: string;
  search: unknown;
}

/** Whether something is lost by going from one address to another. */
export function loses({ current, next, action }: { current: Place; next: Place; action: string }): boolean {
  if (everywhere.size === 0) return false;
  // Steps of the browser close what the address has opened; the page itself does so only when it means to.
  if (current.pathname !== next.pathname || (action !== "PUSH" && action !== "REPLACE")) return true;
  return tabOf(current) !== tabOf(next) && [...everywhere].some(({ isInPage }) => isInPage);
}

export function isAnythingUnsaved(): boolean {
  return everywhere.size > 0;
}

function tabOf({ search }: Place): unknown {
  return typeof search === "object" && search !== null && "tab" in search ? search.tab : undefined;
}
