/** Giving and taking permissions, level by level. */
import { describe, expect, it } from "vitest";
import { type Permission, areasOf, giving, highest, idleIn, taking } from "./permissions";

function permission(name: string, includes: string | null = null, divisible = true): Permission {
  const [area = "", level = ""] = name.split(" ");
  return { permission: name, area, level, about: name, includes, divisible, key_scope: null };
}

const ALL: Permission[] = [
  permission("login_logout view"),
  permission("login_logout export", "login_logout view"),
  permission("login_logout all", "login_logout export"),
  permission("activity_audit view"),
  permission("activity_audit edit", "activity_audit view"),
  permission("activity_audit export", "activity_audit view"),
  permission("users view", null, false),
  permission("events send"),
];

describe("permissions", () => {
  it("bring the lower ones of their area", () => {
    expect(giving(ALL, ["events send"], "login_logout all")).toEqual(["events send", "login_logout all", "login_logout export", "login_logout view"]);
  });

  it("go with what brings them", () => {
    const given = ["login_logout view", "login_logout export", "login_logout all", "activity_audit view"];
    expect(taking(ALL, given, "login_logout export")).toEqual(["login_logout view", "activity_audit view"]);
    expect(taking(ALL, given, "login_logout view")).toEqual(["activity_audit view"]);
  });

  it("may branch within an area", () => {
    const both = giving(ALL, giving(ALL, [], "activity_audit edit"), "activity_audit export");
    expect(taking(ALL, both, "activity_audit edit").sort()).toEqual(["activity_audit export", "activity_audit view"]);
  });

  it("stand in areas, each level in its column", () => {
    const areas = areasOf(ALL);
    expect(areas.map(({ name }) => name)).toEqual(["login_logout", "activity_audit", "users", "events"]);
    expect(areas[3]?.levels).toMatchObject({ view: undefined, other: { permission: "events send" } });
  });

  it("are told by the highest", () => {
    const [sessions, audit] = areasOf(ALL);
    const given = giving(ALL, giving(ALL, giving(ALL, [], "login_logout export"), "activity_audit edit"), "activity_audit export");
    if (sessions === undefined || audit === undefined) throw new Error("areas are missing");
    expect(highest(sessions, given).map(({ level }) => level)).toEqual(["export"]);
    expect(highest(audit, given).map(({ level }) => level)).toEqual(["edit", "export"]);
  });

  it("give nothing within a part if they can't be divided", () => {
    expect(idleIn(ALL, ["users view", "events send"]).map(({ permission: name }) => name)).toEqual(["users view"]);
  });
});
