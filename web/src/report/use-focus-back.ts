/** Where the focus goes once what was opened is closed. */
import { useEffect, useRef } from "react";

/**
 * Gives the focus back to where it was when something was opened, once it is closed again: by its button, by keys or by the
 * browser's Back. Where that is gone, or it was open from the beginning, the focus goes `otherwise`. Gives what remembers the
 * place, to be called before something is opened.
 */
export function useFocusBack(isOpen: boolean, otherwise: () => void): () => void {
  const place = useRef<Element | null>(null);
  const wasOpen = useRef(isOpen);
  const fallback = useRef(otherwise);
  useEffect(() => {
    fallback.current = otherwise;
  });
  useEffect(() => {
    if (wasOpen.current && !isOpen) {
      const element = place.current;
      if (element instanceof HTMLElement && element.isConnected && element !== document.body) element.focus({ preventScroll: true });
      else fallback.current();
    }
    wasOpen.current = isOpen;
  }, [isOpen]);
  return () => {
    place.current = document.activeElement;
  };
}
