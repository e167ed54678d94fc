/**
 * The words of the page: English comes with it, other languages when they are chosen.
 *
 * A text is looked up by its area and its name, `t("report:range.title")`. English is the measure: what another language
 * leaves out or has too much is an error of types.
 */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: typeof en;
    returnNull: false;
  }
}

/** Texts in the shape of the English ones. Which plurals there are is each language's own. */
export type Texts<T> = {
  [Name in keyof T as Name extends `${string}_one` ? never : Name]: T[Name] extends string ? string : Texts<T[Name]>;
};

export const LANGUAGES = { en: "English", ko: "한국어" } as const;
export type Language = keyof typeof LANGUAGES;

const ITEM = "rollcall.language";

const loaders: Record<Exclude<Language, "en">, () => Promise<Record<string, object>>> = {
  ko: async () => (await import("./ko")).ko,
};

function isLanguage(text: string | null | undefined): text is Language {
  return text !== null && text !== undefined && text in LANGUAGES;
}

/** The language that was chosen; else the first that the browser asks for and the page has. */
export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(ITEM);
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.split("-")[0]).find(isLanguage) ?? "en";
}

/** Makes the words ready, in the language that is preferred. */
export async function startWords(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    ns: Object.keys(en),
    defaultNS: "common",
    resources: { en },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await speak(preferredLanguage());
}

/** Goes over to a language. */
async function speak(language: Language): Promise<void> {
  if (language !== "en" && !i18next.hasResourceBundle(language, "common")) {
    const texts = await loaders[language]();
    for (const [area, words] of Object.entries(texts)) i18next.addResourceBundle(language, area, words);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

/** Goes over to a language, from now on. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(ITEM, language);
  await speak(language);
}

/**
 * The locale in which dates and numbers are written: the reader's own of the language that the page speaks, with its
 * region's customs; else the language's.
 */
export function localeOf(language: string): string {
  return navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language;
}
