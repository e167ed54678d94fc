/** Signed-in time: what is shown adds up, and days that are not whole say so. */
import { expect, it } from "vitest";
import { durationText, parseDuration } from "../../i18n/format";
import { partOf, tableOf } from "./signed-in";

const day = (agent: string, on: string, seconds: number, open = false) => ({ agent, agent_name: agent.toUpperCase(), day: on, day_seconds: 86_400, seconds, channels: [], sessions: 1, open, inferred: false });

it("signed-in time adds up by agent and day", () => {
  const { days, agents, seconds, hasOpen } = tableOf([day("b", "2026-11-21", 60), day("a", "2026-11-20", 30), day("a", "2026-11-21", 40)]);
  expect(days).toEqual(["2026-11-20", "2026-11-21"]);
  expect(agents.map((agent) => [agent.name, agent.seconds])).toEqual([
    ["A", 70],
    ["B", 60],
  ]);
  expect([seconds, hasOpen]).toEqual([130, false]);
  expect(tableOf([day("a", "2026-11-20", 30, true)]).hasOpen).toBe(true);
});

it("totals are what one gets who adds up the cells that are shown", () => {
  const days = Array.from({ length: 31 }, (_, at) => `2026-10-${String(at + 1).padStart(2, "0")}`);
  // Halves, thirds and sevenths: rounded one by one, they come to another second than their sum does.
  const rows = days.flatMap((on, place) => ["a", "b", "c", "d"].map((agent, at) => day(agent, on, ((place * 7919 + at * 104_729) % 40_000) + (place + at) / (at + 2))));
  const shown = (seconds: number): number => parseDuration(durationText(seconds)) ?? Number.NaN;
  const table = tableOf(rows);
  for (const agent of table.agents) {
    expect(shown(agent.seconds)).toBe([...agent.days.values()].reduce((sum, cell) => sum + shown(cell.seconds), 0));
  }
  for (const on of days) {
    expect(shown(table.sums.get(on) ?? 0)).toBe(table.agents.reduce((sum, agent) => sum + shown(agent.days.get(on)?.seconds ?? 0), 0));
  }
  expect(shown(table.seconds)).toBe(table.agents.reduce((sum, { seconds }) => sum + shown(seconds), 0));
  expect(shown(table.seconds)).toBe([...table.sums.values()].reduce((sum, seconds) => sum + shown(seconds), 0));
  const exact = rows.reduce((sum, { seconds }) => sum + seconds, 0);
  expect(Math.abs(table.seconds - exact)).toBeLessThan(rows.length / 2);
});

it("a day says which part of it the range has", () => {
  const range = (from: string, to: string, as_of = to) => ({ from, to, as_of, time_zone: "Europe/Stockholm", words: "" });
  const parts = (on: string, of: ReturnType<typeof range>) => partOf(on, of, "Europe/Stockholm");
  const rolling = range("2026-11-25T09:26:00+01:00", "2026-11-27T09:26:00+01:00");
  expect(parts("2026-11-25", rolling)).toEqual({ from: "2026-11-25T09:26:00+01:00", to: null });
  expect(parts("2026-11-26", rolling)).toEqual({ from: null, to: null });
  expect(parts("2026-11-27", rolling)).toEqual({ from: null, to: "2026-11-27T08:26:00.000Z" });
  // Today, of which no more is known than up to now; and whole days, the one of 25 hours too.
  expect(parts("2026-11-26", range("2026-11-26T00:00:00+01:00", "2026-11-27T00:00:00+01:00", "2026-11-26T10:00:00+01:00"))).toEqual({ from: null, to: "2026-11-26T09:00:00.000Z" });
  expect(parts("2026-10-25", range("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"))).toEqual({ from: null, to: null });
});
