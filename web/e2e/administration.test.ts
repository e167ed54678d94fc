/** The administration: people and what they may do, the directory, sources and keys, where reports go, and the settings. */
import path from "node:path";
import { type Locator, type Page } from "@playwright/test";
import { ask, forgive, rowOf, signIn, statusOf } from "./api";
import { enter, somebody } from "./people";
import { expect, open, test } from "./rollcall";
import type { Server } from "./server";

/** Confirms what a dialog asks. */
async function confirm(page: Page, question: string, word: string): Promise<void> {
  const dialog = page.getByRole("dialog", { name: question });
  await dialog.getByRole("button", { name: word }).click();
  await expect(dialog).toHaveCount(0);
}

/** What is shown once, and gone when it is said to be kept. */
async function shownOnce(dialog: Locator, label: string, kept: string): Promise<string> {
  const text = await dialog.getByLabel(label, { exact: true }).innerText();
  await dialog.getByRole("button", { name: kept }).click();
  await expect(dialog).toHaveCount(0);
  return text;
}

/** Whether a password lets somebody in. */
async function letsIn(server: Server, account: string, password: string): Promise<boolean> {
  const answer = await fetch(`${server.address}api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ account, password }),
  });
  return answer.ok;
}

test("a user is added with a first password, changed, and gets another password", async ({ page, server }) => {
  await signIn(page, server, "adm.users", "admin", "/admin/users");
  await page.getByRole("button", { name: "Add user" }).click();
  const form = page.getByRole("dialog", { name: "Add a user" });
  await form.getByLabel("Account").fill("adm.users");
  await form.getByRole("button", { name: "Add user" }).click();
  await expect(form.getByLabel("Account")).toHaveAttribute("aria-invalid", "true");
  await form.getByLabel("Account").fill("kim.new");
  await form.getByLabel("Name", { exact: true }).fill("Kim New");
  await form.getByRole("combobox", { name: "Security profiles" }).click();
  await page.getByRole("option", { name: "Supervisor" }).click();
  await page.keyboard.press("Escape");
  await form.getByRole("button", { name: "Add user" }).click();
  const first = await shownOnce(page.getByRole("dialog", { name: "kim.new is added" }), "Password", "I have kept it");
  expect(await letsIn(server, "kim.new", first)).toBe(true);
  const entry = rowOf(page, "Users", "kim.new");
  await expect(entry).toContainText("Kim New");
  await expect(entry).toContainText("Supervisor");
  await expect(entry).toContainText("Has a first password");

  await page.getByRole("button", { name: "Open: kim.new" }).click();
  const drawer = page.getByRole("dialog", { name: "kim.new" });
  await drawer.getByRole("combobox", { name: "Security profiles" }).click();
  await page.getByRole("option", { name: "Auditor" }).click();
  await drawer.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The user is changed.")).toBeVisible();
  await expect(entry).toContainText("Auditor");

  await page.getByRole("button", { name: "Open: kim.new" }).click();
  await drawer.getByRole("button", { name: "Reset password" }).click();
  await page.getByRole("dialog", { name: "Reset password" }).getByRole("button", { name: "Reset password" }).click();
  const second = await shownOnce(page.getByRole("dialog", { name: "New password of kim.new" }), "Password", "I have kept it");
  expect(await letsIn(server, "kim.new", first)).toBe(false);
  expect(await letsIn(server, "kim.new", second)).toBe(true);
});

test("somebody is signed out by force, and acted as, with a band that ends it", async ({ page, server, browser }) => {
  const busy = await somebody(server, "kim.busy");
  await signIn(page, server, "adm.force", "admin", "/admin/users");
  const context = await browser.newContext();
  const desk = await context.newPage();
  await desk.goto(`${server.address}#/saved`);
  await enter(desk, busy);
  await expect(desk.getByRole("heading", { level: 1, name: "Saved reports" })).toBeVisible();

  await page.getByRole("tab", { name: "Signed in" }).click();
  await expect(rowOf(page, "Who is signed in", "adm.force")).toContainText("this session");
  await page.getByRole("button", { name: "Sign out: kim.busy" }).click();
  await confirm(page, "Sign kim.busy out?", "Sign out");
  await expect(page.getByText("kim.busy is signed out.")).toBeVisible();
  await expect(rowOf(page, "Who is signed in", "kim.busy")).toHaveCount(0);
  await desk.getByRole("tab", { name: "What comes with the product" }).click();
  await expect(desk.getByText("Your session has ended.")).toBeVisible();
  await context.close();

  await page.getByRole("tab", { name: "Users" }).click();
  await page.getByRole("button", { name: "Open: kim.busy" }).click();
  await page.getByRole("dialog", { name: "kim.busy" }).getByRole("button", { name: "Act as this user" }).click();
  await page.getByRole("dialog", { name: "Act as this user" }).getByRole("button", { name: "Act as kim.busy" }).click();
  const band = page.getByRole("complementary", { name: "Acting as somebody else" });
  await expect(band).toContainText("You are adm.force, acting as kim.busy.");
  const navigation = page.getByRole("navigation", { name: "Navigation" });
  await expect(navigation.getByRole("link", { name: "Users" })).toHaveCount(0);
  await page.goto(`${server.address}#/admin/users`);
  await expect(page.getByRole("heading", { name: "You may not see this page" })).toBeVisible();
  await page.reload();
  await expect(band).toBeVisible();
  await band.getByRole("button", { name: "End" }).click();
  await expect(band).toHaveCount(0);
  await expect(navigation.getByRole("link", { name: "Users" })).toBeVisible();
  await expect(rowOf(page, "Users", "kim.busy")).toBeVisible();
});

interface Profile {
  id: string;
  name: string;
  permissions: string[];
  scope: unknown;
  version: number;
}

async function profileOf(server: Server, name: string): Promise<Profile> {
  const { profiles } = await ask<{ profiles: Profile[] }>(server, "GET", "profiles");
  const found = profiles.find((profile) => profile.name === name);
  if (found === undefined) throw new Error(`there is no profile ${name}`);
  return found;
}

test("a security profile is copied, changed against somebody else, and deleted once nobody has it", async ({ page, server, complaints }) => {
  await open(page, server, "/admin/profiles");
  await page.getByRole("button", { name: "Open: Supervisor" }).click();
  const builtIn = page.getByRole("dialog", { name: "Supervisor" });
  await expect(builtIn).toContainText("This profile comes with Rollcall and stays as it is.");
  await expect(builtIn.getByRole("checkbox")).toHaveCount(0);
  await builtIn.getByRole("button", { name: "Make a copy" }).click();
  const copy = page.getByRole("dialog", { name: "Add a security profile" });
  await expect(copy.getByLabel("Name")).toHaveValue("Supervisor (copy)");
  await copy.getByLabel("Name").fill("Analyst");
  await copy.getByRole("button", { name: "Add profile" }).click();
  await expect(copy.getByText('security profile "Analyst": there is one of that name')).toBeVisible();
  await expect(copy.getByLabel("Name")).toBeFocused();
  await copy.getByLabel("Name").fill("Desk leads");
  await copy.getByLabel("Settings: Edit").check();
  await expect(copy.getByLabel("Settings: View")).toBeChecked();
  await copy.getByLabel("Directory: View").uncheck();
  await copy.getByRole("button", { name: "Add profile" }).click();
  await expect(page.getByText("The security profile is added.")).toBeVisible();
  const supervisor = await profileOf(server, "Supervisor");
  const expected = [...supervisor.permissions.filter((permission) => permission !== "directory view"), "settings view", "settings edit"];
  expect((await profileOf(server, "Desk leads")).permissions.sort()).toEqual(expected.sort());

  await page.getByRole("button", { name: "Open: Desk leads" }).click();
  const form = page.getByRole("dialog", { name: "Desk leads" });
  await expect(form.getByLabel("Settings: Edit")).toBeChecked();
  const { id, version, name, permissions, scope } = await profileOf(server, "Desk leads");
  await ask(server, "PUT", `profiles/${id}`, { version, body: { name, scope, permissions: permissions.filter((one) => !one.startsWith("settings")) } });
  await form.getByLabel("Webhooks: View").check();
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByRole("alert")).toContainText("Somebody else has changed this meanwhile");
  await forgive(complaints, 412);
  // What was entered is still there, until the other's is taken.
  await expect(form.getByLabel("Webhooks: View")).toBeChecked();
  await form.getByRole("button", { name: "Take theirs" }).click();
  await expect(form.getByRole("alert")).toHaveCount(0);
  await expect(form.getByLabel("Settings: Edit")).not.toBeChecked();
  await expect(form.getByLabel("Webhooks: View")).not.toBeChecked();
  await form.getByLabel("Webhooks: View").check();
  await form.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("The security profile is changed.")).toBeVisible();
  expect((await profileOf(server, "Desk leads")).permissions).toContain("webhooks view");

  const lead = await ask<{ id: string; version: number }>(server, "POST", "users", { body: { account: "lead.one", profiles: [id], with_password: false } });
  await page.reload();
  await page.getByRole("button", { name: "Open: Desk leads" }).click();
  await form.getByRole("button", { name: "Delete profile" }).click();
  const inUse = page.getByRole("dialog", { name: "Desk leads is in use" });
  await expect(inUse.getByRole("link", { name: "lead.one" })).toBeVisible();
  await ask(server, "PATCH", `users/${lead.id}`, { version: lead.version, body: { profiles: [] } });
  // The address says which profile is open.
  await page.reload();
  await form.getByRole("button", { name: "Delete profile" }).click();
  await page.getByRole("dialog", { name: "Delete Desk leads?" }).getByRole("button", { name: "Delete profile" }).click();
  await expect(page.getByText("The security profile is deleted.")).toBeVisible();
  await expect(rowOf(page, "Security profiles", "Desk leads")).toHaveCount(0);
});

test("agents are added, changed, found, and imported from a file whose wrong line is told", async ({ page, server, complaints }) => {
  await open(page, server, "/admin/directory");
  const add = async (id: string, name: string): Promise<Locator> => {
    await page.getByRole("button", { name: "Add agent" }).click();
    const form = page.getByRole("dialog", { name: "Add an agent" });
    await form.getByLabel("Employee id").fill(id);
    await form.getByLabel("Name", { exact: true }).fill(name);
    return form;
  };
  const form = await add("E-100", "Ann Berg");
  await form.getByLabel("Hierarchy").fill("Nordics / Stockholm");
  await form.getByRole("button", { name: "Add an account" }).click();
  await form.getByLabel("Account 1: Account").fill("ann.berg@desk");
  await form.getByRole("button", { name: "Add agent" }).click();
  await expect(page.getByText("The agent is added.")).toBeVisible();
  const second = await add("E-100", "Ann Again");
  await second.getByRole("button", { name: "Add agent" }).click();
  await expect(second).toContainText("There is an agent of this id already.");
  await forgive(complaints, 412);
  await second.getByRole("button", { name: "Cancel" }).click();

  // There are more than one page of agents: it is looked for.
  const search = page.getByRole("searchbox", { name: "Name, employee id or account" });
  await search.fill("ann berg");
  await page.getByRole("button", { name: "Open: Ann Berg" }).click();
  const drawer = page.getByRole("dialog", { name: "Ann Berg" });
  await expect(drawer.getByLabel("Hierarchy")).toHaveValue("Nordics / Stockholm");
  await drawer.getByLabel("Time zone").fill("Mars/Base");
  await drawer.getByRole("button", { name: "Save" }).click();
  await expect(drawer).toContainText("expected a time zone of the IANA database");
  await drawer.getByLabel("Time zone").fill("Europe/Oslo");
  await drawer.getByLabel("Name", { exact: true }).fill("Ann Berg-Dahl");
  await drawer.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The agent is changed.")).toBeVisible();

  await page.getByRole("button", { name: "Import" }).click();
  const dialog = page.getByRole("dialog", { name: "Import agents" });
  const give = async (text: string): Promise<void> => {
    const chooser = page.waitForEvent("filechooser");
    await dialog.getByLabel("CSV or JSON file").click();
    await (await chooser).setFiles({ name: "agents.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await dialog.getByRole("button", { name: "Import", exact: true }).click();
  };
  const header = "employee_id,agent_name,time_zone\n";
  await give(`${header}E-101,Bo Ek,Europe/Stockholm\nE-102,Cia Lund,Mars/Base\n`);
  await expect(dialog.getByRole("alert")).toContainText("Nothing was imported");
  const wrong = dialog.getByRole("table", { name: "Errors" }).getByRole("row").nth(1).getByRole("cell");
  await expect(wrong).toHaveText(["3", "time_zone", /expected a time zone .* got "Mars\/Base"/]);
  expect(await statusOf(server, "GET", "directory/agents/E-101")).toBe(404);
  await give(`${header}E-101,Bo Ek,Europe/Stockholm\nE-102,Cia Lund,Europe/Oslo\nE-100,Ann Berg-Dahl,Europe/Oslo\n`);
  await expect(dialog.getByRole("status")).toContainText(/Added\s*2\s*Changed\s*1\s*Unchanged\s*0/);
  await dialog.getByRole("button", { name: "Close" }).last().click();

  await search.fill("lund");
  const agents = page.getByRole("table", { name: "Agents" });
  await expect(agents.getByRole("row")).toHaveCount(2);
  await expect(agents).toContainText("Cia Lund");
  await search.fill("nobody of this name");
  await expect(page.getByRole("heading", { name: "No agent matches" })).toBeVisible();
  await page.getByRole("button", { name: "Clear the search" }).click();
  await expect(page.getByText("209 agents")).toBeVisible();
  await search.fill("cia");
  await page.getByRole("button", { name: "Open: Cia Lund" }).click();
  await page.getByRole("dialog", { name: "Cia Lund" }).getByRole("button", { name: "Remove agent" }).click();
  await page.getByRole("dialog", { name: "Remove Cia Lund?" }).getByRole("button", { name: "Remove agent" }).click();
  await expect(page.getByText("The agent is removed.")).toBeVisible();
  expect(await statusOf(server, "GET", "directory/agents/E-102")).toBe(404);
  for (const id of ["E-100", "E-101"]) await ask(server, "DELETE", `directory/agents/${id}`);
});

test("a key is made, works, and is revoked; a rejected record is read again", async ({ page, server }) => {
  await open(page, server, "/admin/sources?tab=keys");
  await page.getByRole("button", { name: "Create key" }).click();
  const form = page.getByRole("dialog", { name: "Create key" });
  await form.getByLabel("Name").fill("The desk's export");
  await form.getByRole("button", { name: "Create key" }).click();
  await expect(form.getByText("Choose at least one.")).toBeVisible();
  await form.getByLabel("events:write").check();
  await form.getByRole("button", { name: "Create key" }).click();
  const made = page.getByRole("dialog", { name: "The new API key" });
  await expect(made).toBeVisible();
  // It closes by its button alone.
  await page.keyboard.press("Escape");
  const key = await shownOnce(made, "API key", "I have copied it");
  const entry = rowOf(page, "API keys", "The desk's export");
  await expect(entry).toContainText("Active");
  await expect(entry).toContainText("events:write");
  expect(await statusOf(server, "GET", "keys", { key })).toBe(403);

  const record = { activity: "no such activity", account: "ann" };
  await statusOf(server, "POST", "sources/desk/records?format=native", { key, body: record });
  await page.getByRole("tab", { name: "Rejected records" }).click();
  const rejected = rowOf(page, "Rejected records", "desk");
  await expect(rejected).toHaveCount(1);
  await rejected.getByRole("button", { name: "Show line 1 of desk" }).click();
  const shown = page.getByRole("dialog", { name: "Rejected record" });
  await expect(shown.getByLabel("The record as it came", { exact: true })).toHaveText(JSON.stringify(record));
  await shown.getByRole("button", { name: "Close" }).click();
  await rejected.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Read 1 again" }).click();
  await expect(page.getByText("Read again: 1. Accepted: 0, there already: 0, still rejected: 1.")).toBeVisible();
  await expect(rejected).toHaveCount(1);

  await page.getByRole("tab", { name: "API keys" }).click();
  await page.getByRole("button", { name: "Revoke: The desk's export" }).click();
  await confirm(page, "Revoke this key?", "Revoke");
  await expect(page.getByText("The desk's export was revoked.")).toBeVisible();
  await expect(entry).toContainText("Revoked");
  await expect.poll(() => statusOf(server, "GET", "keys", { key })).toBe(401);
});

test("a folder is tried step by step before it is a destination, and deleted", async ({ page, server }) => {
  await open(page, server, "/admin/destinations");
  await page.getByRole("button", { name: "New destination" }).first().click();
  const form = page.getByRole("dialog", { name: "New destination" });
  await form.getByLabel("Name").fill("Archive share");
  const folder = form.getByRole("textbox", { name: "Folder" });
  await folder.fill("/etc");
  await form.getByRole("button", { name: "Test" }).click();
  await expect(form).toContainText("/etc: expected a folder beneath one that the operator allows");
  await expect(folder).toHaveAttribute("aria-invalid", "true");
  await folder.fill(path.join(server.deliveries, "not there"));
  await form.getByRole("button", { name: "Test" }).click();
  await expect(form.getByText("It does not work yet")).toBeVisible();
  await expect(form.getByRole("listitem").filter({ has: page.getByRole("img", { name: "Works" }) })).toHaveText([/^Allowed: the operator allows this folder$/]);
  await expect(form.getByRole("listitem").filter({ has: page.getByRole("img", { name: "Failed" }) })).toHaveText([/^Folder: .*No such file or directory/]);
  await folder.fill(server.deliveries);
  await expect(form.getByText("It does not work yet")).toHaveCount(0);
  await form.getByRole("button", { name: "Test" }).click();
  await expect(form.getByText("It works")).toBeVisible();
  await expect(form.getByRole("listitem").filter({ has: page.getByRole("img", { name: "Works" }) })).toHaveText([/^Allowed/, /^Folder/, /^Writing/, /^Removal/]);
  await form.getByRole("button", { name: "Create" }).click();
  await expect(page.getByText("Archive share was created.")).toBeVisible();
  const entry = rowOf(page, "Destinations", "Archive share");
  await expect(entry).toContainText(server.deliveries);

  await page.getByRole("button", { name: "Test: Archive share" }).click();
  const testing = page.getByRole("dialog", { name: "Test Archive share" });
  await testing.getByRole("button", { name: "Test" }).click();
  await expect(testing.getByText("It works")).toBeVisible();
  await testing.getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: "Delete: Archive share" }).click();
  await confirm(page, "Delete this destination?", "Delete");
  await expect(page.getByText("Archive share was deleted.")).toBeVisible();
  await expect(entry).toHaveCount(0);
});

test("a webhook may not call into the network; another shows its secret once, is paused, resumed, and deleted", async ({ page, server }) => {
  await open(page, server, "/admin/webhooks");
  await page.getByRole("button", { name: "New webhook" }).first().click();
  const form = page.getByRole("dialog", { name: "New webhook" });
  await form.getByLabel("Name").fill("Alarm centre");
  await form.getByLabel("Address").fill("https://10.1.2.3/hook");
  await form.getByRole("button", { name: "Create" }).click();
  await expect(form).toContainText("10.1.2.3 is not reached from the whole internet");
  await expect(form.getByLabel("Address")).toHaveAttribute("aria-invalid", "true");
  await form.getByLabel("Address").fill("https://hooks.rollcall.invalid/hook");
  await form.getByRole("button", { name: "Create" }).click();
  const secret = await shownOnce(page.getByRole("dialog", { name: "The webhook's secret" }), "Signing secret", "I have copied it");
  expect(secret).toMatch(/^whsec_[\w+/]{40,}=*$/);
  const entry = rowOf(page, "Webhooks", "Alarm centre");
  await expect(entry).toContainText("https://hooks.rollcall.invalid/hook");

  await page.getByRole("button", { name: "Open: Alarm centre" }).click();
  const drawer = page.getByRole("dialog", { name: /^Alarm centre/ });
  await drawer.getByRole("button", { name: "Test" }).click();
  await expect(drawer.getByText("It does not work yet")).toBeVisible();
  await expect(drawer.getByRole("listitem").filter({ has: page.getByRole("img", { name: "Failed" }) })).toContainText(/^Name: .*hooks\.rollcall\.invalid/);
  await drawer.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText("Alarm centre is paused.")).toBeVisible();
  await expect(entry).toContainText("Paused");
  await drawer.getByRole("button", { name: "Resume" }).click();
  await expect(page.getByText("Alarm centre sends again")).toBeVisible();
  await expect(entry).not.toContainText("Paused");
  await drawer.getByRole("button", { name: "New secret" }).click();
  await page.getByRole("dialog", { name: "Give it a new secret?" }).getByRole("button", { name: "New secret" }).click();
  expect(await shownOnce(page.getByRole("dialog", { name: "The webhook's secret" }), "Signing secret", "I have copied it")).not.toBe(secret);
  await drawer.getByRole("button", { name: "Delete" }).click();
  await confirm(page, "Delete this webhook?", "Delete");
  await expect(page.getByText("Alarm centre was deleted.")).toBeVisible();
  await expect(entry).toHaveCount(0);
});

test("settings of exports and sign-in are changed, and kept from overwriting somebody else's", async ({ page, server, complaints }) => {
  await open(page, server, "/admin/settings?tab=exports");
  const save = page.getByRole("button", { name: "Save", exact: true });
  await expect(save).toBeDisabled();
  await page.getByLabel("Keep files for").fill("");
  await save.click();
  await expect(page.getByText("Fill this in.")).toBeVisible();
  await expect(page.getByLabel("Keep files for")).toBeFocused();
  await page.getByLabel("Passphrases").check();
  await page.getByLabel("Keep files for").fill("24");
  await expect(page.getByText("There are changes that are not saved.")).toBeVisible();
  await save.click();
  await expect(page.getByText("The settings were saved.")).toBeVisible();
  expect(await ask(server, "GET", "settings/exports")).toEqual({ password_rule: "passphrase", keep_hours: 24 });
  expect(await ask<{ rule: string }>(server, "POST", "exports/password-check", { body: { password: "open" } })).toMatchObject({ ok: false, rule: "passphrase" });
  await page.getByLabel("Short passwords").check();
  await page.getByLabel("Keep files for").fill("72");
  await save.click();
  await expect.poll(() => ask(server, "GET", "settings/exports")).toEqual({ password_rule: "reference", keep_hours: 72 });
  await expect(save).toBeDisabled();

  await page.getByRole("tab", { name: "Sign-in", exact: true }).click();
  const idle = page.getByLabel("Ends without use after");
  await expect(idle).toHaveValue("60 min");
  const before = await ask<Record<string, unknown>>(server, "GET", "settings/sign-in");
  const version = await versionOf(server, "settings/sign-in");
  await idle.fill("45");
  await ask(server, "PUT", "settings/sign-in", { version, body: { ...before, absolute_hours: 10 } });
  await save.click();
  await expect(page.getByText("Somebody else has changed this meanwhile")).toBeVisible();
  await forgive(complaints, 412);
  await expect(page.getByRole("alert", { name: /^Somebody else has changed/ })).toContainText("Ends in any case after: 10 h");
  await expect(page.getByLabel("Ends in any case after")).toHaveValue("10 h");
  await expect(idle).toHaveValue("45 min");
  await page.getByLabel("Ends in any case after").fill("12");
  await page.getByRole("button", { name: "Save mine over it" }).click();
  await expect.poll(() => ask(server, "GET", "settings/sign-in")).toMatchObject({ idle_minutes: 45, absolute_hours: 12 });
  await ask(server, "PUT", "settings/sign-in", { version: await versionOf(server, "settings/sign-in"), body: before });
});

async function versionOf(server: Server, setting: string): Promise<number> {
  const answer = await fetch(`${server.address}api/v1/${setting}`, { headers: { authorization: `Bearer ${server.key}` } });
  return Number((answer.headers.get("etag") ?? "").replaceAll('"', ""));
}

test("what has been entered is not lost without a question, and the focus goes back to where it came from", async ({ page, server }) => {
  await open(page, server, "/admin/destinations");
  const begin = page.getByRole("button", { name: "New destination" }).first();
  await begin.click();
  const form = page.getByRole("dialog", { name: "New destination" });
  await expect(form.getByLabel("Name")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(form).toHaveCount(0);
  await expect(begin).toBeFocused();
  await begin.click();
  await form.getByLabel("Name").fill("Half a destination");
  await page.keyboard.press("Escape");
  const question = page.getByRole("dialog", { name: "Discard what you have entered?" });
  await question.getByRole("button", { name: "Keep editing" }).click();
  await expect(form.getByLabel("Name")).toHaveValue("Half a destination");
  await expect(form.getByLabel("Name")).toBeFocused();
  await page.keyboard.press("Escape");
  await question.getByRole("button", { name: "Discard" }).click();
  await expect(form).toHaveCount(0);
  await expect(begin).toBeFocused();

  // The same of what stands in the page, by whichever way it is left.
  await page.goto(`${server.address}#/admin/settings?tab=sign-in`);
  await page.getByLabel("Ends without use after").fill("30");
  await page.getByRole("tab", { name: "Exports" }).click();
  await question.getByRole("button", { name: "Keep editing" }).click();
  await page.getByRole("link", { name: "Users" }).click();
  await question.getByRole("button", { name: "Keep editing" }).click();
  await expect(page.getByLabel("Ends without use after")).toHaveValue("30 min");
  await page.getByRole("link", { name: "Users" }).click();
  await question.getByRole("button", { name: "Discard" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Users" })).toBeVisible();
});

test("a legal hold keeps all there is; the store is archived at once, and jobs are listed", async ({ page, server }) => {
  await open(page, server, "/admin/settings?tab=retention");
  await page.getByRole("button", { name: "Place a hold" }).click();
  const form = page.getByRole("dialog", { name: "Place a hold" });
  await form.getByLabel("Name").fill("Case 26-114");
  await form.getByLabel("Reason").fill("The court has asked for the records of May.");
  await form.getByRole("button", { name: "Place a hold" }).click();
  await expect(page.getByText("Nothing is removed from now on: Case 26-114 is in place.")).toBeVisible();
  await page.getByRole("button", { name: "See what would go" }).click();
  await expect(page.getByText("Nothing is removed: legal holds are in place")).toBeVisible();
  await page.getByRole("button", { name: "Release: Case 26-114" }).click();
  await confirm(page, "Release this hold?", "Release");
  await expect(page.getByText("There are no legal holds.")).toBeVisible();
  await page.getByRole("button", { name: "See what would go" }).click();
  await expect(page.getByText("Nothing would go: all that is there is still kept.")).toBeVisible();

  const definition = { report: "sign_in_log", range: { preset: "last_hour" }, time_zone: "UTC", filters: [], sort: [] };
  await ask(server, "POST", "exports", { body: { definition, question: "rows", format: "csv", password: "open_sesame1" } });
  await page.getByRole("tab", { name: "Operations" }).click();
  await expect(page.getByText("The store takes events")).toBeVisible();
  await page.getByRole("button", { name: "Archive now" }).click();
  await expect(page.getByText(/^Archived: [\d,]+ events and [\d,]+ sessions in [\d,]+ files\.$/)).toBeVisible();
  await page.getByRole("combobox", { name: "Work" }).click();
  await page.getByRole("option", { name: "Export task" }).click();
  await expect(rowOf(page, "Jobs", "Export task").first()).toContainText("Succeeded");
});

test("a supervisor sees what they may, and is told what they lack", async ({ page, server }) => {
  await signIn(page, server, "adm.supervisor", "supervisor", "/overview");
  const navigation = page.getByRole("navigation", { name: "Navigation" });
  await expect(navigation.getByRole("group", { name: "Audit logs" })).toHaveCount(0);
  const entries = ["Overview", "Sign-in log", "Login/Logout report", "Activity audit", "Saved reports", "Schedules", "Export tasks", "Directory"];
  await expect(navigation.getByRole("group").getByRole("link")).toHaveText(entries);
  await expect(page.getByRole("link", { name: /^Signed in now/ })).toBeVisible();

  // They see others' sign-ins, and may not download those: no button offers it.
  await navigation.getByRole("link", { name: "Sign-in log" }).click();
  await expect(page.getByRole("button", { name: "Copy link" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Download" })).toHaveCount(0);

  await navigation.getByRole("link", { name: "Directory" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Directory" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Export CSV" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Add agent" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Import" })).toHaveCount(0);

  const barred = {
    "admin/users": "Users: See users, API keys and who is signed in",
    "admin/profiles": "Security profiles: See security profiles",
    "admin/sources": "Sources: See sources and rejected records",
    "admin/destinations": "Destinations: See where reports are delivered to",
    "admin/webhooks": "Webhooks: See webhooks",
    "admin/settings": "Settings: See the settings and the activity catalogue",
    "report/activity_log": "Audit logs: Query the logs of activity, access and failures",
  };
  for (const [where, needed] of Object.entries(barred)) {
    await page.goto(`${server.address}#/${where}`);
    await expect(page.getByRole("heading", { name: "You may not see this page" }), where).toBeVisible();
    await expect(page.getByRole("main"), where).toContainText(needed);
    await expect(page.getByRole("table"), where).toHaveCount(0);
  }
});
