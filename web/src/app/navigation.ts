/** The pages, in the order of the navigation, and what one needs to see each. */
import {
  type Icon,
  IconAddressBook,
  IconBellRinging,
  IconBookmark,
  IconBuildingBroadcastTower,
  IconCalendarTime,
  IconClockPlay,
  IconDoorEnter,
  IconFileZip,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconListCheck,
  IconPlugConnectedX,
  IconSend,
  IconSettings,
  IconShieldLock,
  IconUsers,
  IconWebhook,
} from "@tabler/icons-react";
import type { Who } from "../session/session";

export type ReportKind =
  | "sign_in_log"
  | "login_logout"
  | "access_log"
  | "activity_log"
  | "activity_audit"
  | "webhook_failures"
  | "integration_failures";

export const REPORT_KINDS: readonly ReportKind[] = [
  "sign_in_log",
  "login_logout",
  "activity_audit",
  "activity_log",
  "access_log",
  "webhook_failures",
  "integration_failures",
];

export type PageName =
  | ReportKind
  | "overview"
  | "saved"
  | "schedules"
  | "exports"
  | "users"
  | "profiles"
  | "directory"
  | "sources"
  | "destinations"
  | "webhooks"
  | "settings";

export interface Entry {
  page: PageName;
  path: string;
  icon: Icon;
  /** Any of these permissions lets one see it. */
  needs: readonly string[];
}

export interface EntryGroup {
  name: "reports" | "audit" | "library" | "administration" | null;
  entries: readonly Entry[];
}

const REPORTS = ["sign_in_log view", "login_logout view", "audit_logs view", "activity_audit view", "own_sessions view"];
const SCHEDULING = ["sign_in_log export", "login_logout all", "audit_logs export", "activity_audit edit"];
const EXPORTING = ["sign_in_log export", "login_logout export", "audit_logs export", "activity_audit export", "own_sessions export"];

function report(page: ReportKind, icon: Icon, ...needs: string[]): Entry {
  return { page, path: `/report/${page}`, icon, needs };
}

export const NAVIGATION: readonly EntryGroup[] = [
  { name: null, entries: [{ page: "overview", path: "/overview", icon: IconLayoutDashboard, needs: REPORTS }] },
  {
    name: "reports",
    entries: [
      report("sign_in_log", IconDoorEnter, "sign_in_log view", "own_sessions view"),
      report("login_logout", IconClockPlay, "login_logout view", "own_sessions view"),
      report("activity_audit", IconListCheck, "activity_audit view"),
    ],
  },
  {
    name: "audit",
    entries: [
      report("activity_log", IconHistory, "audit_logs view"),
      report("access_log", IconKey, "audit_logs view"),
      report("webhook_failures", IconBellRinging, "audit_logs view"),
      report("integration_failures", IconPlugConnectedX, "audit_logs view"),
    ],
  },
  {
    name: "library",
    entries: [
      { page: "saved", path: "/saved", icon: IconBookmark, needs: REPORTS.slice(0, 4) },
      { page: "schedules", path: "/schedules", icon: IconCalendarTime, needs: SCHEDULING },
      { page: "exports", path: "/exports", icon: IconFileZip, needs: [...EXPORTING, "saved_reports manage_others"] },
    ],
  },
  {
    name: "administration",
    entries: [
      { page: "users", path: "/admin/users", icon: IconUsers, needs: ["users view"] },
      { page: "profiles", path: "/admin/profiles", icon: IconShieldLock, needs: ["profiles view", "users view"] },
      { page: "directory", path: "/admin/directory", icon: IconAddressBook, needs: ["directory view"] },
      { page: "sources", path: "/admin/sources", icon: IconBuildingBroadcastTower, needs: ["sources view", "users view"] },
      { page: "destinations", path: "/admin/destinations", icon: IconSend, needs: ["destinations view"] },
      { page: "webhooks", path: "/admin/webhooks", icon: IconWebhook, needs: ["webhooks view"] },
      {
        page: "settings",
        path: "/admin/settings",
        icon: IconSettings,
        needs: ["settings view", "settings edit", "retention view", "operations view"],
      },
    ],
  },
];

/** What one may see of the navigation. */
export function visible({ can }: Who): EntryGroup[] {
  const groups = NAVIGATION.map((group) => ({ ...group, entries: group.entries.filter(({ needs }) => can(...needs)) }));
  return groups.filter(({ entries }) => entries.length > 0);
}

/** The entry of a page. */
export function entryOf(page: PageName): Entry {
  const found = NAVIGATION.flatMap(({ entries }) => entries).find((entry) => entry.page === page);
  if (found === undefined) throw new Error(`the navigation has no page ${page}`);
  return found;
}

