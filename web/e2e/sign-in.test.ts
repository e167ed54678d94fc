/** The way in and out with an API key. */
import { expect, open, signInByKey, test } from "./rollcall";

const overview = { level: 1, name: "Overview" } as const;

test("the link signs in, and the key is in the address and the history no more", async ({ page, server }) => {
  await page.goto(server.signIn);
  await expect(page.getByRole("heading", overview)).toBeVisible();
  expect(page.url()).not.toContain(server.key);
  expect(page.url()).not.toContain("key=");
});

test("the page is sent with a strict policy", async ({ page, server }) => {
  const response = await page.goto(server.address);
  expect(response?.headers()["content-security-policy"]).toMatch(/^default-src 'self';.*; style-src 'self' 'nonce-[0-9a-f]{32}'$/);
  await expect(page.getByLabel("Account", { exact: true })).toBeFocused();
});

test("a key that is entered signs in, and is kept for this tab only", async ({ page, server }) => {
  await page.goto(server.address);
  await signInByKey(page, server.key);
  await expect(page.getByRole("heading", overview)).toBeVisible();
  expect(await page.evaluate(() => [Object.values(localStorage).join(), document.cookie].join())).not.toContain(server.key);
  await page.reload();
  await expect(page.getByRole("heading", overview)).toBeVisible();
  const other = await page.context().newPage();
  await other.goto(server.address);
  await expect(other.getByLabel("Account", { exact: true })).toBeVisible();
});

test("a wrong key is refused in words", async ({ page, server }) => {
  await page.goto(server.address);
  await signInByKey(page, "wrong");
  await expect(page.getByRole("alert")).toContainText("The server doesn't know this key");
  await expect(page.getByLabel("API key", { exact: true })).toBeFocused();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

test("signing out forgets the key", async ({ page, server }) => {
  await open(page, server, "/report/sign_in_log");
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByLabel("Account", { exact: true })).toBeVisible();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  await page.reload();
  await expect(page.getByLabel("Account", { exact: true })).toBeVisible();
});

test("the account menu doesn't stay open on another page, nor come back with the one it was opened on", async ({ page, server }) => {
  await page.goto(server.signIn);
  await page.getByRole("button", { name: /^Account of/ }).click();
  await expect(page.getByRole("menu")).toBeVisible();
  await page.evaluate(() => {
    location.hash = "#/saved";
  });
  await expect(page.getByRole("heading", { level: 1, name: "Saved reports" })).toBeVisible();
  await expect(page.getByRole("menu")).toHaveCount(0);
  await page.goBack();
  await expect(page.getByRole("heading", overview)).toBeVisible();
  await expect(page.getByRole("menu")).toHaveCount(0);
});

test("the language is chosen before signing in", async ({ page, server }) => {
  await page.goto(server.address);
  const language = page.getByRole("group", { name: "Language" });
  await expect(language.getByRole("button", { name: "English" })).toHaveAttribute("aria-pressed", "true");
  await language.getByRole("button", { name: "한국어" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Rollcall 로그인" })).toBeVisible();
  await expect(page).toHaveTitle("Rollcall 로그인 · Rollcall");
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
});

test("where there was no session none is asked for", async ({ page, server }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(server.address);
  await expect(page.getByLabel("Account", { exact: true })).toBeFocused();
  // That there is none is known since the first look.
  expect(asked).toContain("/api/v1/session");
  asked.length = 0;
  await page.reload();
  await expect(page.getByLabel("Account", { exact: true })).toBeFocused();
  expect(asked).not.toContain("/api/v1/session");
});
