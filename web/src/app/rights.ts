/** What one needs to do something with a kind of report. */
import type { Who } from "../session/session";
import { type ReportKind, entryOf } from "./navigation";

type Deed = "save" | "schedule" | "export";

const NEEDED: Record<Deed, Record<"sign_in_log" | "login_logout" | "activity_audit" | "other", string>> = {
  save: { sign_in_log: "sign_in_log view", login_logout: "login_logout all", activity_audit: "activity_audit edit", other: "audit_logs view" },
  schedule: { sign_in_log: "sign_in_log export", login_logout: "login_logout all", activity_audit: "activity_audit edit", other: "audit_logs export" },
  export: { sign_in_log: "sign_in_log export", login_logout: "login_logout export", activity_audit: "activity_audit export", other: "audit_logs export" },
};

export const MANAGE_OTHERS = "saved_reports manage_others";

/** The permission that somebody needs for a deed with a kind of report. */
export function needed(deed: Deed, kind: string): string {
  const permissions = NEEDED[deed];
  return kind === "sign_in_log" || kind === "login_logout" || kind === "activity_audit" ? permissions[kind] : permissions.other;
}

/** All permissions of which one is needed for a deed with any kind of report. */
export function neededForAny(deed: Deed): string[] {
  return Object.values(NEEDED[deed]);
}

/** A kind that came from the server, which knows no others. */
export function asKind(kind: string): ReportKind {
  return kind as ReportKind;
}

/** Whether somebody may see reports of a kind. */
export function mayView(kind: ReportKind, { can }: Pick<Who, "can">): boolean {
  return can(...entryOf(kind).needs);
}

export interface Rights {
  canSave: boolean;
  canExport: boolean;
  canSchedule: boolean;
}

/** What somebody may do with reports of a kind, besides seeing them. The server decides; the page offers what it would allow. */
export function rightsOf(kind: ReportKind, { can }: Who): Rights {
  // Who sees their own sign-ins and sessions alone may have a file of them; who sees others' too gets none of fewer rows than they see.
  const ownOnly = (kind === "sign_in_log" || kind === "login_logout") && !can(`${kind} view`) && can("own_sessions export");
  return { canSave: can(needed("save", kind)), canExport: can(needed("export", kind)) || ownOnly, canSchedule: can(needed("schedule", kind)) };
}
