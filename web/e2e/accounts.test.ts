/** The way in and out with account and password, and what ends a session. */
import { type Page } from "@playwright/test";
import { Administrator, codeOf, enter, firstPassword, signInForm, somebody } from "./people";
import { expect, grid, test } from "./rollcall";

const VIEW = "/report/login_logout?preset=yesterday&time_zone=America/New_York&columns=agent,login_time,end_reason&sort=agent:asc";

/** What a browser at another desk says of itself. */
const DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** Somebody is in: on the page of the address, or on the overview. */
async function expectReports(page: Page): Promise<void> {
  if (page.url().includes("/report/")) await expect(grid(page)).toBeVisible();
  else await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Account of/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
}

/** Has the page ask the server anew. */
async function refresh(page: Page): Promise<void> {
  await page.getByRole("button", { name: page.url().includes("/report/") ? "Query" : "Refresh", exact: true }).click();
}

test("with the first password another one has to be chosen, and then there are the reports", async ({ page, server }) => {
  const first = await firstPassword(server, "first");
  await page.goto(`${server.address}#${VIEW}`);
  await enter(page, { account: "first", password: first });
  await expect(page.getByRole("heading", { name: "Choose a password" })).toBeFocused();
  await expect(grid(page)).toHaveCount(0);

  const change = async (wanted: string, again = wanted): Promise<void> => {
    await page.getByLabel("Present password", { exact: true }).fill(first);
    await page.getByLabel("New password", { exact: true }).fill(wanted);
    await page.getByLabel("New password again", { exact: true }).fill(again);
    await page.keyboard.press("Enter");
  };
  await change("too short");
  await expect(page.getByText("The new password is not taken: expected at least 12 characters, got 9")).toBeVisible();
  await expect(page.getByLabel("New password", { exact: true })).toBeFocused();
  await change("words of my own", "words of nobody");
  await expect(page.getByText("The new password and its repetition differ.")).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Present password", { exact: true })).toBeVisible();
  await change("words of my own");
  await expectReports(page);
  expect(new URL(page.url()).hash).toBe(`#${VIEW}`);
});

test("a sign-in is kept by the browser, where no script can read it", async ({ page, server, context }) => {
  const kept = await somebody(server, "kept");
  await page.goto(server.address);
  await enter(page, kept);
  await expectReports(page);
  expect(await page.evaluate(() => [document.cookie, Object.values(sessionStorage).join()])).toEqual(["", ""]);
  // Only how the page looks is remembered, and that there is a session, but not whose.
  const remembered = await page.evaluate(() => Object.entries(localStorage).filter(([name]) => !name.startsWith("rollcall.navigation")));
  expect(remembered).toEqual([[`rollcall.session ${server.address.replace(/\/$/, "")}`, "maybe"]]);
  const [cookie, ...more] = await context.cookies();
  expect(cookie).toMatchObject({ name: "rollcall_session", httpOnly: true, secure: true, sameSite: "Lax" });
  expect(more).toEqual([]);
  await page.reload();
  await expectReports(page);
  const other = await context.newPage();
  await other.goto(server.address);
  await expectReports(other);
});

test("a wrong password is refused in words, without anything moving", async ({ page, server }) => {
  const wrong = await somebody(server, "wrong");
  await page.goto(server.address);
  const places = async () => await page.locator("label").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
  await expect(page.getByLabel("Account", { exact: true })).toBeFocused();
  const before = await places();
  await enter(page, { ...wrong, password: "a guess of somebody" });
  await expect(page.getByRole("alert")).toHaveText("Account or password is wrong.");
  expect(await places()).toEqual(before);
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
  await page.keyboard.type(wrong.password);
  await page.keyboard.press("Enter");
  await expectReports(page);
});

test("signing out ends the session, in other tabs too", async ({ page, server, context }) => {
  await page.goto(server.address);
  await enter(page, await somebody(server, "leaving"));
  await expectReports(page);
  const other = await context.newPage();
  await other.goto(server.address);
  await expectReports(other);
  await signOut(page);
  await expect(page.getByLabel("Account", { exact: true })).toBeFocused();
  await expect(page.getByRole("alert")).toHaveCount(0);
  expect(await context.cookies()).toEqual([]);
  await page.reload();
  await expect(page.getByLabel("Account", { exact: true })).toBeVisible();
  // The other one shows nothing of it any more, without being asked to.
  await expect(other.getByRole("alert")).toHaveText("You have signed out in another tab.");
  await expect(other.getByLabel("Account", { exact: true })).toHaveValue("");
});

test("a session that an administrator ends leads to the sign-in, and from there to the same view", async ({ page, server }) => {
  const administrator = await Administrator.of(server);
  const ended = await somebody(server, "ended");
  await page.goto(`${server.address}#${VIEW}`);
  await enter(page, ended);
  await expectReports(page);
  expect(await administrator.endSessionsOf("ended")).toBe(1);
  await refresh(page);
  await expect(page.getByRole("alert")).toHaveText("Your session has ended. Sign in again to go on where you were.");
  await expect(grid(page)).toHaveCount(0);
  await expect(signInForm(page).getByLabel("Account", { exact: true })).toHaveValue("ended");
  await expect(signInForm(page).getByLabel("Password", { exact: true })).toBeFocused();
  await enter(page, ended);
  await expectReports(page);
  expect(new URL(page.url()).hash).toBe(`#${VIEW}`);
  await expect(page.getByRole("button", { name: /^Time zone: America\/New_York/ })).toBeVisible();
});

test("where only one session may be, the one elsewhere is told of, and ended when asked to", async ({ page, server, browser }) => {
  const undo = await (await Administrator.of(server)).set({ single_sign_in: true });
  const twice = await somebody(server, "twice");
  const elsewhere = await browser.newContext({ userAgent: DESK });
  const old = await elsewhere.newPage();
  await old.goto(server.address);
  await enter(old, twice);
  await expectReports(old);

  await page.goto(server.address);
  await enter(page, twice);
  await expect(page.getByRole("alert")).toContainText(/signed in elsewhere since \d{2} \w{3} \d{4}/);
  await expect(page.getByRole("alert")).toContainText("127.0.0.1");
  await expect(page.getByRole("alert")).toContainText("Browser: Firefox on Windows");
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.getByLabel("Account", { exact: true })).toHaveValue("twice");
  await enter(page, twice);
  await page.getByRole("button", { name: "Sign in here and end that session" }).click();
  await expectReports(page);
  await refresh(old);
  await expect(old.getByRole("alert")).toContainText("Your session has ended");
  await elsewhere.close();
  await undo();
});

test("one-time codes are set up where they are demanded, and asked for from then on", async ({ page, server }) => {
  const careful = await somebody(server, "careful");
  const undo = await (await Administrator.of(server)).set({ require_second_factor: true });
  await page.goto(server.address);
  await enter(page, careful);
  await expect(page.getByText("An administrator demands one-time codes")).toBeVisible();
  await page.getByRole("button", { name: "Begin" }).click();
  await expect(page.getByRole("img", { name: "QR code with the secret for your app" })).toBeVisible();
  const secret = (await page.getByLabel("Secret", { exact: true }).textContent()) ?? "";
  const code = page.getByLabel("One-time code");
  await expect(code).toBeFocused();
  await code.fill("no code");
  await page.keyboard.press("Enter");
  await expect(page.getByText("The code is wrong.")).toBeVisible();
  await expect(code).toBeFocused();
  await code.fill(codeOf(secret));
  await page.keyboard.press("Enter");
  const listed = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(listed).toHaveCount(10);
  const recoveryCodes = await listed.allTextContents();
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expectReports(page);
  await undo();

  for (const proof of [codeOf(secret, 1), recoveryCodes[0] ?? ""]) {
    await signOut(page);
    await enter(page, careful);
    await expect(code).toBeFocused();
    await expect(page.getByRole("alert")).toHaveCount(0);
    await code.fill("000000");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alert")).toHaveText("The code is wrong, or has been used already.");
    await code.fill(proof);
    await page.keyboard.press("Enter");
    await expectReports(page);
  }
});

test("whoever acts as somebody else is told so all the time, and ends it", async ({ page, server }) => {
  const [admin, agent] = [await somebody(server, "ada", "admin"), await somebody(server, "target")];
  await page.goto(`${server.address}#${VIEW}`);
  await enter(page, admin);
  await expectReports(page);
  await sendFromPage(page, "POST", "session/impersonation", { user_id: agent.id });
  // The page learns of it by its next question.
  await refresh(page);
  const banner = page.getByRole("complementary", { name: "Acting as somebody else" });
  await expect(banner).toContainText("You are ada, acting as target");
  await expect(banner).toBeFocused();
  await page.reload();
  await expect(banner).toContainText("You are ada, acting as target");
  await expectReports(page);
  // The report takes what the banner leaves of the window.
  expect(await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight)).toBeLessThanOrEqual(0);
  await banner.getByRole("button", { name: "End" }).click();
  await expect(banner).toHaveCount(0);
  await expect(page.locator("#content")).toBeFocused();
  await expectReports(page);
  expect(new URL(page.url()).hash).toBe(`#${VIEW}`);
});

test("a form that is being filled in outlasts the session, for the same one alone", async ({ page, server }) => {
  const [writing, another] = [await somebody(server, "writing", "admin"), await somebody(server, "another", "admin")];
  await page.goto(`${server.address}#/admin/users`);
  await enter(page, writing);
  const form = page.getByRole("dialog", { name: "Add a user" });
  const interrupt = async (): Promise<void> => {
    await page.getByRole("button", { name: "Add user" }).click();
    await form.getByLabel("Account", { exact: true }).fill("half.done");
    await form.getByLabel("Name", { exact: true }).fill("Half Done");
    await sendFromPage(page, "DELETE", "session");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alert")).toHaveText("Your session has ended. Sign in again to go on where you were.");
    await expect(form).toHaveCount(0);
  };

  await interrupt();
  await enter(page, another);
  // The address leads another one to the form too, in which there is nothing.
  await expect(form.getByLabel("Account", { exact: true })).toHaveValue("");
  await expect(form.getByLabel("Name", { exact: true })).toHaveValue("");
  await form.getByRole("button", { name: "Cancel" }).click();
  await expect(form).toHaveCount(0);
  await signOut(page);
  await enter(page, writing);

  await interrupt();
  await expect(page).toHaveTitle("Sign in to Rollcall · Rollcall");
  // No key leads to what is hidden, and none does anything there.
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.closest("[role=dialog], nav"))).toBeNull();
  }
  await page.keyboard.press("Escape");
  await enter(page, writing);
  await expect(form.getByLabel("Account", { exact: true })).toHaveValue("half.done");
  await expect(form.getByLabel("Name", { exact: true })).toHaveValue("Half Done");
  await expect(page).toHaveTitle("Users · Rollcall");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 360, height: 740 }, colorScheme: "dark" });

  test("the sign-in and the reports have no sideways scrolling", async ({ page, server }) => {
    const width = async () => await page.evaluate(() => document.documentElement.scrollWidth);
    await page.goto(server.address);
    await expect(page.getByLabel("Account", { exact: true })).toBeFocused();
    expect(await width()).toBeLessThanOrEqual(360);
    await enter(page, await somebody(server, "an-account-with-a-rather-long-name-for-a-phone@rollcall.example"));
    await expectReports(page);
    expect(await width()).toBeLessThanOrEqual(360);
  });
});

/** Sends something in the page's session, as a page with more controls would. */
async function sendFromPage(page: Page, method: "POST" | "DELETE", path: string, body: object = {}): Promise<void> {
  const isOk = await page.evaluate(
    async ([how, to, text]) => {
      const { csrf_token } = (await (await fetch("api/v1/session")).json()) as { csrf_token: string };
      const headers = { "content-type": "application/json", "x-csrf-token": csrf_token };
      return (await fetch(to, { method: how, headers, ...(how === "POST" ? { body: text } : {}) })).ok;
    },
    [method, `api/v1/${path}`, JSON.stringify(body)] as const,
  );
  expect(isOk).toBe(true);
}
