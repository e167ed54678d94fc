/** Brings what has just appeared into sight, such as an error above where somebody has scrolled to. Given as a `ref`. */
export function intoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}
