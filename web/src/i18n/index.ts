/**
 * The words of the page, by area: those that every page needs come with it in English, all others when they are needed.
 *
 * A text is looked up by its area and its name, `t("report:range.title")`. English is the measure: what another language
 * leaves out or has too much is an error of types.
 */
import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";
import type { en } from "./en";
import { common } from "./en/common";
import { session } from "./en/session";
import { shell } from "./en/shell";
import { languageOf } from "./locale";

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
type Area = keyof typeof en;

const ITEM = "rollcall.language";
/** The areas that are there before anything is shown. */
const AT_ONCE: Area[] = ["common", "session", "shell"];

const files = import.meta.glob<Record<string, object>>(["./en/*.ts", "./ko/*.ts", "!./*/index.ts"]);

/** Fetches the texts of an area when they are asked for first. */
const backend: BackendModule = {
  type: "backend",
  init: () => undefined,
  read: (language, area, callback) => {
    const load = files[`./${language}/${area}.ts`];
    if (load === undefined) { callback(new Error(`there are no texts of ${area} in ${language}`), null); return; }
    load().then(
      (module) => callback(null, module[area] ?? {}),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  },
};

function isLanguage(text: string | null | undefined): text is Language {
  return text !== null && text !== undefined && text in LANGUAGES;
}

/** The language that was chosen; else the first that the browser asks for and the page has. */
export function preferredLanguage(): Language {
  const chosen = localStorage.getItem(ITEM);
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map(languageOf).find(isLanguage) ?? "en";
}

/** Makes the words ready, in the language that is preferred. */
export async function startWords(areas: readonly Area[] = AT_ONCE): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
  });
  await i18next.use(backend).use(initReactI18next).init({
    lng: preferredLanguage(),
    fallbackLng: "en",
    supportedLngs: Object.keys(LANGUAGES),
    ns: areas,
    defaultNS: "common",
    resources: { en: { common, session, shell } },
    partialBundledLanguages: true,
    interpolation: { escapeValue: false },
    returnNull: false,
  });
}

/** Goes over to a language, from now on. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(ITEM, language);
  await i18next.changeLanguage(language);
}
