/** Which browser a `User-Agent` means, as far as people care: its name and system, without their versions. */
export interface Browser {
  browser: string;
  system: string | null;
}

// Most claim to be others too, so whoever is claimed by fewer comes first.
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bWhale\//, "Whale"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(HeadlessChrome|Chrome|CriOS)\//, "Chrome"],
  [/\bVersion\/.*\bSafari\//, "Safari"],
];

const SYSTEMS: readonly [RegExp, string][] = [
  [/\b(iPhone|iPod)\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** The browser; of other programs their name, such as `curl`. Null if nothing can be told. */
export function browserOf(userAgent: string | null | undefined): Browser | null {
  const text = userAgent?.trim() ?? "";
  const known = BROWSERS.find(([mark]) => mark.test(text))?.[1];
  const browser = known ?? /^[^\s/]+/.exec(text)?.[0];
  if (browser === undefined) return null;
  return { browser, system: SYSTEMS.find(([mark]) => mark.test(text))?.[1] ?? null };
}
