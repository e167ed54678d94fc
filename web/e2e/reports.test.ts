/** The two reports and their controls, on the demo data. */
import { asking, column, expect, open, result, test, total } from "./rollcall";

test("both reports show rows and their total", async ({ page, server }) => {
  await open(page, server, "report=sign_in_log&preset=7_days&time_zone=Europe/Stockholm");
  await expect(page).toHaveTitle("Sign-in log · Rollcall");
  expect(await total(page)).toBeGreaterThan(100);
  expect(await page.getByRole("columnheader").allTextContents()).toEqual([
    "Account",
    "Employee ID",
    "Operation type",
    expect.stringContaining("Operation time"),
    "Result",
    "Sign-in IP address",
    "Failure reason code",
  ]);
  expect(await column(page, "Operation type")).toContain("Sign In");
  await expect(result(page)).toContainText("Complete up to");

  const query = await asking(page, () => page.getByRole("link", { name: /^Login\/Logout/ }).click());
  expect(query).toMatchObject({ report: "login_logout", range: { preset: "7_days" }, time_zone: "Europe/Stockholm" });
  expect(await total(page)).toBeGreaterThan(0);
  // The oldest first: those have ended.
  await asking(page, () => page.getByRole("columnheader", { name: "Login time" }).getByRole("button").click());
  expect(await column(page, "Login time")).toContainEqual(expect.stringMatching(/^\w{3} [\u2007\d]\d \w{3} \d{4} \d\d:\d\d:\d\d/));
  expect(await column(page, "Duration")).toContainEqual(expect.stringMatching(/^\d+:\d\d:\d\d$/));
  expect(await column(page, "End reason")).toContain("Signed out");
  await expect(page.getByText("Times in Europe/Stockholm")).toBeVisible();
});

test("another preset and another zone ask anew", async ({ page, server }) => {
  await open(page, server, "report=login_logout&preset=last_24_hours&time_zone=UTC");
  const day = await total(page);
  const week = await asking(page, () => page.getByRole("combobox", { name: "Range" }).selectOption("last_7_days"));
  expect(week).toMatchObject({ range: { preset: "last_7_days" } });
  expect(await total(page)).toBeGreaterThan(day);

  const zone = page.getByLabel("Time zone");
  const seoul = await asking(page, async () => {
    await zone.fill("asia/seoul");
    await zone.press("Enter");
  });
  expect(seoul).toMatchObject({ time_zone: "Asia/Seoul" });
  await expect(result(page)).toContainText("(Asia/Seoul)");
  await expect(page.getByText("Times in Asia/Seoul")).toBeVisible();
  await asking(page, () => page.goBack());
  await expect(zone).toHaveValue("UTC");
});

test("a custom range takes whole days", async ({ page, server }) => {
  await open(page, server, "report=login_logout&preset=yesterday&time_zone=Europe/Stockholm");
  const yesterday = await total(page);
  const words = await result(page).getByText(/ to /).first().textContent();
  await page.getByRole("combobox", { name: "Range" }).selectOption("Custom…");
  const date = await page.getByLabel("From date").inputValue();
  await expect(page.getByLabel("To date")).toHaveValue(date);
  const query = await asking(page, () => page.getByRole("button", { name: "Apply" }).click());
  expect(query).toMatchObject({ range: { from: date, to: date } });
  expect(await total(page)).toBe(yesterday);
  expect(await result(page).getByText(/ to /).first().textContent()).toBe(words);
});

test("a filter narrows the total, and its removal widens it", async ({ page, server }) => {
  await open(page, server, "report=login_logout&preset=last_7_days&time_zone=UTC");
  const all = await total(page);
  await page.getByRole("button", { name: "Add filter" }).click();
  await page.getByLabel("Field").selectOption("end_reason");
  await page.getByLabel("Signed in again").check();
  await page.getByLabel("Signed out by force").check();
  const query = await asking(page, () => page.getByRole("button", { name: "Apply filter" }).click());
  expect(query).toMatchObject({ filters: [{ field: "end_reason", op: "in" }] });
  const some = await total(page);
  expect(some).toBeGreaterThan(0);
  expect(some).toBeLessThan(all);
  const reasons = await column(page, "End reason");
  expect(reasons.filter((reason) => reason !== "Signed in again" && reason !== "Signed out by force")).toEqual([]);
  await asking(page, () => page.getByRole("button", { name: /^Remove filter: End reason/ }).click());
  expect(await total(page)).toBe(all);
});

test("a session that is open says so in place of its end", async ({ page, server }) => {
  await open(page, server, "report=login_logout&preset=last_7_days&time_zone=UTC&filter=end_reason:in:still_open");
  const end = page.locator("tbody tr").first().getByRole("cell").nth(2);
  await expect(end).toHaveAttribute("title", "Still open at the end of the range");
  await expect(end).toContainText("–");
});

test("those signed in throughout are added on demand", async ({ page, server }) => {
  await open(page, server, "report=login_logout&preset=last_hour&time_zone=UTC");
  const touching = await total(page);
  const query = await asking(page, () => page.getByLabel("Also show those signed in throughout").check());
  expect(query).toMatchObject({ spanning: true });
  expect(await total(page)).toBeGreaterThan(touching);
});

test("a header sorts, and sorts the other way round", async ({ page, server }) => {
  await open(page, server, "report=login_logout&preset=last_7_days&time_zone=UTC");
  const agent = page.getByRole("columnheader", { name: "Agent" });
  await expect(page.getByRole("columnheader", { name: "Login time" })).toHaveAttribute("aria-sort", "descending");
  await asking(page, () => agent.getByRole("button").click());
  await expect(agent).toHaveAttribute("aria-sort", "ascending");
  const up = await column(page, "Agent");
  expect(up).toEqual(up.toSorted(byCodePoint));
  await agent.getByRole("button").focus();
  await asking(page, () => page.keyboard.press("Enter"));
  await expect(agent).toHaveAttribute("aria-sort", "descending");
  const down = await column(page, "Agent");
  expect(down).toEqual(down.toSorted((a, b) => byCodePoint(b, a)));
  expect(down).not.toEqual(up);
});

test("the next page comes after the first, and repeats nothing", async ({ page, server }) => {
  await open(page, server, "report=sign_in_log&preset=7_days&time_zone=UTC&columns=event_id,event_time,account");
  const all = await total(page);
  const first = await column(page, "Event ID");
  expect(first).toHaveLength(100);
  const query = await asking(page, () => page.getByRole("button", { name: "Load more" }).click());
  expect(query.cursor).toEqual(expect.any(String));
  const expected = Math.min(200, all);
  await expect(page.locator("tbody tr")).toHaveCount(expected);
  const both = await column(page, "Event ID");
  expect(both.slice(0, 100)).toEqual(first);
  expect(new Set(both).size).toBe(expected);
  expect(await total(page)).toBe(all);
});

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
