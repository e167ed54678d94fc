/** Every language has all texts, and none that was forgotten to translate. */
import { describe, expect, it } from "vitest";
import { LANGUAGES, type Language } from ".";
import { en } from "./en";
import { ko } from "./ko";
import { leavesOf, withoutPlural } from "./leaves";

const TEXTS: Record<Language, object> = { en, ko };
/** What a text of a language has a letter of; English has nothing to be compared with. */
const SCRIPTS: Record<Exclude<Language, "en">, RegExp> = { ko: /\p{Script=Hangul}/u };
/** Names that are the same in every language. */
const NAMES = ["AES256", "CSV", "ID", "JSON", "JSON Lines", "KMS", "OpenID", "Parquet", "Rollcall", "STARTTLS", "UTC"];

const english = leavesOf(en);
const languages = Object.keys(LANGUAGES) as Language[];
const others = languages.filter((language) => language !== "en");

/** Whether English counts with this text. */
const isPlural = (base: string): boolean => english.has(`${base}_one`) && english.has(`${base}_other`);
/** The English text that a text of any language says; of plurals the one for many. */
const englishOf = (path: string): string | undefined => {
  const base = withoutPlural(path);
  return isPlural(base) ? english.get(`${base}_other`) : english.get(path);
};
const wantedOf = (language: Language): string[] => {
  const plurals = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const paths = [...english.keys()].flatMap((path) => {
    const base = withoutPlural(path);
    return isPlural(base) ? plurals.map((plural) => `${base}_${plural}`) : [path];
  });
  return [...new Set(paths)].sort();
};
const placeholders = (text: string): string[] => [...new Set([...text.matchAll(/\{\{.*?\}\}/g)].map(([whole]) => whole))].sort();
/** A text without what is put into it. */
const ownWords = (text: string): string => text.replaceAll(/\{\{.*?\}\}/g, "");
const hasWords = (text: string): boolean => /\p{L}/u.test(ownWords(text)) && !NAMES.includes(text);

describe.each(languages)("the texts in %s", (language) => {
  const texts = [...leavesOf(TEXTS[language])];

  it("are all there, in the plurals of the language, and no others", () => {
    expect(texts.map(([path]) => path).sort()).toEqual(wantedOf(language));
  });

  it("say something", () => {
    expect(texts.filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  it("have the same put into them", () => {
    const differing = texts.filter(([path, text]) => {
      const wanted = placeholders(englishOf(path) ?? "");
      const has = placeholders(text);
      // "A second" needs no number, but nothing may be there that is not given.
      return path.endsWith("_one") ? has.some((name) => !wanted.includes(name)) : has.join() !== wanted.join();
    });
    expect(differing).toEqual([]);
  });
});

describe.each(others)("the translation into %s", (language) => {
  const texts = [...leavesOf(TEXTS[language])].filter(([, text]) => hasWords(text));

  it("leaves nothing in English", () => {
    expect(texts.filter(([path, text]) => text === englishOf(path))).toEqual([]);
  });

  it("is in the letters of the language", () => {
    expect(texts.filter(([, text]) => !SCRIPTS[language].test(text))).toEqual([]);
  });
});

describe("Korean", () => {
  it("has no particle that depends on what is put in before it", () => {
    // The units of bytes are all read with the same end.
    const wrong = /\{\{(?!bytes\b)\w+\}\}(은|는|이|가|을|를|과|와|으로|로)(?![\p{L}(])/u;
    expect([...leavesOf(ko)].filter(([, text]) => wrong.test(text))).toEqual([]);
  });
});
