/** The library: saved reports, schedules with their runs, export tasks; and the overview's figures, which lead to reports. */
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { type Download, type Page } from "@playwright/test";
import { ask, forgive, rowOf, signIn } from "./api";
import { column, expect, grid, open, test, total } from "./rollcall";

interface SavedReport {
  id: string;
  name: string;
  version: number;
}

/** Chooses from the menu of a report or schedule. */
async function choose(page: Page, menu: string, item: string): Promise<void> {
  await page.getByRole("button", { name: menu }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

async function contentOf(download: Download): Promise<Buffer> {
  return await readFile(await download.path());
}

test("a report is saved, found, opened by its link, renamed against somebody else, and deleted", async ({ page, server, context, complaints }) => {
  await signIn(page, server, "lib.keeper", "admin", "/report/sign_in_log?preset=last_7_days");
  await expect(grid(page)).toBeVisible();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const saving = page.getByRole("dialog", { name: "Save the report" });
  await saving.getByRole("button", { name: "Save", exact: true }).click();
  await expect(saving.getByText("Fill this in.")).toBeVisible();
  await saving.getByLabel("Name").fill("Weekly sign-ins");
  await saving.getByLabel("Publish to the organisation").check();
  await saving.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved: Weekly sign-ins")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1, name: "Weekly sign-ins" })).toBeVisible();
  await expect(page).toHaveURL(/#\/saved\/[0-9a-f-]+(\?|$)/);
  const id = /saved\/([0-9a-f-]+)/.exec(page.url())?.[1] ?? "";

  await page.getByRole("link", { name: "Saved reports" }).click();
  const entry = rowOf(page, "Saved reports", "Weekly sign-ins");
  await expect(entry).toContainText("Sign-in log");
  await expect(entry).toContainText("The organisation");
  await page.getByRole("tab", { name: "Published" }).click();
  await expect(entry).toBeVisible();
  await page.getByRole("tab", { name: "Mine" }).click();

  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await entry.getByRole("button", { name: "Copy link: Weekly sign-ins" }).click();
  await expect(page.getByText("The link is copied.")).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toBe(`${server.address}#/saved/${id}`);
  await page.goto(link);
  const [question] = await Promise.all([page.waitForRequest((request) => request.url().endsWith("/query")), page.reload()]);
  expect(question.postDataJSON()).toMatchObject({ range: { preset: "last_7_days" } });
  await expect(page.getByRole("heading", { level: 1, name: "Weekly sign-ins" })).toBeVisible();
  await expect(page.getByRole("gridcell").first()).not.toBeEmpty();

  await page.goto(`${server.address}#/saved`);
  await choose(page, "What to do with Weekly sign-ins", "Rename…");
  const renaming = page.getByRole("dialog", { name: "Rename the report" });
  await expect(renaming.getByLabel("Name")).toHaveValue("Weekly sign-ins");
  const seen = await ask<SavedReport>(server, "GET", `saved-reports/${id}`);
  await ask(server, "PATCH", `saved-reports/${id}`, { version: seen.version, body: { name: "Sign-ins of the week" } });
  await renaming.getByLabel("Name").fill("Sign-ins, weekly");
  await renaming.getByRole("button", { name: "Rename" }).click();
  await expect(renaming.getByRole("alert")).toContainText("Somebody else has changed this meanwhile");
  await forgive(complaints, 412);
  await expect(renaming.getByRole("alert")).toContainText("Name: Sign-ins of the week (you: Sign-ins, weekly)");
  await expect(renaming.getByLabel("Name")).toHaveValue("Sign-ins, weekly");
  expect((await ask<SavedReport>(server, "GET", `saved-reports/${id}`)).name).toBe("Sign-ins of the week");
  await renaming.getByRole("button", { name: "Save mine over it" }).click();
  await expect(page.getByText("It is called Sign-ins, weekly now.")).toBeVisible();
  await page.getByRole("button", { name: "Open: Sign-ins, weekly" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Sign-ins, weekly" })).toBeVisible();

  // The same when the report itself is saved over.
  await page.getByRole("button", { name: /^Range:/ }).click();
  await page.getByRole("button", { name: "Yesterday" }).click();
  await expect(page).toHaveURL(/preset=yesterday/);
  const { version } = await ask<SavedReport>(server, "GET", `saved-reports/${id}`);
  await ask(server, "PATCH", `saved-reports/${id}`, { version, body: { name: "Sign-ins of all" } });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(saving.getByRole("radio", { name: "Save the changes to Sign-ins, weekly" })).toBeChecked();
  await saving.getByRole("button", { name: "Save", exact: true }).click();
  await expect(saving.getByRole("alert")).toContainText("Somebody else has changed this meanwhile");
  await forgive(complaints, 412);
  await expect(saving.getByLabel("Name")).toHaveValue("Sign-ins of all");
  await saving.getByLabel("Name").fill("Sign-ins, weekly");
  await saving.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved: Sign-ins, weekly")).toBeVisible();
  const stored = await ask<{ definition: unknown }>(server, "GET", `saved-reports/${id}`);
  expect(stored.definition).toMatchObject({ range: { preset: "yesterday" } });
  await page.getByRole("link", { name: "Saved reports" }).click();

  const deleting = page.getByRole("dialog", { name: "Delete Sign-ins, weekly?" });
  await choose(page, "What to do with Sign-ins, weekly", "Delete…");
  await deleting.getByRole("button", { name: "Cancel" }).click();
  await expect(deleting).toHaveCount(0);
  await expect(rowOf(page, "Saved reports", "Sign-ins, weekly")).toBeVisible();
  await choose(page, "What to do with Sign-ins, weekly", "Delete…");
  await deleting.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("Sign-ins, weekly is deleted.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "You have saved no report yet" })).toBeVisible();
  await page.goto(link);
  await expect(page.getByRole("main").getByRole("alert")).toContainText("This is not there");
  await forgive(complaints, 404);
});

/** When the form says that it would run next. */
async function nextRuns(page: Page): Promise<Date[]> {
  const times = await page.getByRole("dialog").locator("ol time").evaluateAll((all) => all.map((one) => one.getAttribute("datetime") ?? ""));
  return times.map((time) => new Date(time));
}

const DAY_MS = 86_400_000;

function daysBetween(times: readonly Date[]): number[] {
  return times.slice(1).map((time, at) => (time.getTime() - (times[at]?.getTime() ?? 0)) / DAY_MS);
}

test("a report is scheduled in words, run at once, and its file is what lies in the folder", async ({ page, server }) => {
  await ask(server, "POST", "destinations", { body: { name: "Shared drive", kind: "folder", config: { path: server.deliveries } } });
  const definition = { report: "login_logout", range: { preset: "yesterday" }, time_zone: "Europe/Stockholm", filters: [], sort: [] };
  await ask(server, "POST", "saved-reports", { body: { name: "Sessions of the desk", published: true, freeze: false, definition } });
  await signIn(page, server, "lib.planner", "admin", "/schedules");
  await page.getByRole("button", { name: "New schedule" }).click();
  const form = page.getByRole("dialog", { name: "Schedule a report" });
  await form.getByRole("button", { name: "Schedule", exact: true }).click();
  await expect(form.getByText("Fill this in.")).toBeVisible();
  await expect(form.getByText("Pick at least one destination.")).toBeVisible();

  await form.getByLabel("Saved report").click();
  await page.getByRole("option", { name: "Sessions of the desk" }).click();
  await expect(form.locator("ol li")).toHaveCount(5);
  expect(daysBetween(await nextRuns(page))).toEqual([1, 1, 1, 1]);
  await form.getByText("On days of the week").click();
  await form.getByLabel("Monday").check();
  await expect.poll(async () => daysBetween(await nextRuns(page))).toEqual([7, 7, 7, 7]);
  for (const run of await form.locator("ol time").allTextContents()) expect(run).toMatch(/^Mon\b.*00:00/);
  await form.getByLabel("Thursday").check();
  await expect.poll(async () => new Set(daysBetween(await nextRuns(page)))).toEqual(new Set([3, 4]));
  await form.getByLabel("Monday").uncheck();
  await expect.poll(async () => (await form.locator("ol time").allTextContents()).every((run) => run.startsWith("Thu"))).toBe(true);

  await form.getByLabel("Destinations").click();
  await page.getByRole("option", { name: "Shared drive" }).click();
  await form.getByLabel("Folder below Reports").fill("../../etc");
  await form.getByRole("button", { name: "Schedule", exact: true }).click();
  await expect(form.getByText("Names of folders can't be . or ..")).toBeVisible();
  await expect(form.getByLabel("Folder below Reports")).toBeFocused();
  await form.getByLabel("Folder below Reports").fill("desk/weekly");
  await form.getByLabel("Hours to wait for sources").fill("0");
  await form.getByRole("button", { name: "Schedule", exact: true }).click();
  await expect(page.getByText("Sessions of the desk is scheduled.")).toBeVisible();
  const entry = rowOf(page, "Schedules", "Sessions of the desk");
  await expect(entry).toContainText("Thursday at 00:00");
  await expect(entry).toContainText("Shared drive");
  await expect(entry).toContainText("Active");

  const menu = "What to do with the schedule of Sessions of the desk";
  await choose(page, menu, "Run now");
  await expect(page.getByText("A run of Sessions of the desk has begun.")).toBeVisible();
  await choose(page, menu, "Runs");
  const runs = page.getByRole("dialog", { name: "Runs of Sessions of the desk" });
  const delivered = runs.getByRole("list", { name: "Destinations" }).getByRole("listitem");
  await expect(delivered).toContainText("Shared drive");
  await expect(delivered).toContainText("Delivered");
  const head = runs.getByRole("button", { expanded: true });
  const rows = Number((/([\d,]+) rows/.exec(await head.innerText())?.[1] ?? "").replaceAll(",", ""));
  expect(rows).toBeGreaterThan(0);
  const [download] = await Promise.all([page.waitForEvent("download"), runs.getByRole("link", { name: /^Download Sessions of the desk/ }).click()]);
  const content = await contentOf(download);
  expect(content.toString().trimEnd().split("\r\n")).toHaveLength(rows + 1);
  const folder = path.join(server.deliveries, "Reports", "desk", "weekly");
  const files = await readdir(folder);
  expect(files).toHaveLength(1);
  expect(await readFile(path.join(folder, files[0] ?? ""))).toEqual(content);
  await runs.getByRole("button", { name: "Close" }).click();

  await choose(page, menu, "Pause");
  await expect(entry).toContainText("Paused");
  await choose(page, menu, "Resume");
  await expect(entry).toContainText("Active");
  await choose(page, menu, "Delete…");
  await page.getByRole("dialog", { name: "Delete the schedule of Sessions of the desk?" }).getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("The schedule of Sessions of the desk is deleted.")).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "Sessions of the desk" })).toHaveCount(0);

  // What has run is on record without its schedule, with its file.
  await page.getByRole("tab", { name: "Runs" }).click();
  await page.getByRole("button", { name: /^Open: Sessions of the desk/ }).click();
  const record = page.getByRole("dialog", { name: /^Sessions of the desk, due/ });
  await expect(record).toContainText("Its schedule is gone");
  await expect(record.getByRole("link", { name: /^Download Sessions of the desk/ })).toBeVisible();
  await expect(record.getByRole("button", { name: "Tell anew" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await page.getByRole("combobox", { name: "Status" }).click();
  await page.getByRole("option", { name: "Failed" }).click();
  await expect(page.getByRole("heading", { name: "No run stands so" })).toBeVisible();
});

/** The conditions of a password that it meets. */
async function met(page: Page): Promise<string[]> {
  const conditions = await page.getByRole("dialog").getByRole("listitem").filter({ hasText: /(?<!not )met$/ }).allTextContents();
  return conditions.map((condition) => condition.replace(/met$/, ""));
}

test("an export task explains its password as it is typed, and becomes an encrypted archive", async ({ page, server }) => {
  await signIn(page, server, "lib.exporter", "admin", "/report/login_logout?preset=yesterday");
  await expect(page.getByRole("gridcell").first()).not.toBeEmpty();
  const shown = await total(page);
  await page.getByRole("button", { name: "Download" }).click();
  await page.getByRole("dialog", { name: "Download" }).getByRole("button", { name: "Export task…" }).click();
  const form = page.getByRole("dialog", { name: "Make an export task" });
  const password = form.getByLabel("Password of the archive");
  await expect(form.getByText("0 of 5 conditions met")).toBeAttached();
  await password.fill("open");
  await expect.poll(() => met(page)).toEqual(["Only letters a–z and A–Z, digits, and _ @ %", "At least one letter", "At most 12 characters"]);
  await form.getByRole("button", { name: "Make the task" }).click();
  await expect(form.getByText("The password doesn't meet all conditions yet.")).toBeVisible();
  await password.fill("open-sesame_1");
  await expect.poll(() => met(page)).toEqual(["At least one letter", "At least one digit", "At least one of _ @ %"]);
  await password.fill("open_sesame1");
  await expect(form.getByText("5 of 5 conditions met")).toBeAttached();
  await expect(form.getByText("The password doesn't meet all conditions yet.")).toHaveCount(0);
  await form.getByRole("button", { name: "Make the task" }).click();

  await page.getByRole("alert").getByRole("link", { name: "See export tasks" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Export tasks" })).toBeVisible();
  const task = page.getByRole("table", { name: "Export tasks" }).getByRole("row").nth(1);
  await expect(task).toContainText("Ready");
  await expect(task).toContainText(`${shown.toLocaleString("en-GB")} rows`);
  const [download] = await Promise.all([page.waitForEvent("download"), task.getByRole("link", { name: /^Download / }).click()]);
  expect(download.suggestedFilename()).toMatch(/\.zip$/);
  const archive = await contentOf(download);
  // A file of a ZIP archive that says that it is encrypted, by AES.
  expect(archive.subarray(0, 4).toString("latin1")).toBe("PK\u0003\u0004");
  expect(archive.readUInt16LE(6) & 1).toBe(1);
  expect(archive.readUInt16LE(8)).toBe(99);

  await task.getByRole("button", { name: /^Delete / }).click();
  await page.getByRole("dialog", { name: "Delete the export task?" }).getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { name: "There are no export tasks" })).toBeVisible();
});

/** The number at the front of a text. */
function numberIn(text: string | null): number {
  return Number((/^[\d,]+/.exec(text ?? "")?.[0] ?? "NaN").replaceAll(",", ""));
}

/** The demo goes on while it is looked at: a few rows may have come since. */
async function expectTotal(page: Page, figure: number): Promise<void> {
  await expect(page.getByRole("gridcell").first()).not.toBeEmpty();
  await expect.poll(async () => Math.abs((await total(page)) - figure)).toBeLessThanOrEqual(Math.max(2, figure / 20));
}

/** A link of the overview with a number, and where the report behind it has the same one. */
type Figure = [link: RegExp, report: string, of: "rows" | "groups" | "without"];

const FIGURES: readonly Figure[] = [
  [/^Signed in now[\d,]+$/, "login_logout", "groups"],
  [/^[\d,]+ sessions?$/, "login_logout", "rows"],
  [/^Sign-ins, 24 hours[\d,]+$/, "sign_in_log", "rows"],
  [/^by [\d,]+ agents?$/, "sign_in_log", "groups"],
  [/^Failed sign-ins, 24 hours[\d,]+$/, "sign_in_log", "rows"],
  [/^Forced operations, 7 days[\d,]+$/, "sign_in_log", "rows"],
  [/^Not signed in, 30 days[\d,]+$/, "sign_in_log", "without"],
];

/** The number of groups that a report tells, or of those without rows. */
async function groups(page: Page, of: "groups" | "without"): Promise<number> {
  const told = await page.getByRole("status").filter({ hasText: / groups?\b/ }).textContent();
  return numberIn((of === "groups" ? /^[\d,]+/ : /[\d,]+(?= of them without rows)/).exec(told ?? "")?.[0] ?? null);
}

test("each figure of the overview is what the report behind it has", async ({ page, server }) => {
  test.setTimeout(120_000);
  const agent = { employee_id: "never", agent_name: "Olga Never" };
  await ask(server, "PUT", "directory/agents/never", { body: agent });
  await open(page, server, "/overview");
  for (const [name, report, of] of FIGURES) {
    const link = page.getByRole("main").getByRole("link").filter({ hasText: name });
    await expect(link).toHaveCount(1);
    const figure = numberIn(((await link.textContent()) ?? "").replace(/^.*(now|hours|days|by )/, ""));
    await link.click();
    await expect(page).toHaveURL(new RegExp(`#/report/${report}\\?`));
    if (of === "rows") await expectTotal(page, figure);
    else await expect.poll(async () => Math.abs((await groups(page, of)) - figure)).toBeLessThanOrEqual(of === "without" ? 0 : Math.max(2, figure / 20));
    if (of === "without") {
      // Those without rows come first.
      expect(figure).toBeGreaterThan(0);
      await expect(page.getByRole("main").getByRole("button", { name: agent.agent_name })).toBeVisible();
    }
    await page.goBack();
  }

  await expect(page.getByRole("img", { name: /^Sign-ins over time: [1-9]/ })).toBeVisible();
  await page.getByText("24 hours", { exact: true }).click();
  await page.getByText("Table", { exact: true }).click();
  const bars = page.getByRole("main").getByRole("table").first();
  await expect(bars.getByRole("columnheader")).toContainText(["Time", "Successful", "Failed"]);
  await page.getByRole("link", { name: "Open the report" }).click();
  await expect(page).toHaveURL(/#\/report\/sign_in_log\?.*preset=last_24_hours/);
  await expect(page.getByRole("gridcell").first()).not.toBeEmpty();
  await page.goBack();

  // A share of those who are signed in leads to these alone.
  const share = page.getByRole("listitem").filter({ has: page.getByRole("link") }).filter({ hasText: /[\d,]+$/ }).first();
  const [profile, sessions] = [await share.getByRole("link").innerText(), numberIn(/[\d,]+$/.exec((await share.textContent()) ?? "")?.[0] ?? "")];
  await share.getByRole("link").click();
  await expect(page.getByRole("button", { name: new RegExp(`Change the filter .*${profile}`) })).toBeVisible();
  await expectTotal(page, sessions);
  await page.goBack();

  const longest = page.getByRole("table", { name: "Longest open sessions" }).getByRole("link").first();
  const signedIn = await longest.innerText();
  await longest.click();
  await expect(page.getByRole("gridcell").first()).not.toBeEmpty();
  await expect.poll(() => column(page, "Agent")).toContain(signedIn);
  await page.goBack();
  await expect(page.getByRole("table", { name: "Not signed in for 30 days" })).toContainText("Not in the last 90 days");
  await page.getByRole("table", { name: "Sources" }).getByRole("link").first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Sources and keys" })).toBeVisible();
  await ask(server, "DELETE", "directory/agents/never");
});

test("the overview says when it can't be refreshed, and keeps its figures", async ({ page, server, complaints }) => {
  await open(page, server, "/overview");
  const tile = page.getByRole("main").getByRole("link").filter({ hasText: /^Signed in now[\d,]+$/ });
  const figure = await tile.textContent();
  await expect(page.getByText(/^As of \d/)).toBeVisible();
  const stopping = { type: "/problems/closing", title: "The server is stopping", status: 503, detail: "the ledger is closed" };
  await page.route("**/api/v1/reports/**", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(stopping) }));
  await page.getByRole("button", { name: "Refresh" }).click();
  const note = page.getByRole("alert");
  await expect(note).toContainText("Could not be refreshed since", { timeout: 20_000 });
  await expect(note).toContainText("The server is stopping");
  await expect(tile).toHaveText(figure ?? "");
  // What was never there can't be shown; why stands above.
  await page.getByText("30 days", { exact: true }).click();
  await expect(page.getByRole("region", { name: "Sign-ins and failures" })).toContainText("Could not be loaded", { timeout: 20_000 });
  await expect(note).toHaveCount(1);

  await page.unroute("**/api/v1/reports/**");
  await note.getByRole("button", { name: "Try again" }).click();
  await expect(note).toHaveCount(0);
  await expect(page.getByRole("img", { name: /^Sign-ins over time: [1-9]/ })).toBeVisible();
  await forgive(complaints, 503);
});
