import { expect, it } from "vitest";
import type { Span } from "../axis";
import { lanesOf, moved, share, zoomed } from "./lanes";

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

it("a lane has as many rows as sessions at once need", () => {
  const [lane] = lanesOf(["08", "09", "10", "13"].map((hour) => session("Mara", `${hour}:00`, `${Number(hour) + 3}:00`, "signed_out")), DAY, DAY.to);
  expect(lane?.rows).toBe(3);
  expect(lane?.bars.map(({ row }) => row)).toEqual([0, 1, 2, 0]);
});

it("a session whose sign-in is unknown is its end alone, beside what else lies there", () => {
  const [lane] = lanesOf([session("Mara", "06:00", "07:59", "signed_out"), session("Mara", null, "08:00", "unknown_login")], DAY, DAY.to);
  const stub = lane?.bars[1];
  expect(stub).toMatchObject({ from: DAY.from + 8 * HOUR, to: DAY.from + 8 * HOUR, isOpen: false, isBeginKnown: false, isEndKnown: true, row: 1 });
});

it("an open session reaches to now, one whose end was concluded to its bound", () => {
  const inferred = { ...session("Mara", "08:00", null, "superseded"), ended_no_later_than: at("12:00") };
  const [lane] = lanesOf([inferred, session("Mara", "20:00", null, "still_open")], DAY, DAY.from + 21 * HOUR);
  expect(lane?.bars.map(({ from, to, isOpen, isEndKnown }) => [from, to, isOpen, isEndKnown])).toEqual([
    [DAY.from + 8 * HOUR, DAY.from + 12 * HOUR, false, false],
    [DAY.from + 20 * HOUR, DAY.from + 21 * HOUR, true, true],
  ]);
});

it("zooming and moving stay within the range", () => {
  const half = zoomed(DAY, DAY, 0.5);
  expect(half).toEqual({ from: DAY.from + 6 * HOUR, to: DAY.from + 18 * HOUR });
  expect(moved(half, DAY, 1)).toEqual({ from: DAY.from + 12 * HOUR, to: DAY.to });
  expect(zoomed(half, DAY, 10)).toEqual(DAY);
  expect(share(half.from, DAY)).toBe(0.25);
  const around = DAY.from + 6 * HOUR;
  expect(share(around, zoomed(DAY, DAY, 0.5, around))).toBe(0.25);
});
