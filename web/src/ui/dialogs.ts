/**
 * Which dialogs are open, the topmost last. Escape is for that one alone; and the focus goes back to where a dialog was
 * opened from, or, if that is gone, to the heading of the page.
 */
import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";

interface Opened {
  content: RefObject<HTMLElement | null>;
  /** Where it was opened from, and where that was opened from. */
  origins: HTMLElement[];
}

const opened: Opened[] = [];

/** Gives what has to be the `ref` of the dialog's content. Without `onEscape` it doesn't close by Escape. */
export function useDialog(isOpen: boolean, onEscape: (() => void) | null): RefObject<HTMLDivElement | null> {
  const content = useRef<HTMLDivElement>(null);
  // Before the dialog takes the focus.
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const own: Opened = { content, origins: originsNow() };
    opened.push(own);
    return () => {
      opened.splice(opened.indexOf(own), 1);
      const closing = own.content.current;
      setTimeout(() => {
        if (!opened.some((one) => one.content === content)) returnFocus(own.origins, closing);
      });
    };
  }, [isOpen]);
  useEffect(() => {
    if (!isOpen) return undefined;
    const press = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.isComposing || opened.at(-1)?.content !== content) return;
      // A list that is open in it closes first.
      if (event.target instanceof Element && event.target.getAttribute("data-mantine-stop-propagation") === "true") return;
      onEscape?.();
    };
    window.addEventListener("keydown", press, { capture: true });
    return () => window.removeEventListener("keydown", press, { capture: true });
  }, [isOpen, onEscape]);
  return content;
}

/** What has the focus now; of an entry in a menu, which will be gone, also the button of the menu. */
function originsNow(): HTMLElement[] {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || active === document.body) return [];
  const menu = active.closest<HTMLElement>("[role=menu], [role=dialog]");
  const button = menu?.id.endsWith("-dropdown") === true ? document.getElementById(menu.id.replace(/-dropdown$/, "")) : null;
  const around = opened.findLast(({ content }) => content.current?.contains(button ?? active));
  return [active, ...(button === null ? [] : [button]), ...(around?.origins ?? [])];
}

function returnFocus(origins: readonly HTMLElement[], closing: HTMLElement | null): void {
  const active = document.activeElement;
  const isLost = active === null || active === document.body || !active.isConnected || closing?.contains(active) === true;
  if (!isLost) return;
  const top = opened.at(-1)?.content.current;
  const isThere = (origin: HTMLElement): boolean =>
    origin.isConnected && origin.closest("[role=menu]") === null && closing?.contains(origin) !== true && (top == null || top.contains(origin));
  const origin = origins.find(isThere);
  // A dialog that is above what is gone keeps the focus by itself.
  if (origin !== undefined) origin.focus({ preventScroll: true });
  else if (top == null) document.querySelector<HTMLElement>("#content h1[tabindex], #content")?.focus({ preventScroll: true });
}
