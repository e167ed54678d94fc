/** Something that is done once at a time, however quickly it is asked for again: a state would only tell with the next drawing. */
import { useCallback, useRef } from "react";

export function useOnce(): (act: () => Promise<unknown>) => void {
  const isUnderWay = useRef(false);
  return useCallback((act) => {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    const over = (): void => {
      isUnderWay.current = false;
    };
    act().then(over, over);
  }, []);
}
