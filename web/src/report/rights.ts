/** What somebody may do with reports of a kind, besides seeing them. The server decides; the page offers what it would allow. */
import type { Who } from "../session/session";
import type { ReportKind } from "./types";

export interface Rights {
  canSave: boolean;
  canExport: boolean;
  canSchedule: boolean;
}

export function rightsOf(kind: ReportKind, { can }: Who): Rights {
  switch (kind) {
    case "sign_in_log":
      return { canSave: can("sign_in_log view"), canExport: can("sign_in_log export", "own_sessions export"), canSchedule: can("sign_in_log export") };
    case "login_logout":
      return { canSave: can("login_logout all"), canExport: can("login_logout export", "own_sessions export"), canSchedule: can("login_logout all") };
    case "activity_audit":
      return { canSave: can("activity_audit edit"), canExport: can("activity_audit export"), canSchedule: can("activity_audit edit") };
    default:
      return { canSave: can("audit_logs view"), canExport: can("audit_logs export"), canSchedule: can("audit_logs export") };
  }
}
