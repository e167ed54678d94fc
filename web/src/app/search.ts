/**
 * The part of an address behind its `?`: names with their texts, which may come several times.
 *
 * All of it stands behind the `#`: a browser doesn't send that, so names of people in filters get into no log on the way.
 * Texts are escaped as little as can be, so that people can read an address.
 */
export type Search = Record<string, string | string[]>;

export function parseSearch(text: string): Search {
  const search: Record<string, string | string[]> = {};
  for (const part of text.replace(/^\?/, "").split("&")) {
    if (part === "") continue;
    const at = part.indexOf("=");
    const [name, value] = at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    const before = search[name];
    search[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return search;
}

export function stringifySearch(search: Record<string, unknown>): string {
  const parts = Object.entries(search).flatMap(([name, value]) => {
    const texts: unknown[] = Array.isArray(value) ? value : [value];
    return texts.filter((text) => typeof text === "string").map((text) => `${name}=${text}`);
  });
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}
