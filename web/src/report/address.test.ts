import { describe, expect, it } from "vitest";
import type { Definition } from "./api-types";
import { DamagedAddress, fromFragment, toFragment, withoutKey } from "./address";

const PLAIN: Definition = { report: "sign_in_log", range: { preset: "1_day" }, time_zone: "UTC", filters: [], sort: [] };

/** What an address gives back for a definition; empty lists may be left out of it. */
function thereAndBack(definition: Definition): Definition {
  return { ...PLAIN, filters: [], sort: [], ...fromFragment(toFragment(definition)) };
}

describe("a definition in an address", () => {
  it("can be read by people", () => {
    const definition: Definition = {
      report: "login_logout",
      range: { preset: "yesterday" },
      time_zone: "Europe/Stockholm",
      filters: [{ field: "routing_profile", op: "in", values: ["Billing", "Tech"] }],
      spanning: true,
      sort: [{ field: "login_time", dir: "desc" }],
    };
    expect(toFragment(definition)).toBe(
      "report=login_logout&preset=yesterday&time_zone=Europe/Stockholm&filter=routing_profile:in:Billing,Tech&spanning=true&sort=login_time:desc",
    );
    expect(thereAndBack(definition)).toEqual(definition);
  });

  const values = ["a,b", "c:d", "e=f&g", "100 %", "#1", "EMEA / Kraków", "Chat\\/Social", "", "%41", "日本", "+1 (555)", "'\"<>`"];
  it.each(values)("keeps a value as it is: %j", (value) => {
    const definition: Definition = { ...PLAIN, filters: [{ field: "agent", op: "in", values: [value, "x"] }] };
    expect(thereAndBack(definition)).toEqual(definition);
    // The browser may escape more than the page does.
    const { hash } = new URL(`http://rollcall.example/#${toFragment(definition)}`);
    expect(fromFragment(hash.slice(1)).filters).toEqual(definition.filters);
  });

  it("keeps a filter with one empty value apart from one without values", () => {
    for (const filterValues of [[], [""]]) {
      const definition: Definition = { ...PLAIN, filters: [{ field: "ended_by", op: "is_null", values: filterValues }] };
      expect(thereAndBack(definition)).toEqual(definition);
    }
  });

  it("keeps everything else", () => {
    const definition: Definition = {
      report: "login_logout",
      range: { from: "2026-05-01T08:00:00+02:00", to: "2026-05-31" },
      time_zone: "America/Argentina/Buenos_Aires",
      filters: [
        { field: "hierarchy", op: "under", values: ["EMEA / Stockholm"] },
        { field: "source_ip", op: "cidr", values: ["2001:db8::/32"] },
      ],
      spanning: false,
      clock: "utc",
      columns: ["agent", "login_time"],
      sort: [
        { field: "agent", dir: "asc" },
        { field: "login_time", dir: "desc" },
      ],
    };
    expect(thereAndBack(definition)).toEqual(definition);
    expect(thereAndBack({ ...PLAIN, range: { to: "2026-05-31" } }).range).toEqual({ to: "2026-05-31" });
  });

  it("may leave everything out", () => {
    expect(fromFragment("")).toEqual({});
    expect(fromFragment("sort=agent")).toEqual({ sort: [{ field: "agent", dir: "asc" }] });
  });
});

describe("a damaged address", () => {
  const cases: [string, RegExp][] = [
    ["report=payroll", /report has to be one of sign_in_log, login_logout, .*integration_failures; it is payroll/],
    ["preset=today&from=2026-05-01", /only one of them/],
    ["filter=agent", /field:operator:value/],
    ["filter=agent:in:a:b", /field:operator:value/],
    ["sort=agent:up", /field:asc or field:desc/],
    ["spanning=perhaps", /one of true, false/],
    ["time_zone=%E0%A4%A", /% that escapes nothing/],
    ["time_zone=UTC&time_zone=Asia/Seoul", /given 2 times/],
    ["group_by=agent", /means nothing here: group_by/],
    ["somewhere", /means nothing here: somewhere/],
  ];
  it.each(cases)("%s is told", (fragment, message) => {
    expect(() => fromFragment(fragment)).toThrow(DamagedAddress);
    expect(() => fromFragment(fragment)).toThrow(message);
  });
});

describe("a key in an address", () => {
  it("is taken out, and the rest stays", () => {
    expect(withoutKey("key=rk_12=")).toEqual({ key: "rk_12=", rest: "" });
    expect(withoutKey("report=sign_in_log&key=abc&time_zone=UTC")).toEqual({ key: "abc", rest: "report=sign_in_log&time_zone=UTC" });
  });

  it("is none where there is none", () => {
    expect(withoutKey("report=sign_in_log")).toEqual({ key: null, rest: "report=sign_in_log" });
    expect(withoutKey("key=&report=sign_in_log")).toEqual({ key: null, rest: "report=sign_in_log" });
  });
});
