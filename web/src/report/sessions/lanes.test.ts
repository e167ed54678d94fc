import { expect, it } from "vitest";
import { type Span, lanesOf, moved, share, ticks, zoomed } from "./lanes";
import { tableOf } from "./signed-in";

const HOUR = 3_600_000;
const DAY: Span = { from: Date.parse("2026-11-20T00:00:00Z"), to: Date.parse("2026-11-21T00:00:00Z") };
const at = (time: string): string => `2026-11-20T${time}:00Z`;
const session = (agent: string, from: string | null, to: string | null, end: string) => ({
  session_key: `${agent} ${from ?? ""}`,
  agent,
  agent_id: agent,
  login_time: from === null ? null : at(from),
  logout_time: to === null ? null : at(to),
  end_reason: end,
});

it("each agent has a lane; sessions at the same time lie on rows of their own", () => {
  const lanes = lanesOf([session("Mara", "08:00", "12:00", "signed_out"), session("Jonas", "09:00", "10:00", "expired"), session("Mara", "11:00", "13:00", "signed_out")], DAY, DAY.to);
  expect(lanes.map(({ agent, bars }) => [agent, bars.map(({ row }) => row)])).toEqual([
    ["Mara", [0, 1]],
    ["Jonas", [0]],
  ]);
});

it("what is unknown of a session reaches to the edge of the range", () => {
  const [lane] = lanesOf([session("Mara", null, "08:00", "unknown_login"), session("Mara", "20:00", null, "still_open")], DAY, DAY.to);
  expect(lane?.bars.map(({ from, to, isOpen, isBeginKnown }) => [from, to, isOpen, isBeginKnown])).toEqual([
    [DAY.from, DAY.from + 8 * HOUR, false, false],
    [DAY.from + 20 * HOUR, DAY.to, true, true],
  ]);
});

it("zooming and moving stay within the range", () => {
  const half = zoomed(DAY, DAY, 0.5);
  expect(half).toEqual({ from: DAY.from + 6 * HOUR, to: DAY.from + 18 * HOUR });
  expect(moved(half, DAY, 1)).toEqual({ from: DAY.from + 12 * HOUR, to: DAY.to });
  expect(zoomed(half, DAY, 10)).toEqual(DAY);
  expect(share(half.from, DAY)).toBe(0.25);
});

it("the axis has at most nine round moments", () => {
  expect(ticks(DAY)).toHaveLength(8);
  expect(ticks(zoomed(DAY, DAY, 1 / 24)).length).toBeLessThanOrEqual(9);
});

it("signed-in time adds up by agent and day", () => {
  const day = (agent: string, on: string, seconds: number) => ({ agent, agent_name: agent.toUpperCase(), day: on, day_seconds: 86_400, seconds, channels: [], sessions: 1, open: false, inferred: false });
  const { days, agents } = tableOf([day("b", "2026-11-21", 60), day("a", "2026-11-20", 30), day("a", "2026-11-21", 40)]);
  expect(days).toEqual(["2026-11-20", "2026-11-21"]);
  expect(agents.map(({ name, seconds }) => [name, seconds])).toEqual([
    ["A", 70],
    ["B", 60],
  ]);
});
