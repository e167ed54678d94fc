/** Which browser a `User-Agent` means. */
import { describe, expect, it } from "vitest";
import { browserOf } from "./browser";

describe("browserOf", () => {
  it.each([
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0", "Edge", "Windows"],
    ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", "Chrome", "Linux"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 14_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15", "Safari", "macOS"],
    ["Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0", "Firefox", "Android"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 CriOS/131.0 Mobile/15E148 Safari/604.1", "Chrome", "iPhone"],
    ["curl/8.5.0", "curl", null],
  ])("knows %s", (text, browser, system) => expect(browserOf(text)).toEqual({ browser, system }));

  it("tells nothing of nothing", () => {
    expect(browserOf(null)).toBeNull();
    expect(browserOf("  ")).toBeNull();
  });
});
