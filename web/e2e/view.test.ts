/** Views in addresses, what is wrong in them, and small screens. */
import { column, expect, open, result, signInByKey, test, total } from "./rollcall";

const VIEW = "report=login_logout&preset=yesterday&time_zone=America/New_York&filter=end_reason:not_in:still_open&sort=agent:asc";

test("reloading keeps the view, and a copied address gives it to somebody else", async ({ page, server, browser }) => {
  await open(page, server, VIEW);
  const [rows, agents, address] = [await total(page), await column(page, "Agent"), page.url()];
  expect(new URL(address).hash).toBe(`#${VIEW}`);
  await page.reload();
  await expect(page.getByRole("table")).toBeVisible();
  expect(page.url()).toBe(address);
  expect(await total(page)).toBe(rows);

  const elsewhere = await browser.newContext({ timezoneId: "Asia/Seoul" });
  const other = await elsewhere.newPage();
  await other.goto(address);
  await signInByKey(other, server.key);
  await expect(other.getByRole("table")).toBeVisible();
  expect(await total(other)).toBe(rows);
  expect(await column(other, "Agent")).toEqual(agents);
  await expect(other.getByLabel("Time zone")).toHaveValue("America/New_York");
  await expect(other.getByRole("combobox", { name: "Range" })).toHaveValue("yesterday");
  await expect(other.getByRole("button", { name: "Remove filter: End reason is none of Still open" })).toBeVisible();
  await elsewhere.close();
});

test("without an address the browser's zone holds, and the address says so", async ({ page, server }) => {
  await page.goto(server.signIn);
  await expect(page.getByLabel("Time zone")).toHaveValue("Europe/Stockholm");
  await expect(page).toHaveURL(/time_zone=Europe\/Stockholm/);
});

test("a value that the server doesn't accept is told in words, and can be removed", async ({ page, server }) => {
  await open(page, server, "report=sign_in_log&preset=7_days&time_zone=UTC");
  await page.getByRole("button", { name: "Add filter" }).click();
  await page.getByLabel("Field").selectOption("source_ip");
  await page.getByLabel("Operator").selectOption("cidr");
  await page.getByLabel("Values").fill("banana");
  await page.getByRole("button", { name: "Apply filter" }).click();
  await expect(page.getByRole("alert")).toContainText("The server doesn't accept this view");
  await expect(page.getByRole("alert")).toContainText("banana");
  await expect(page.getByRole("table")).toHaveCount(0);
  await page.getByRole("button", { name: /^Remove filter:.*banana/ }).click();
  await expect(page.getByRole("table")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
});

test("a field that the report doesn't have is told with those that it has", async ({ page, server }) => {
  await page.goto(`${server.signIn}&report=login_logout&preset=today&time_zone=UTC&filter=shoe_size:in:44`);
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("shoe_size");
  await expect(alert).toContainText("routing_profile");
  await alert.getByRole("button", { name: "Start with a fresh view" }).click();
  await expect(page.getByRole("table")).toBeVisible();
});

test("an address that was cut off is told", async ({ page, server }) => {
  await page.goto(`${server.signIn}&report=login_logout&filter=agent`);
  await expect(page.getByRole("alert")).toContainText("The address can't be read");
});

test("a range without rows says what to do", async ({ page, server }) => {
  await page.goto(`${server.signIn}&report=login_logout&from=2001-01-01&to=2001-01-31&time_zone=UTC`);
  await expect(page.getByRole("cell")).toHaveText("No rows in this range. Choose a wider one.");
  expect(await total(page)).toBe(0);
  await expect(result(page)).toContainText("2001");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, colorScheme: "dark", reducedMotion: "reduce" });

  test("the page has no sideways scrolling; the table scrolls by itself, also by keyboard", async ({ page, server }) => {
    await open(page, server, "report=login_logout&preset=last_7_days&time_zone=UTC");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    const region = page.getByRole("region", { name: /rows$/ });
    await region.focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => region.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);
  });
});
