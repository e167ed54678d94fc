import { describe, expect, it } from "vitest";
import { civilAt, isKnownZone, meansZone, momentOf, occursTwice, offsetMs, offsetText, zoneNames } from "./clock";

const at = (rfc3339: string): number => Date.parse(rfc3339);
const told = (moment: number | null): string => (moment === null ? "none" : new Date(moment).toISOString());

describe("civil time", () => {
  it("is that of the zone", () => {
    const moment = at("2026-11-20T20:30:05Z");
    expect(civilAt(moment, "Asia/Seoul")).toEqual({ year: 2026, month: 11, day: 21, hour: 5, minute: 30, second: 5, weekday: "Sat" });
    expect(civilAt(moment, "UTC")).toMatchObject({ day: 20, hour: 20, weekday: "Fri" });
  });

  it("has midnight as hour 0", () => {
    expect(civilAt(at("2026-11-20T23:00:00Z"), "Europe/Stockholm")).toMatchObject({ day: 21, hour: 0 });
  });

  it("knows offsets of less than an hour and west of Greenwich", () => {
    expect(offsetText(offsetMs(at("2026-11-20T12:00:00.250Z"), "Asia/Kolkata"))).toBe("+05:30");
    expect(offsetText(offsetMs(at("2026-11-20T12:00:00Z"), "America/St_Johns"))).toBe("-03:30");
    expect(offsetText(offsetMs(at("2026-11-20T12:00:00Z"), "UTC"))).toBe("+00:00");
  });
});

describe("long ago and far ahead", () => {
  const NEW_YORK = "America/New_York";
  it("years of few digits are no others", () => {
    expect(civilAt(at("0001-01-01T00:00:28+00:53"), "Europe/Berlin")).toMatchObject({ year: 1, month: 1, day: 1, hour: 0, minute: 0 });
    expect(civilAt(at("0001-01-01T00:00:00Z"), NEW_YORK)).toMatchObject({ year: 0, month: 12, day: 31 });
    expect(civilAt(at("9999-12-31T23:00:00Z"), "Asia/Seoul")).toMatchObject({ year: 10_000, month: 1, day: 1, hour: 8 });
  });

  it("offsets of local mean time have seconds, and come once", () => {
    expect(offsetText(offsetMs(at("0001-01-01T00:00:00Z"), "Europe/Berlin"))).toBe("+00:53:28");
    expect(offsetText(offsetMs(at("0001-01-01T00:00:00Z"), NEW_YORK))).toBe("-04:56:02");
    expect(occursTwice(at("0001-01-01T00:00:00Z"), "Europe/Berlin")).toBe(false);
    expect(offsetText(offsetMs(at("9999-12-31T23:59:59Z"), "UTC"))).toBe("+00:00");
  });

  it("a civil time there is the same there and back", () => {
    for (const civil of ["0001-01-01T00:00", "0099-07-01T12:00", "1850-01-01T00:00", "9999-12-31T23:59"]) {
      const moment = momentOf(civil, NEW_YORK, "earlier") ?? Number.NaN;
      expect(new Date(moment + offsetMs(moment, NEW_YORK)).toISOString().slice(0, 16)).toBe(civil);
    }
  });
});

describe("when clocks are set back", () => {
  it("the hour before and the hour after come twice, and no other", () => {
    const twice = (moment: string): boolean => occursTwice(at(moment), "Europe/Stockholm");
    expect(twice("2026-10-24T23:59:59Z")).toBe(false);
    expect(twice("2026-10-25T00:00:00Z")).toBe(true);
    expect(twice("2026-10-25T00:59:59Z")).toBe(true);
    expect(twice("2026-10-25T01:00:00Z")).toBe(true);
    expect(twice("2026-10-25T01:59:59Z")).toBe(true);
    expect(twice("2026-10-25T02:00:00Z")).toBe(false);
  });

  it("by half an hour, only half an hour comes twice", () => {
    const twice = (moment: string): boolean => occursTwice(at(moment), "Australia/Lord_Howe");
    expect(twice("2026-04-04T14:29:59Z")).toBe(false);
    expect(twice("2026-04-04T14:30:00Z")).toBe(true);
    expect(twice("2026-04-04T15:29:59Z")).toBe(true);
    expect(twice("2026-04-04T15:30:00Z")).toBe(false);
  });

  it("a civil time means two moments", () => {
    expect(told(momentOf("2026-10-25T02:30", "Europe/Stockholm", "earlier"))).toBe("2026-10-25T00:30:00.000Z");
    expect(told(momentOf("2026-10-25T02:30", "Europe/Stockholm", "later"))).toBe("2026-10-25T01:30:00.000Z");
  });
});

describe("when clocks are set forward", () => {
  it("nothing comes twice", () => {
    expect(occursTwice(at("2026-03-29T00:59:59Z"), "Europe/Stockholm")).toBe(false);
    expect(occursTwice(at("2026-03-29T01:00:00Z"), "Europe/Stockholm")).toBe(false);
  });

  it("a skipped time is taken as far after the gap as it lies inside", () => {
    expect(told(momentOf("2026-03-29T02:30", "Europe/Stockholm", "earlier"))).toBe("2026-03-29T01:30:00.000Z");
    expect(told(momentOf("2026-03-29T02:30", "Europe/Stockholm", "later"))).toBe("2026-03-29T01:30:00.000Z");
  });
});

describe("a civil time", () => {
  const zones = ["UTC", "Europe/Stockholm", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"];
  it.each(zones)("is the same there and back in %s", (zone) => {
    for (const civil of ["2026-01-01T00:00", "2026-07-15T23:59", "2026-11-20T08:59"]) {
      const moment = momentOf(civil, zone, "earlier") ?? Number.NaN;
      expect(new Date(moment + offsetMs(moment, zone)).toISOString().slice(0, 16)).toBe(civil);
    }
  });

  it("that is none has no moment", () => {
    expect(momentOf("", "UTC", "earlier")).toBeNull();
    expect(momentOf("soon", "UTC", "earlier")).toBeNull();
  });
});

describe("zones", () => {
  it("are offered once each, UTC first", () => {
    const names = zoneNames();
    expect(names[0]).toBe("UTC");
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("Europe/Stockholm");
  });

  it("are offered by the names that they have now", () => {
    const names = zoneNames();
    for (const zone of ["Asia/Kolkata", "Asia/Ho_Chi_Minh", "Europe/Kyiv", "America/Nuuk", "Pacific/Kanton", "America/Argentina/Buenos_Aires"]) {
      expect(names).toContain(zone);
    }
    expect(names).not.toContain("Asia/Calcutta");
    expect(names.filter((zone) => !isKnownZone(zone))).toEqual([]);
  });

  it("are found however they are typed", () => {
    const found = (typed: string): string[] => zoneNames().filter((zone) => meansZone(typed, zone));
    expect(found("new york")).toEqual(["America/New_York"]);
    expect(found("SÃO  paulo")).toEqual(["America/Sao_Paulo"]);
    expect(found("kyiv")).toEqual(["Europe/Kyiv"]);
    expect(found("calcutta")).toEqual(["Asia/Kolkata"]);
    expect(found("asia/ho chi")).toEqual(["Asia/Ho_Chi_Minh"]);
    expect(found("olympus mons")).toEqual([]);
  });

  it("are known by older names too", () => {
    expect(isKnownZone("Asia/Calcutta")).toBe(true);
    expect(isKnownZone("Mars/Olympus")).toBe(false);
  });
});
