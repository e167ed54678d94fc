import { describe, expect, it } from "vitest";
import { parseSearch, stringifySearch } from "../app/search";
import { DamagedAddress, PLAIN, type Shown, type Stated, fromSearch, toSearch, withoutKey } from "./address";

const EMPTY: Stated = { range: { preset: "1_day" }, time_zone: "UTC", filters: [], sort: [] };

/** The text behind `?` in an address. */
function written(definition: Stated, shown?: Shown): string {
  return stringifySearch(toSearch(definition, shown)).slice(1);
}

function read(text: string): Stated {
  return fromSearch(parseSearch(`?${text}`)).stated;
}

/** What an address gives back for a definition; empty lists may be left out of it. */
function thereAndBack(definition: Stated): Stated {
  return { ...EMPTY, filters: [], sort: [], ...read(written(definition)) };
}

describe("a definition in an address", () => {
  it("can be read by people", () => {
    const definition: Stated = {
      range: { preset: "yesterday" },
      time_zone: "Europe/Stockholm",
      filters: [{ field: "routing_profile", op: "in", values: ["Billing", "Tech"] }],
      spanning: true,
      sort: [{ field: "login_time", dir: "desc" }],
    };
    expect(written(definition)).toBe(
      "preset=yesterday&time_zone=Europe/Stockholm&filter=routing_profile:in:Billing,Tech&spanning=true&sort=login_time:desc",
    );
    expect(thereAndBack(definition)).toEqual(definition);
  });

  const values = ["a,b", "c:d", "e=f&g", "100 %", "#1", "EMEA / Kraków", "Chat\\/Social", "", "%41", "日本", "+1 (555)", "'\"<>`"];
  it.each(values)("keeps a value as it is: %j", (value) => {
    const definition: Stated = { ...EMPTY, filters: [{ field: "agent", op: "in", values: [value, "x"] }] };
    expect(thereAndBack(definition)).toEqual(definition);
    // The browser may escape more than the page does.
    const { hash } = new URL(`http://rollcall.example/#${written(definition)}`);
    expect(read(hash.slice(1)).filters).toEqual(definition.filters);
  });

  it("keeps a filter with one empty value apart from one without values", () => {
    for (const filterValues of [[], [""]]) {
      const definition: Stated = { ...EMPTY, filters: [{ field: "ended_by", op: "is_null", values: filterValues }] };
      expect(thereAndBack(definition)).toEqual(definition);
    }
  });

  it("keeps everything else", () => {
    const definition: Stated = {
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
      group_by: [{ field: "agent", empty: true }, { field: "routing_profile" }, { field: "login_time", bucket: "day" }],
      measures: ["count", "duration_sum"],
      group_sort: [{ field: "count", dir: "desc" }],
      as_of_seq: 4711,
    };
    expect(thereAndBack(definition)).toEqual(definition);
    expect(thereAndBack({ ...EMPTY, range: { to: "2026-05-31" } }).range).toEqual({ to: "2026-05-31" });
  });

  it("may leave everything out", () => {
    expect(read("")).toEqual({});
    expect(read("sort=agent")).toEqual({ sort: [{ field: "agent", dir: "asc" }] });
  });
});

it("what is shown of a report stands in its address too, and the usual is left out", () => {
  const shown: Shown = { look: "timeline", split: "end_reason", live: true, row: "a/b c", pinned: ["agent", "a,b"] };
  expect(written({}, shown)).toBe("pinned=agent,a%2Cb&look=timeline&split=end_reason&live=true&row=a/b%20c");
  expect(fromSearch(parseSearch(written({}, shown))).shown).toEqual(shown);
  expect(fromSearch({}).shown).toEqual(PLAIN);
});

describe("a damaged address", () => {
  const cases: [string, RegExp][] = [
    ["clock=wall", /clock has to be one of report, utc, agent; it is wall/],
    ["look=pretty", /look has to be one of table, timeline, summary; it is pretty/],
    ["as_of_seq=soon", /as_of_seq has to be a whole number; it is soon/],
    ["group_by=login_time:fortnight", /with a bucket of minute, .*; it reads login_time:fortnight/],
    ["preset=today&from=2026-05-01", /only one of them/],
    ["filter=agent", /field:operator:value/],
    ["filter=agent:in:a:b", /field:operator:value/],
    ["sort=agent:up", /field:asc or field:desc/],
    ["spanning=perhaps", /one of true, false/],
    ["time_zone=%E0%A4%A", /% that escapes nothing/],
    ["time_zone=UTC&time_zone=Asia/Seoul", /given 2 times/],
    ["groups=agent", /means nothing here: groups/],
    ["somewhere", /means nothing here: somewhere/],
  ];
  it.each(cases)("%s is told", (text, message) => {
    expect(() => read(text)).toThrow(DamagedAddress);
    expect(() => read(text)).toThrow(message);
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
