/** The texts of a language one by one, for the tests that compare languages with each other and with the code. */

/** Each text by its path: `report` `range` `title` is `report:range.title`. */
export function leavesOf(areas: object): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (texts: object, path: string, separator: string): void => {
    for (const [name, text] of Object.entries(texts) as [string, string | object][]) {
      if (typeof text === "string") found.set(`${path}${name}`, text);
      else walk(text, `${path}${name}${separator}`, ".");
    }
  };
  walk(areas, "", ":");
  return found;
}

/** A path without the plural at its end: what the code asks for. */
export function withoutPlural(path: string): string {
  return path.replace(/_(zero|one|two|few|many|other)$/, "");
}
