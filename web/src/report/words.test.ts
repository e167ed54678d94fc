/** What buttons say of a range and a zone. */
import i18next from "i18next";
import { expect, it } from "vitest";
import { formatFor } from "../i18n/format";
import { rangeName } from "./RangeControl";
import { zoneWords } from "./ZoneControl";
import { answerOf } from "./fixtures";
import type { Range } from "./types";
import type { ReportWords } from "./words";

const format = formatFor("en-GB");
const told = (range: Range): string => rangeName(range, "Europe/Stockholm", format, i18next.getFixedT("en", ["report", "fields", "common"]) as unknown as ReportWords);

it.each<[Range, string]>([
  [{ preset: "last_7_days" }, "Last 7 days"],
  [{ from: "2026-11-20", to: "2026-11-22" }, "Fri, 20 Nov 2026 to Sun, 22 Nov 2026"],
  [{ from: "2026-11-20", to: "2026-11-20" }, "Fri, 20 Nov 2026"],
  [{ from: "2026-11-21T09:00:00Z", to: "2026-11-22T21:00:00Z" }, "21 Nov 2026, 10:00 to 22 Nov 2026, 22:00"],
  [{ from: "2026-11-21T08:00", to: "2026-11-21T12:00" }, "21 Nov 2026, 08:00 to 12:00"],
  [{ to: "2026-11-22" }, "… to Sun, 22 Nov 2026"],
  [{ from: "soon", to: "2026-11-22" }, "soon to Sun, 22 Nov 2026"],
])("a range is told as the locale and the zone have it: %j", (range, text) => {
  expect(told(range)).toBe(text);
});

it("a zone says how far its clocks are ahead in the range, not today", () => {
  const range = (from: string, to: string) => ({ ...answerOf([]).range, from, to });
  const stockholm = (from: string, to: string): string => zoneWords("Europe/Stockholm", range(from, to), format);
  expect(stockholm("2026-10-20T00:00:00+02:00", "2026-10-25T00:00:00+02:00")).toBe("Europe/Stockholm (GMT+2)");
  expect(stockholm("2026-11-20T00:00:00+01:00", "2026-11-21T00:00:00+01:00")).toBe("Europe/Stockholm (GMT+1)");
  expect(stockholm("2026-10-20T00:00:00+02:00", "2026-11-01T00:00:00+01:00")).toBe("Europe/Stockholm");
  expect(zoneWords("Europe/Stockholm", undefined, format)).toBe("Europe/Stockholm");
  expect(zoneWords("UTC", range("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"), format)).toBe("UTC");
});
