import { expect, it } from "vitest";
import type { ReportKind, Row } from "../types";
import { relationsOf } from "./relations";

const EVERYTHING = (): boolean => true;

/** What a row is related to, each as `relation kind: filters`. */
function told(row: Row, mayView: (kind: ReportKind) => boolean = EVERYTHING): string[] {
  const { relations } = relationsOf(row, mayView);
  return relations.map(({ name, kind, filters }) => `${name} ${kind}: ${filters.map(({ field, values }) => `${field}=${values.join()}`).join("&")}`);
}

it("an event of access is related by its session, its item, its person and its agent", () => {
  const row = { event_time: "2026-11-20T09:00:00Z", session_id: "s-1", source: "portal", instance: "4711", account: "mara", employee_id: "17" };
  expect(told(row)).toEqual([
    "sameSession activity_audit: session_id=s-1&source=portal",
    "sameInstance activity_audit: instance=4711",
    "samePerson activity_audit: triggered_by_id=17",
    "sameAgent sign_in_log: account=mara",
  ]);
});

it("an activity is related by who did it, and by their sign-ins", () => {
  const row = { event_time: "2026-11-20T09:00:00Z", source: "portal", triggered_by_id: "17", triggered_by_name: "Mara Lind", account: null };
  expect(told(row)).toEqual(["samePerson activity_audit: triggered_by_id=17", "sameAgent sign_in_log: agent=17"]);
  expect(told({ ...row, source: "rollcall" })).toEqual(["samePerson activity_audit: triggered_by_id=17"]);
  expect(told({ ...row, triggered_by_id: null })).toEqual(["samePerson activity_audit: triggered_by_name=Mara Lind"]);
});

it("an expired session is looked at up to the moment by which it had ended", () => {
  const row = { login_time: "2026-11-20T09:00:00Z", ended_no_later_than: "2026-11-22T09:00:00Z", logout_time: null, session_id: "s-1" };
  const { relations } = relationsOf(row, EVERYTHING);
  expect(relations[0]?.range).toEqual({ from: "2026-11-17T09:00:00.000Z", to: "2026-11-25T09:00:00.000Z" });
});

it("only reports are asked that one may view, and those that have more are named", () => {
  const row = { event_time: "2026-11-20T09:00:00Z", session_id: "s-1", account: "mara" };
  const alone = (kind: ReportKind): boolean => kind === "login_logout";
  expect(told(row, alone)).toEqual(["sameAgent login_logout: account=mara"]);
  expect(relationsOf(row, alone).barred).toEqual(["activity_audit", "sign_in_log"]);
  expect(told(row, (kind) => kind !== "activity_audit")).toEqual(["sameSession sign_in_log: session_id=s-1", "sameAgent sign_in_log: account=mara"]);
});

it("a row without a time is related to nothing", () => {
  expect(relationsOf({ session_key: "x", account: "mara" }, EVERYTHING)).toEqual({ relations: [], barred: [] });
});
