/**
 * Whether the page is still of the server's version. Each version has scripts of other names: a page that was loaded before an
 * update finds those that it fetches later no more.
 */
import { BASE } from "../api/client";

export type Version = "same" | "another" | "unreachable";

/** What browsers say of a script that they could not import, and Vite of a style. */
const MISSING = /dynamically imported module|importing a module script failed|unable to preload/i;

export function isMissingPart(error: unknown): boolean {
  return error instanceof Error && MISSING.test(error.message);
}

/** Compares this page with the one that the server would give now: both name the script that they begin with. */
export async function versionNow(page: ParentNode = document): Promise<Version> {
  const own = page.querySelector("script[type=module][src]")?.getAttribute("src") ?? "";
  try {
    const answer = await fetch(`${BASE}/`, { cache: "no-store", headers: { accept: "text/html" } });
    if (!answer.ok) return "unreachable";
    return (await answer.text()).includes(own) ? "same" : "another";
  } catch {
    return "unreachable";
  }
}
