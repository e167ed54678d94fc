/** Which texts of an axis are shown, so that none lies on another one or is cut off. */

/** A stretch of the axis, in pixels. */
export interface Extent {
  left: number;
  right: number;
}

const GAP = 8;

/** Those that fit within a stretch, from left to right. */
export function fitting(texts: readonly Extent[], within: Extent): boolean[] {
  let taken = within.left;
  return texts.map(({ left, right }) => {
    const fits = left >= taken + GAP && right <= within.right - GAP;
    if (fits) taken = right;
    return fits;
  });
}

/** Hides the others. How wide texts are is known only once they stand there, so this is for an effect of layout. */
export function hideWhatCollides(texts: Iterable<HTMLElement>, within: Extent): void {
  const all = [...texts];
  const shown = fitting(all.map((text) => text.getBoundingClientRect()), within);
  all.forEach((text, at) => text.style.setProperty("visibility", shown[at] === true ? "visible" : "hidden"));
}
