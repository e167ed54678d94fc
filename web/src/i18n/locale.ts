/**
 * The locale in which dates and numbers are written: in the language that the page speaks, with the customs of the reader's
 * region. Most browsers tell it by the language that comes first, and have English below it whoever reads.
 */

/** The language of a tag: `en` of `en-GB`. */
export function languageOf(tag: string): string {
  return tag.split("-")[0]?.toLowerCase() ?? tag;
}

/** The locale for a reader who prefers these languages, such as `en-DE` for words in English and `de`. */
export function localeFor(language: string, preferred: readonly string[]): string {
  const [first] = preferred;
  if (first === undefined) return language;
  if (languageOf(first) === language) return first;
  const own = inRegionOf(first, language);
  if (own !== null) return own;
  return preferred.find((tag) => languageOf(tag) === language) ?? international(language, first);
}

/** A language with the customs of the region that another locale is of; null if nothing is known of the two together. */
function inRegionOf(tag: string, language: string): string | null {
  try {
    const { region } = new Intl.Locale(tag).maximize();
    if (region === undefined) return null;
    const wanted = `${language}-${region}`;
    // What isn't known is taken for the language at its home.
    return new Intl.DateTimeFormat(wanted).resolvedOptions().locale === wanted ? wanted : null;
  } catch {
    return null;
  }
}

/** A language as it is written anywhere, with the hours as the reader counts them. */
function international(language: string, reader: string): string {
  // Only English is customary in many regions, in ways that differ.
  if (language !== "en") return language;
  try {
    const { hourCycle } = new Intl.DateTimeFormat(reader, { hour: "numeric" }).resolvedOptions();
    return hourCycle === undefined ? "en-001" : `en-001-u-hc-${hourCycle}`;
  } catch {
    return "en-001";
  }
}
