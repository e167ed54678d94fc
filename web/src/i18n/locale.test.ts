import { describe, expect, it } from "vitest";
import { formatFor } from "./format";
import { localeFor } from "./locale";

const AT = "2026-11-26T09:13:05Z";

describe("the locale of dates and numbers", () => {
  it.each([
    ["en", ["en-GB"], "en-GB"],
    ["en", ["en-US", "de-DE"], "en-US"],
    ["en", ["de-DE", "de", "en-US", "en"], "en-DE"],
    ["en", ["de"], "en-DE"],
    ["en", ["fr-FR"], "en-FR"],
    ["en", ["fr-CH"], "en-CH"],
    ["en", ["sv-SE", "sv"], "en-SE"],
    ["en", ["ko-KR", "en-US"], "en-US"],
    ["en", ["ru-RU"], "en-001-u-hc-h23"],
    ["en", ["ko-KR"], "en-001-u-hc-h12"],
    ["en", ["x-odd"], "en-001"],
    ["en", [], "en"],
    ["ko", ["ko-KR"], "ko-KR"],
    ["ko", ["en-US", "en"], "ko"],
    ["ko", ["de-DE", "ko"], "ko"],
  ])("of a page in %s for a reader of %j is %s", (language, preferred, locale) => {
    expect(localeFor(language, preferred)).toBe(locale);
  });
});

describe("a date in English", () => {
  const minute = (...preferred: string[]): string => formatFor(localeFor("en", preferred)).minute(AT, "UTC");

  it("has the day first and 24 hours for whoever writes it so at home", () => {
    expect([minute("de-DE"), minute("fr-FR"), minute("sv"), minute("ru-RU")]).toEqual(Array(4).fill("26 Nov 2026, 09:13"));
  });

  it("is American for Americans", () => {
    expect(minute("en-US")).toMatch(/^Nov 26, 2026, 09:13\sAM$/);
  });
});

it("numbers are set apart as the reader's are", () => {
  expect(formatFor(localeFor("en", ["de-DE"])).number(1_234_567)).toBe("1.234.567");
  expect(formatFor(localeFor("ko", ["en-US"])).number(1_234_567)).toBe("1,234,567");
});
