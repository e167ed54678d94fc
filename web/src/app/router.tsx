/** Which page an address means. Pages are fetched when they are first looked at. */
import { Navigate, createHashHistory, createRootRoute, createRoute, createRouter, lazyRouteComponent, notFound } from "@tanstack/react-router";
import type { ReportKind } from "./navigation";
import { REPORT_KINDS } from "./navigation";
import { NoSuchReport, NotFound, PageFailed } from "./Otherwise";
import { type Search, parseSearch, stringifySearch } from "./search";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageFailed });
const asItIs = (search: Record<string, unknown>): Search => search as Search;

const home = createRoute({ getParentRoute: () => root, path: "/", component: () => <Navigate to="/overview" replace /> });
const overview = createRoute({
  getParentRoute: () => root,
  path: "/overview",
  component: lazyRouteComponent(() => import("../overview/OverviewPage"), "OverviewPage"),
});
const report = createRoute({
  getParentRoute: () => root,
  path: "/report/$kind",
  validateSearch: asItIs,
  params: {
    parse: ({ kind }) => ({ kind: kindOf(kind) }),
    stringify: ({ kind }) => ({ kind }),
  },
  notFoundComponent: NoSuchReport,
  component: lazyRouteComponent(() => import("../report/ReportPage"), "ReportPage"),
});
const saved = createRoute({
  getParentRoute: () => root,
  path: "/saved",
  component: lazyRouteComponent(() => import("../library/SavedReportsPage"), "SavedReportsPage"),
});
const savedOne = createRoute({
  getParentRoute: () => root,
  path: "/saved/$id",
  validateSearch: asItIs,
  component: lazyRouteComponent(() => import("../report/SavedReportPage"), "SavedReportPage"),
});
const schedules = createRoute({
  getParentRoute: () => root,
  path: "/schedules",
  validateSearch: asItIs,
  component: lazyRouteComponent(() => import("../library/SchedulesPage"), "SchedulesPage"),
});
const exports = createRoute({
  getParentRoute: () => root,
  path: "/exports",
  component: lazyRouteComponent(() => import("../library/ExportsPage"), "ExportsPage"),
});
const account = createRoute({
  getParentRoute: () => root,
  path: "/account",
  component: lazyRouteComponent(() => import("../session/AccountPage"), "AccountPage"),
});
const users = createRoute({
  getParentRoute: () => root,
  path: "/admin/users",
  validateSearch: asItIs,
  component: lazyRouteComponent(() => import("../administration/users/UsersPage"), "UsersPage"),
});
const profiles = createRoute({
  getParentRoute: () => root,
  path: "/admin/profiles",
  validateSearch: asItIs,
  component: lazyRouteComponent(() => import("../administration/profiles/ProfilesPage"), "ProfilesPage"),
});
const directory = createRoute({
  getParentRoute: () => root,
  path: "/admin/directory",
  validateSearch: asItIs,
  component: lazyRouteComponent(() => import("../administration/directory/DirectoryPage"), "DirectoryPage"),
});
const sources = createRoute({
  getParentRoute: () => root,
  path: "/admin/sources",
  validateSearch: asItIs,
  component: lazyRouteComponent(() => import("../administration/sources/SourcesPage"), "SourcesPage"),
});
const destinations = createRoute({
  getParentRoute: () => root,
  path: "/admin/destinations",
  validateSearch: asItIs,
  component: lazyRouteComponent(() => import("../administration/destinations/DestinationsPage"), "DestinationsPage"),
});
const webhooks = createRoute({
  getParentRoute: () => root,
  path: "/admin/webhooks",
  validateSearch: asItIs,
  component: lazyRouteComponent(() => import("../administration/webhooks/WebhooksPage"), "WebhooksPage"),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: "/admin/settings",
  validateSearch: asItIs,
  component: lazyRouteComponent(() => import("../administration/settings/SettingsPage"), "SettingsPage"),
});

function kindOf(text: string): ReportKind {
  const kind = REPORT_KINDS.find((known) => known === text.replaceAll("-", "_"));
  if (kind === undefined) throw notFound(); // eslint-disable-line @typescript-eslint/only-throw-error -- the router's own way to say so
  return kind;
}

const routeTree = root.addChildren([
  home,
  overview,
  report,
  saved,
  savedOne,
  schedules,
  exports,
  account,
  users,
  profiles,
  directory,
  sources,
  destinations,
  webhooks,
  settings,
]);

/** The address stands behind `#`, so the page works wherever it lies, and what is looked for is not sent along. */
export function makeRouter() {
  return createRouter({
    routeTree,
    history: createHashHistory(),
    parseSearch,
    stringifySearch,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: PageFailed,
    defaultPendingMs: 150,
    scrollRestoration: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
