/**
 * The view that a report page shows, kept in its address: a copied address gives the same view, and the browser's Back
 * gives the view before.
 */
import { useCallback, useEffect, useMemo } from "react";
import { type Search } from "../app/search";
import { browserZone } from "../i18n/clock";
import { DamagedAddress, type Shown, type Stated, fromSearch, toSearch } from "./address";
import { completed } from "./definition";
import type { Definition, KindOffer } from "./types";

export interface View {
  definition: Definition;
  shown: Shown;
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
export function useView(search: Search, offer: KindOffer, usual: Stated, go: (search: Search, replaces: boolean) => void, isAsked: boolean): ViewHandle {
  const read = useMemo(() => viewOf(search, offer, usual), [search, offer, usual]);
  const view = "damage" in read ? null : read;
  useEffect(() => {
    // What was left out is written down, so that the address means the same in another zone and to another reader.
    if (view === null || isAsked) return;
    const whole = toSearch(view.definition, view.shown);
    if (JSON.stringify(whole) !== JSON.stringify(search)) go(whole, true);
  }, [view, search, go, isAsked]);
  const goTo = useCallback((next: View) => go(toSearch(next.definition, next.shown), false), [go]);
  const change = useCallback(
    (definition: Definition) => {
      if (view !== null) goTo({ definition, shown: { ...view.shown, row: null } });
    },
    [view, goTo],
  );
  const show = useCallback(
    (shown: Partial<Shown>, isStep = false) => {
      if (view !== null) go(toSearch(view.definition, { ...view.shown, ...shown }), !isStep);
    },
    [view, go],
  );
  return { view, damage: "damage" in read ? read.damage : null, change, show, goTo };
}

function viewOf(search: Search, offer: KindOffer, usual: Stated): View | { damage: string } {
  try {
    const { stated, shown } = fromSearch(search);
    return { definition: completed({ ...usual, ...stated }, offer, browserZone()), shown };
  } catch (error) {
    if (error instanceof DamagedAddress) return { damage: error.message };
    throw error;
  }
}
