/** The way in and out with an API key. */
import { expect, open, signInByKey, status, test } from "./rollcall";

test("the link signs in, and the key is in the address and the history no more", async ({ page, server }) => {
  await page.goto(server.signIn);
  await expect(page.getByRole("table")).toBeVisible();
  expect(page.url()).not.toContain(server.key);
  expect(page.url()).not.toContain("key=");
  await page.goBack();
  expect(page.url()).toBe("about:blank");
});

test("the page is sent with a strict policy", async ({ page, server }) => {
  const response = await page.goto(server.address);
  expect(response?.headers()["content-security-policy"]).toContain("default-src 'self'");
  await expect(page.getByLabel("Account")).toBeFocused();
});

test("a key that is entered signs in, and is kept for this tab only", async ({ page, server }) => {
  await page.goto(server.address);
  await signInByKey(page, server.key);
  await expect(page.getByRole("table")).toBeVisible();
  expect(await page.evaluate(() => [localStorage.length, document.cookie])).toEqual([0, ""]);
  await page.reload();
  await expect(page.getByRole("table")).toBeVisible();
  const other = await page.context().newPage();
  await other.goto(server.address);
  await expect(other.getByLabel("Account")).toBeVisible();
});

test("a wrong key is refused in words", async ({ page, server }) => {
  await page.goto(server.address);
  await signInByKey(page, "wrong");
  await expect(page.getByRole("alert")).toContainText("The server doesn't know this key");
  await expect(page.getByLabel("API key")).toBeFocused();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

test("signing out forgets the key", async ({ page, server }) => {
  await open(page, server, "report=sign_in_log");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByLabel("API key")).toBeVisible();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  await page.reload();
  await expect(page.getByLabel("Account")).toBeVisible();
  await expect(status(page)).toHaveCount(0);
});
