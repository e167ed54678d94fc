/**
 * The view that the page shows, kept in its address: a copied address gives the same view, and the
 * browser's Back gives the view before.
 */
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { Definition, KindOffer } from "./api-types";
import { DamagedAddress, fromFragment, toFragment } from "./address";
import { browserZone } from "./clock";
import { completed } from "./definition";

export type View = { definition: Definition } | { damaged: string };

/** The view of the page's address, and how to go to another one. */
export function useView(offers: readonly KindOffer[]): [View, (definition: Definition) => void] {
  const fragment = useSyncExternalStore(onFragmentChange, currentFragment);
  const view = useMemo(() => viewOf(fragment, offers), [fragment, offers]);
  useEffect(() => {
    // What was left out is written down, so that the address means the same in another zone. Somebody may
    // have gone on to another view before this runs; that one is left alone.
    if ("definition" in view && currentFragment() === fragment) replaceFragment(toFragment(view.definition));
  }, [view, fragment]);
  return [view, goTo];
}

function viewOf(fragment: string, offers: readonly KindOffer[]): View {
  try {
    return { definition: completed(fromFragment(fragment), offers, browserZone()) };
  } catch (error) {
    if (error instanceof DamagedAddress) return { damaged: error.message };
    throw error;
  }
}

const listeners = new Set<() => void>();

/** Goes to a view at once: controls would jump back for a moment if they had to wait for the browser's event. */
function goTo(definition: Definition): void {
  window.history.pushState(null, "", `#${toFragment(definition)}`);
  for (const listener of listeners) listener();
}

function currentFragment(): string {
  return window.location.hash.slice(1);
}

function replaceFragment(fragment: string): void {
  if (fragment !== currentFragment()) window.history.replaceState(null, "", `#${fragment}`);
}

/** The fragment changes by `goTo`; and by links, by Back and by hand, which the browser tells. */
function onFragmentChange(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("hashchange", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("hashchange", listener);
  };
}
