/** Where somebody is in the page: what has the focus, and how far things are scrolled. */
import { toContent } from "../ui/dialogs";

/** Remembers it; what is given back goes there again, as far as it is still there. */
export function presentPlace(): () => void {
  const focused = document.activeElement;
  const [left, top] = [window.scrollX, window.scrollY];
  const scrolled = [...document.body.querySelectorAll("*")]
    .filter(({ scrollTop, scrollLeft }) => scrollTop !== 0 || scrollLeft !== 0)
    .map((element) => ({ element, top: element.scrollTop, left: element.scrollLeft }));
  return () => {
    for (const { element, ...to } of scrolled) element.scrollTo({ ...to, behavior: "instant" });
    window.scrollTo({ left, top, behavior: "instant" });
    const isThere = focused instanceof HTMLElement && focused !== document.body && focused.isConnected;
    if (isThere) focused.focus({ preventScroll: true });
    // What had it may have been a button that was at work; a dialog takes it by itself.
    else if (document.activeElement === document.body) toContent();
  };
}
