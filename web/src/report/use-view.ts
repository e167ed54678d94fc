/**
 * The view that a report page shows, kept in its address: a copied address gives the same view, and the browser's Back
 * gives the view before.
 */
import { useCallback, useEffect, useMemo, useState } from "react";
import { type Search } from "../app/search";
import { browserZone } from "../i18n/clock";
import { DamagedAddress, type Shown, type Stated, fromSearch, toSearch } from "./address";
import { completed } from "./definition";
import type { Definition, KindOffer } from "./types";

export interface View {
  definition: Definition;
  shown: Shown;
}

/** What holds where an address says nothing of it. */
export interface Usual {
  stated: Stated;
  pinned: readonly string[];
}

export interface ViewHandle {
  /** Null where the address can't be read. */
  view: View | null;
  damage: string | null;
  /** Goes to another definition, in the same look. */
  change: (definition: Definition) => void;
  /** Shows the same definition otherwise. Not a step for Back, unless it is said to be. */
  show: (shown: Partial<Shown>, isStep?: boolean) => void;
  /** Goes to another view altogether. */
  goTo: (view: View) => void;
}

/**
 * `go` puts a search into the address. What the address leaves out is `usual`, and written down; unless it `isAsked`, as
 * the address of a view that is still to be chosen says nothing.
 */
export function useView(search: Search, offer: KindOffer, usual: Usual, go: (search: Search, replaces: boolean) => void, isAsked: boolean): ViewHandle {
  const read = useMemo(() => viewOf(search, offer, usual), [search, offer, usual]);
  const damage = "damage" in read ? read.damage : null;
  const definition = useSame("damage" in read ? null : read.definition);
  const shown = useSame("damage" in read ? null : read.shown);
  const view = useMemo(() => (definition === null || shown === null ? null : { definition, shown }), [definition, shown]);
  useEffect(() => {
    // What was left out is written down, so that the address means the same in another zone and to another reader.
    if (view === null || isAsked) return;
    const whole = toSearch(view.definition, view.shown);
    if (JSON.stringify(whole) !== JSON.stringify(search)) go(whole, true);
  }, [view, search, go, isAsked]);
  const goTo = useCallback((next: View) => go(toSearch(next.definition, next.shown), false), [go]);
  const change = useCallback(
    (next: Definition) => {
      if (view !== null) goTo({ definition: next, shown: { ...view.shown, row: null } });
    },
    [view, goTo],
  );
  const show = useCallback(
    (next: Partial<Shown>, isStep = false) => {
      if (view !== null) go(toSearch(view.definition, { ...view.shown, ...next }), !isStep);
    },
    [view, go],
  );
  return { view, damage, change, show, goTo };
}

/** The same object as before while it says the same: a row that is opened asks for no rows anew. */
function useSame<T>(next: T): T {
  const [kept, setKept] = useState(next);
  const isSame = kept === next || JSON.stringify(kept) === JSON.stringify(next);
  if (!isSame) setKept(next);
  return isSame ? kept : next;
}

/** The view that an address means. */
export function viewOf(search: Search, offer: KindOffer, usual: Usual): View | { damage: string } {
  try {
    const { stated, shown } = fromSearch(search);
    // Columns are named by an address that was written down: what it leaves out is not there, such as a filter that was removed.
    const isWhole = search.columns !== undefined;
    const definition = completed(isWhole ? stated : { ...usual.stated, ...stated }, offer, browserZone());
    const wanted = isWhole || search.pinned !== undefined ? shown.pinned : usual.pinned;
    const pinned = wanted.filter((name) => definition.columns?.includes(name) === true);
    return { definition, shown: { ...shown, pinned } };
  } catch (error) {
    if (error instanceof DamagedAddress) return { damage: error.message };
    throw error;
  }
}
