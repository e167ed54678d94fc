/**
 * Which rows are in sight, however many there are: TanStack Virtual, with a scale where the rows are higher together than
 * a browser lets a page be.
 */
import { type Virtualizer, elementScroll, observeElementOffset, useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useMemo } from "react";

export const ROW_HEIGHT = 32;
/** Browsers lay nothing out below some 16 to 33 million pixels. */
const MAX_HEIGHT = 12_000_000;

export interface RowWindow {
  virtualizer: Virtualizer<HTMLDivElement, Element>;
  /** The height of what is scrolled. */
  height: number;
  /** Where a row that lies so far down stands in it now. */
  top: (start: number) => number;
}

export function useRowWindow(count: number, scroller: RefObject<HTMLDivElement | null>, header: number): RowWindow {
  const rows = count * ROW_HEIGHT;
  const height = Math.min(rows, MAX_HEIGHT);
  const scaleOf = useMemo(
    () => (viewport: number) => (height < rows ? (rows - viewport) / Math.max(height - viewport, 1) : 1),
    [height, rows],
  );
  const virtualizer = useVirtualizer<HTMLDivElement, Element>({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 16,
    scrollPaddingStart: header,
    observeElementOffset: (instance, told) =>
      observeElementOffset(instance, (offset, isScrolling) => told(offset * scaleOf(viewportOf(instance)), isScrolling)),
    scrollToFn: (offset, options, instance) => elementScroll(offset / scaleOf(viewportOf(instance)), options, instance),
  });
  const top = (start: number): number => {
    if (height === rows) return start;
    const offset = virtualizer.scrollOffset ?? 0;
    return start - offset + offset / scaleOf(viewportOf(virtualizer));
  };
  return { virtualizer, height, top };
}

function viewportOf(virtualizer: Virtualizer<HTMLDivElement, Element>): number {
  return virtualizer.scrollRect?.height ?? 0;
}
