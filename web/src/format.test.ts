import { describe, expect, it } from "vitest";
import type { Column } from "./api-types";
import { countText, durationText, parseDuration, roughDuration, timestampText, valueText, whyMissing } from "./format";

const column = (name: string, type: Column["type"], words?: Record<string, string>): Column => ({
  name,
  label: name,
  type,
  ...(words === undefined ? {} : { words }),
});

describe("a moment", () => {
  it("is told in the zone, whichever offset it came with", () => {
    expect(timestampText("2026-11-20T08:59:58.12+01:00", "Europe/Stockholm")).toBe("Fri 20 Nov 2026 08:59:58");
    expect(timestampText("2026-11-20T07:59:58.120999Z", "Europe/Stockholm")).toBe("Fri 20 Nov 2026 08:59:58");
    expect(timestampText("2026-11-20T08:59:58.12+01:00", "America/New_York")).toBe("Fri 20 Nov 2026 02:59:58");
    expect(timestampText("2026-11-20T08:59:58.12+01:00", "Asia/Kolkata")).toBe("Fri 20 Nov 2026 13:29:58");
    expect(timestampText("2026-11-20T20:00:00Z", "Asia/Seoul")).toBe("Sat 21 Nov 2026 05:00:00");
  });

  it("has a day as wide as any other", () => {
    expect(timestampText("2026-05-01T00:00:00Z", "UTC")).toBe("Fri \u20071 May 2026 00:00:00");
  });

  it("bears its offset where that time comes twice", () => {
    expect(timestampText("2026-10-25T01:59:59+02:00", "Europe/Stockholm")).toBe("Sun 25 Oct 2026 01:59:59");
    expect(timestampText("2026-10-25T02:30:00+02:00", "Europe/Stockholm")).toBe("Sun 25 Oct 2026 02:30:00 +02:00");
    expect(timestampText("2026-10-25T02:30:00+01:00", "Europe/Stockholm")).toBe("Sun 25 Oct 2026 02:30:00 +01:00");
    expect(timestampText("2026-10-25T03:00:00+01:00", "Europe/Stockholm")).toBe("Sun 25 Oct 2026 03:00:00");
  });

  it("follows the clocks when they are set forward", () => {
    expect(timestampText("2026-03-29T00:59:59Z", "Europe/Stockholm")).toBe("Sun 29 Mar 2026 01:59:59");
    expect(timestampText("2026-03-29T01:00:00Z", "Europe/Stockholm")).toBe("Sun 29 Mar 2026 03:00:00");
  });

  it("is left as it came where it can't be told", () => {
    expect(timestampText("soon", "UTC")).toBe("soon");
    expect(timestampText("2026-11-20T08:59:58Z", "Mars/Olympus")).toBe("2026-11-20T08:59:58Z");
  });
});

describe("a duration", () => {
  it.each([
    [0, "0:00:00"],
    [59.6, "0:01:00"],
    [3599, "0:59:59"],
    [29_103, "8:05:03"],
    [360_000, "100:00:00"],
    [-5, "\u22120:00:05"],
    [-0.2, "0:00:00"],
  ])("of %d seconds is %s", (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });

  it("can be entered", () => {
    expect(parseDuration("8:05:03")).toBe(29_103);
    expect(parseDuration(" 8:05 ")).toBe(29_100);
    expect(parseDuration("90.5")).toBe(90.5);
    for (const text of ["", "8:65", "-1", "8h", ":30"]) expect(parseDuration(text)).toBeNull();
  });

  it("is told roughly in its two largest units", () => {
    expect(roughDuration(14_520)).toBe("4 h 2 min");
    expect(roughDuration(7200)).toBe("2 h");
    expect(roughDuration(90_000)).toBe("1 d 1 h");
    expect(roughDuration(59)).toBe("59 s");
    expect(roughDuration(0)).toBe("0 s");
  });
});

it("a count agrees with its noun", () => {
  expect([0, 1, 1234].map((count) => countText(count, "row"))).toEqual(["0 rows", "1 row", "1,234 rows"]);
});

describe("a value", () => {
  it("is told by its column", () => {
    expect(valueText("signed_out", column("end_reason", "text", { signed_out: "Signed out" }), "UTC")).toBe("Signed out");
    expect(valueText("new_reason", column("end_reason", "text", { signed_out: "Signed out" }), "UTC")).toBe("new_reason");
    expect(valueText(29_103.4, column("duration", "seconds"), "UTC")).toBe("8:05:03");
    expect(valueText(true, column("open", "boolean"), "UTC")).toBe("Yes");
    expect(valueText("false", column("open", "boolean"), "UTC")).toBe("No");
    expect(valueText(0, column("seq", "integer"), "UTC")).toBe("0");
    expect(valueText({ site: "north", floor: "2" }, column("tags", "map"), "UTC")).toBe("site: north, floor: 2");
  });

  it("that is missing is none", () => {
    expect(valueText(null, column("account", "text"), "UTC")).toBeNull();
    expect(valueText(undefined, column("account", "text"), "UTC")).toBeNull();
    expect(valueText({}, column("tags", "map"), "UTC")).toBeNull();
  });
});

describe("a missing value's reason", () => {
  it.each([
    ["logout_time", "still_open", "Still open at the end of the range"],
    ["duration", "still_open", "Still open at the end of the range"],
    ["login_time", "unknown_login", "Sign-in unknown"],
    ["duration", "unknown_login", "Sign-in unknown"],
    ["logout_time", "expired", "No sign-out was recorded; the end is inferred"],
    ["ended_by", "signed_out", "Nobody else ended it"],
    ["channel", "still_open", "Not recorded"],
  ])("of %s in a session that is %s", (name, reason, words) => {
    expect(whyMissing(column(name, "text"), { [name]: null, end_reason: reason })).toBe(words);
  });

  it("is plain where the row doesn't tell", () => {
    expect(whyMissing(column("failure_code", "text"), { failure_code: null })).toBe("Not recorded");
  });
});
