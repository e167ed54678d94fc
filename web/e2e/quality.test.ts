/** What holds of every page: for those who hear it or use keys alone, on phones, in Korean, and how quick it is. */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, grid, open, openReport, test } from "./rollcall";

const PAGES = [
  "/overview",
  "/report/sign_in_log?preset=7_days",
  "/report/login_logout?preset=last_7_days",
  "/report/login_logout?preset=last_7_days&group_by=channel,end_reason",
  "/report/login_logout?preset=yesterday&look=timeline",
  "/report/login_logout?preset=yesterday&look=summary",
  "/report/activity_audit",
  "/report/activity_log?preset=last_7_days",
  "/report/access_log?preset=last_7_days",
  "/report/webhook_failures",
  "/report/integration_failures",
  "/saved",
  "/schedules",
  "/exports",
  "/admin/users",
  "/admin/profiles",
  "/admin/directory",
  "/admin/sources",
  "/admin/destinations",
  "/admin/webhooks",
  "/admin/settings",
] as const;

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.waitForLoadState("networkidle");
  await expect(page.getByRole("status", { name: "Loading…" })).toHaveCount(0);
}

/** A picture of a page for people to look at, in the folder of the test. */
async function picture(page: Page, path: string): Promise<void> {
  const name = path.replace(/[^a-z_]+/g, "-").replace(/^-/, "");
  await page.screenshot({ path: test.info().outputPath(`${name}.png`) });
}

/** What axe finds, in words that say where. */
async function found(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary ?? ""}`));
}

for (const scheme of ["light", "dark"] as const) {
  test.describe(`in ${scheme} colours`, () => {
    test.use({ colorScheme: scheme, reducedMotion: "reduce" });
    test("axe finds nothing on any page", async ({ page, server }) => {
      test.setTimeout(300_000);
      await open(page, server, "/overview");
      for (const path of PAGES) {
        await page.goto(`${server.address}#${path}`);
        await settled(page);
        await picture(page, path);
        expect(await found(page), path).toEqual([]);
      }
    });
  });
}

/** A page, the tab to choose on it, and the button that opens a form or a drawer. */
const FORMS: [page: string, tab: string | null, button: string | RegExp | null][] = [
  ["/admin/users", null, "Add user"],
  ["/admin/users", null, /^Open: /],
  ["/admin/profiles", null, "Add profile"],
  ["/admin/profiles", null, "Open: Supervisor"],
  ["/admin/directory", null, "Add agent"],
  ["/admin/directory", null, "Import"],
  ["/admin/directory", null, /^Open: /],
  ["/admin/sources", "Rejected records", null],
  ["/admin/sources", "API keys", "Create key"],
  ["/admin/destinations", null, "New destination"],
  ["/admin/destinations", null, /^Open: /],
  ["/admin/webhooks", null, "New webhook"],
  ["/admin/settings", "Single sign-on", null],
  ["/admin/settings", "Exports", null],
  ["/admin/settings", "Alerts", null],
  ["/admin/settings", "Retention", null],
  ["/admin/settings", "Catalogue", null],
  ["/admin/settings", "Operations", null],
  ["/schedules", null, "New schedule"],
  ["/schedules", null, /^Open: /],
  ["/schedules", "Runs", null],
  ["/saved", "Published", null],
  ["/report/login_logout?preset=last_7_days", null, "Save"],
  ["/report/login_logout?preset=last_7_days", null, /Complete/],
];

test("axe finds nothing in any form, drawer and tab", async ({ page, server }) => {
  test.setTimeout(180_000);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await open(page, server, "/overview");
  for (const [path, tab, button] of FORMS) {
    await page.goto(`${server.address}#/overview`);
    await page.goto(`${server.address}#${path}`);
    await settled(page);
    if (tab !== null) await page.getByRole("tab", { name: tab }).click();
    if (button !== null) await page.getByRole("button", { name: button, exact: true }).first().click();
    await page.waitForLoadState("networkidle");
    expect(await found(page), `${path} ${tab ?? ""} ${String(button ?? "")}`).toEqual([]);
    await page.keyboard.press("Escape");
  }
});

test("axe finds nothing on the sign-in, and nothing in menus, drawers and dialogs", async ({ page, server }) => {
  await page.goto(server.address);
  await expect(page.getByLabel("Account", { exact: true })).toBeVisible();
  expect(await found(page), "sign-in").toEqual([]);
  await openReport(page, server, "login_logout?preset=last_7_days");
  await page.getByRole("gridcell").first().click();
  await expect(page.getByRole("dialog").getByRole("table")).toBeVisible();
  expect(await found(page), "drawer").toEqual([]);
  await page.keyboard.press("Escape");
  for (const name of [/^Range:/, /^Change the filter Agent/, "Columns", "Group", "Download", /^Account of/]) {
    await page.getByRole("button", { name, exact: true }).click();
    await page.waitForLoadState("networkidle");
    // What opens fades in.
    await page.waitForFunction(() => document.getAnimations().every((animation) => animation.playState !== "running"));
    expect(await found(page), String(name)).toEqual([]);
    await page.keyboard.press("Escape");
  }
});

test("a report is used by keys alone", async ({ page, server }) => {
  await openReport(page, server, "login_logout?preset=last_7_days");
  await page.reload();
  await expect(grid(page)).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  const names: string[] = [];
  for (let step = 0; step < 60 && !names.includes("Rows"); step += 1) {
    await page.keyboard.press("Tab");
    names.push(await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? ""));
  }
  expect(names).toContain("Rows");
  expect(names.some((name) => name.startsWith("Range:"))).toBe(true);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/sort=agent:asc/);
  await expect(grid(page)).toHaveAttribute("aria-busy", "false");
  await page.keyboard.press("Control+End");
  const last = Number(await grid(page).getAttribute("aria-rowcount"));
  await expect(page.locator(`[aria-rowindex="${last}"]`)).toBeVisible();
  expect(await grid(page).getAttribute("aria-activedescendant")).toMatch(new RegExp(`-${last - 2}-\\d+$`));
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, colorScheme: "dark", reducedMotion: "reduce" });

  test("no page scrolls sideways, and the navigation opens", async ({ page, server }) => {
    test.setTimeout(180_000);
    await page.goto(server.signIn);
    await settled(page);
    for (const path of PAGES) {
      await page.goto(`${server.address}#${path}`);
      await settled(page);
      await picture(page, path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(360);
    }
    await page.getByRole("button", { name: "Open the navigation" }).click();
    await page.getByRole("link", { name: "Sign-in log" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Sign-in log" })).toBeVisible();
  });
});

test.describe("in Korean", () => {
  test.use({ locale: "ko-KR" });

  test("a report speaks Korean, its columns and values too, and dates as Koreans write them", async ({ page, server }) => {
    await page.goto(server.signIn);
    await expect(page.getByRole("heading", { level: 1, name: "개요" })).toBeVisible();
    await page.goto(`${server.address}#/report/login_logout?preset=last_7_days&sort=login_time:asc`);
    await expect(page.locator("html")).toHaveAttribute("lang", "ko");
    await expect(page.getByRole("columnheader").first()).toHaveText("상담원");
    await expect(page.getByRole("gridcell", { name: "로그아웃함" }).first()).toBeVisible();
    await expect(page.getByRole("gridcell", { name: /^\d{4}\. \d{2}\. \d{2}\./ }).first()).toBeVisible();
    // Words of columns that the catalogue doesn't know would stand there in English.
    for (const kind of ["sign_in_log", "access_log", "activity_log", "activity_audit?preset=last_7_days"]) {
      await page.goto(`${server.address}#/report/${kind}`);
      await expect(page.getByRole("columnheader").first()).toBeVisible();
      for (const label of await page.getByRole("columnheader").allTextContents()) expect(label).toMatch(/[가-힣]/);
    }
    await page.getByRole("button", { name: /의 계정|계정/ }).last().click();
    await page.getByRole("menuitem", { name: "English" }).click();
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
  });
});

test("the initial page has less than 250 KB of compressed script", async ({ page, server }) => {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  const scripts = new Set<string>();
  let bytes = 0;
  client.on("Network.responseReceived", ({ requestId, type }) => {
    if (type === "Script") scripts.add(requestId);
  });
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(server.address);
  await expect(page.getByLabel("Account", { exact: true })).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(scripts.size).toBeGreaterThan(3);
  expect(bytes / 1024).toBeLessThan(250);
});

test("scrolling has no long task above 100 ms, and rows far below are there", async ({ page, server }) => {
  await openReport(page, server, "activity_audit?preset=last_30_days&time_zone=UTC");
  const count = Number(await grid(page).getAttribute("aria-rowcount"));
  expect(count).toBeGreaterThan(50_000);
  await page.evaluate(() => {
    const found: number[] = [];
    Object.assign(window, { longTasks: found });
    new PerformanceObserver((list) => found.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  });
  for (let step = 0; step < 60; step += 1) {
    await grid(page).evaluate((element) => element.scrollBy(0, 400));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  const tasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
  expect(Math.max(0, ...tasks)).toBeLessThan(100);
  await grid(page).evaluate((element) => element.scrollTo(0, element.scrollHeight / 2));
  const middle = page.locator(`[aria-rowindex="${Math.floor(count / 2)}"]`);
  await expect(middle.getByRole("gridcell").first()).not.toBeEmpty();
});
