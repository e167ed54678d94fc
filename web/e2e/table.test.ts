/** The table of a report and what is around it: by keys, by address, where questions fail, and on a phone. */
import type { Page } from "@playwright/test";
import { asking, column, expect, grid, open, openReport, signInByKey, test, total } from "./rollcall";

const SESSIONS = "login_logout?preset=last_7_days&time_zone=Europe/Stockholm";

/** Has the server refuse what is asked of reports, until what this gives is called. */
async function refusing(page: Page, question: "query" | "facets"): Promise<() => Promise<void>> {
  const asked = `**/api/v1/reports/*/${question}`;
  const refusal = { status: 422, contentType: "application/problem+json", body: JSON.stringify({ status: 422, detail: "not now" }) };
  await page.route(asked, (route) => route.fulfill(refusal));
  return () => page.unroute(asked);
}

/** Which permissions the page takes whoever uses it to have. */
async function having(page: Page, ...permissions: string[]): Promise<void> {
  await page.route("**/api/v1/session", async (route) => {
    const answer = await route.fetch();
    const session = (await answer.json()) as object;
    await route.fulfill({ response: answer, json: { ...session, grants: [{ permissions, scope: "all" }] } });
  });
}

test("the cell that keys have led to is seen, and what is cut off is seen to be", async ({ page, server }) => {
  await openReport(page, server, SESSIONS);
  await grid(page).focus();
  await page.keyboard.press("ArrowDown");
  const active = page.locator('[role="gridcell"][data-active]');
  await expect(active).toHaveCSS("outline-style", "solid");
  await expect(page.getByRole("gridcell").first().locator("span").first()).toHaveCSS("text-overflow", "ellipsis");
  await page.keyboard.press("ArrowUp");
  await expect(page.locator('[role="columnheader"][data-active]')).toHaveCSS("outline-style", "solid");
});

test("heads are read as a whole, and columns take all of a wide table", async ({ page, server }) => {
  await page.setViewportSize({ width: 1900, height: 900 });
  await openReport(page, server, "sign_in_log?preset=7_days&columns=account,source_ip,failure_code,attempt");
  const cut = await page.getByRole("columnheader").locator("span").evaluateAll((labels) => labels.filter((label) => label.scrollWidth > label.clientWidth + 1).length);
  expect(cut).toBe(0);
  const [content, room] = await grid(page).evaluate((element) => [element.scrollWidth, element.clientWidth]);
  expect(content).toBe(room);
  const last = await page.getByRole("columnheader").last().boundingBox();
  const table = await grid(page).boundingBox();
  expect((last?.x ?? 0) + (last?.width ?? 0)).toBeGreaterThan((table?.x ?? 0) + (table?.width ?? 0) - 40);
});

test("the focus comes back to where a row was opened, and the drawer of an address leads on too", async ({ page, server }) => {
  await openReport(page, server, SESSIONS);
  const drawer = page.getByRole("dialog");
  await grid(page).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(drawer.getByRole("table")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(grid(page)).toBeFocused();
  await expect(grid(page)).toHaveAttribute("aria-activedescendant", /-1-0$/);
  await page.getByRole("gridcell").nth(20).click();
  await expect(drawer.getByRole("table")).toBeVisible();
  const address = page.url();
  await drawer.getByRole("button", { name: "Close" }).click();
  await expect(grid(page)).toBeFocused();

  await page.goto("about:blank");
  await page.goto(address);
  await expect(drawer.getByRole("table")).toBeVisible();
  await drawer.getByRole("button", { name: "Next row" }).click();
  await expect(page).not.toHaveURL(address);
  await page.keyboard.press("Escape");
  await expect(grid(page)).toBeFocused();

  await page.getByText("Timeline", { exact: true }).click();
  const bar = page.getByRole("region", { name: "Sessions of each agent over time" }).locator("button[data-end]").first();
  await bar.click();
  await expect(drawer.getByRole("table")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(bar).toBeFocused();
});

test("columns and pins are in the address, and Reset brings the report back as it comes", async ({ page, server, browser }) => {
  await openReport(page, server, SESSIONS);
  await expect(page).toHaveURL(/columns=agent,login_time/);
  const usual = await page.getByRole("columnheader").allTextContents();
  await page.getByRole("button", { name: "What to do with the column End reason" }).click();
  await page.getByRole("menuitem", { name: "Pin to the left" }).click();
  await expect(page).toHaveURL(/pinned=end_reason/);
  await page.getByRole("button", { name: "What to do with the column Channel" }).click();
  await asking(page, () => page.getByRole("menuitem", { name: "Hide the column" }).click());
  await page.getByRole("columnheader", { name: /^Agent/ }).getByText("Agent").click();
  await expect(page).toHaveURL(/sort=agent:asc/);
  const shown = await page.getByRole("columnheader").allTextContents();
  expect(shown[0]).toBe("End reason");

  const elsewhere = await browser.newContext({ timezoneId: "Asia/Seoul" });
  const other = await elsewhere.newPage();
  await other.goto(page.url());
  await signInByKey(other, server.key);
  await expect(grid(other)).toBeVisible();
  expect(await other.getByRole("columnheader").allTextContents()).toEqual(shown);
  expect(other.url()).toBe(page.url());
  await elsewhere.close();

  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page).not.toHaveURL(/pinned=|sort=/);
  await expect.poll(() => page.getByRole("columnheader").allTextContents()).toEqual(usual);
  // Also for the next visit.
  await page.getByRole("link", { name: "Sign-in log" }).click();
  await page.getByRole("link", { name: "Login/Logout report" }).click();
  await expect.poll(() => page.getByRole("columnheader").allTextContents()).toEqual(usual);
});

test("rows that can't be refreshed stay; of another question that fails, nothing of the one before does", async ({ page, server }) => {
  await openReport(page, server, "sign_in_log?preset=7_days&time_zone=UTC");
  const rows = await total(page);
  let again = await refusing(page, "query");
  await page.getByRole("button", { name: "Query", exact: true }).click();
  await expect(page.getByText(/^Could not be refreshed since \d\d:\d\d/)).toBeVisible();
  expect(await total(page)).toBe(rows);
  await expect(page.getByRole("gridcell").first()).not.toBeEmpty();
  await again();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText(/^Could not be refreshed/)).toHaveCount(0);

  again = await refusing(page, "query");
  await page.getByRole("button", { name: /^Range:/ }).click();
  await page.getByRole("button", { name: "1 day", exact: true }).click();
  await expect(page.getByRole("alert")).toHaveCount(1);
  await expect(page.getByRole("status").filter({ hasText: /rows?$/ })).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^How complete this is/ })).toHaveCount(0);
  await again();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect.poll(() => total(page)).toBeLessThan(rows);

  again = await refusing(page, "facets");
  await page.getByRole("button", { name: /^Change the filter Account/ }).click();
  const editor = page.getByRole("dialog");
  await expect(editor.getByRole("alert")).toBeVisible();
  await expect(editor.getByText("0 chosen")).toHaveCount(0);
  await again();
  await editor.getByRole("button", { name: "Try again" }).click();
  await expect(editor.getByRole("checkbox").first()).toBeVisible();
});

test("values that are typed are all kept", async ({ page, server }) => {
  await openReport(page, server, "sign_in_log?preset=7_days&time_zone=UTC");
  await page.getByRole("button", { name: /^Change the filter Account/ }).click();
  await page.getByRole("combobox", { name: "Account: how it compares" }).selectOption("contains");
  await page.getByRole("combobox", { name: "Values" }).pressSequentially("live,mar");
  const asked = await asking(page, () => page.getByRole("button", { name: "Apply" }).click());
  expect(asked).toMatchObject({ filters: [{ field: "account", op: "contains", values: ["live", "mar"] }] });
});

test("a range that ends before it begins is told at its field, and moments as the locale has them", async ({ page, server }) => {
  await openReport(page, server, "login_logout?preset=yesterday&time_zone=Europe/Stockholm");
  await page.getByRole("button", { name: /^Range:/ }).click();
  const day = await page.getByLabel("From: date").inputValue();
  await page.getByLabel("From: time").fill("14:00");
  await page.getByLabel("To: time").fill("08:00");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByLabel("To: date")).toBeFocused();
  await expect(page.getByLabel("To: date")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByText("The end has to come after the beginning.")).toBeVisible();
  await page.getByLabel("To: time").fill("18:00");
  await asking(page, () => page.getByRole("button", { name: "Apply" }).click());
  await expect(page.getByRole("button", { name: /^Range:/ })).toContainText("14:00 to 18:00");
  await expect(page.getByRole("button", { name: /^Range:/ })).toBeFocused();
  // By address anything may be asked; it is refused once.
  await page.goto(`${server.address}#/report/login_logout?from=${day}T14:00&to=${day}T08:00&time_zone=UTC`);
  await expect(page.getByRole("alert")).toHaveCount(1);
});

test("a report as it was known is told to be one, and can be left", async ({ page, server }) => {
  await open(page, server, "/report/login_logout?preset=last_90_days&time_zone=UTC&as_of_seq=1000");
  await expect(page.getByText("As known before seq 1,000", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: /^Remove the filter As known/ }).click();
  await expect(page).not.toHaveURL(/as_of_seq/);
});

test("what is related to a row is looked for where one may look", async ({ page, server }) => {
  await openReport(page, server, `${SESSIONS}&filter=end_reason:in:expired`);
  await page.getByRole("gridcell").first().click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("tab", { name: "Related" }).click();
  await expect(drawer.getByRole("heading", { name: "Same session" })).toBeVisible();
  await expect(drawer.getByText(/^sign.of.life$/i).first()).toBeVisible();
  await having(page, "login_logout view", "login_logout all");
  await page.reload();
  await drawer.getByRole("tab", { name: "Related" }).click();
  await expect(drawer.getByText(/reports that you may not see: Activity audit and Sign-in log/)).toBeVisible();
  await expect(drawer.getByRole("heading", { name: "Same agent, a day around it" })).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("of a report that may not be seen nothing is asked, and one that isn't there is told not to be", async ({ page, server }) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("/api/v1/reports/")) asked.push(request.url());
  });
  await open(page, server, "/report/nosuchkind");
  await expect(page.getByText("There is no such report")).toBeVisible();
  await having(page, "login_logout view");
  await page.goto(`${server.address}#/account`);
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  asked.length = 0;
  for (const kind of ["sign_in_log", "activity_audit"]) {
    await page.goto(`${server.address}#/report/${kind}`);
    await expect(page.getByRole("heading", { name: "You may not see this page" })).toBeVisible();
  }
  expect(asked).toEqual([]);
});

test("the activity audit asks first, goes back to rows, and says of an application what its list says", async ({ page, server }) => {
  await open(page, server, "/report/activity_audit");
  const prompt = page.getByRole("heading", { name: "What do you want to look at?" });
  await page.getByText(/^Admin \(/).click();
  await page.getByRole("button", { name: "Show the activities" }).click();
  await expect(page.getByRole("button", { name: "Change the filter Application is one of Admin" })).toBeVisible();
  await page.getByRole("button", { name: "Choose another application or period" }).click();
  await expect(prompt).toBeVisible();
  await page.goBack();
  await expect(grid(page)).toBeVisible();
  await page.getByRole("button", { name: "Choose another application or period" }).click();
  await expect(prompt).toBeVisible();
  await page.goto(`${server.address}#/report/activity_audit?preset=last_7_days&columns=activity,category&filter=category:in:access`);
  await expect(grid(page)).toBeVisible();
  expect(new Set(await column(page, "Category"))).toEqual(new Set(["Access"]));
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 } });

  test("rows are on the first screen, and what they are asked with is a tap away", async ({ page, server }) => {
    await openReport(page, server, `${SESSIONS}&filter=end_reason:in:signed_out`);
    const box = await grid(page).boundingBox();
    expect(box?.y ?? 740).toBeLessThan(400);
    await expect(page.getByRole("button", { name: "Query", exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: /^Change the filter Agent/ })).toHaveCount(0);
    await page.getByRole("button", { name: "Filters (1)" }).click();
    await expect(page.getByRole("button", { name: /^Change the filter Agent/ })).toBeVisible();
    await page.getByRole("button", { name: /^Range:/ }).click();
    const range = await page.getByRole("dialog").boundingBox();
    expect(range?.x ?? -1).toBeGreaterThanOrEqual(0);
    expect((range?.x ?? 0) + (range?.width ?? 360)).toBeLessThanOrEqual(360);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
});
