/**
 * Which dialogs are open, the topmost last. Escape is for that one alone; and the focus goes back to where a dialog was
 * opened from, or, if that is gone, to the content of the page.
 */
import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";

interface Opened {
  content: RefObject<HTMLElement | null>;
  /** Where it was opened from, and where that was opened from. */
  origins: HTMLElement[];
}

const opened: Opened[] = [];
/** Where closed dialogs were opened from. */
const originsOf = new WeakMap<Element, HTMLElement[]>();
/** What had the focus last: what opens a dialog may be gone when it is there, as an entry of a menu is. */
let lastFocused: HTMLElement | null = null;
document.addEventListener("focusin", ({ target }) => {
  if (target instanceof HTMLElement) lastFocused = target;
});

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
      if (closing !== null) originsOf.set(closing, own.origins);
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

/** What has the focus, or had it; of an entry in a menu also the button of the menu; then where all that was opened from. */
function originsNow(): HTMLElement[] {
  const active = document.activeElement instanceof HTMLElement && document.activeElement !== document.body ? document.activeElement : lastFocused;
  if (active === null) return [];
  const menu = active.closest<HTMLElement>("[role=menu], [role=dialog]");
  const button = menu?.id.endsWith("-dropdown") === true ? document.getElementById(menu.id.replace(/-dropdown$/, "")) : null;
  const inner = button ?? active;
  const around = opened.findLast(({ content }) => content.current?.contains(inner));
  const dialog = inner.closest("[role=dialog]");
  return [active, ...(button === null ? [] : [button]), ...(around?.origins ?? (dialog === null ? undefined : originsOf.get(dialog)) ?? [])];
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
  if (origin === undefined && top != null) return;
  if (origin !== undefined) {
    origin.focus({ preventScroll: true });
    keep(origin, 15);
  } else toContent();
}

const LOOK_AGAIN_MS = 200;

/** What was opened from may vanish shortly after, such as the row of what has been deleted. */
function keep(origin: HTMLElement, times: number): void {
  setTimeout(() => {
    if (document.activeElement === document.body && !origin.isConnected && opened.length === 0) toContent();
    else if (times > 0 && document.activeElement === origin) keep(origin, times - 1);
  }, LOOK_AGAIN_MS);
}

/** To the content of the page, where there is nothing nearer to go to. */
export function toContent(): void {
  document.querySelector<HTMLElement>("#content")?.focus({ preventScroll: true });
}
