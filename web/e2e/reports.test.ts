/** A report's page: its controls, its rows and what can be done with them, on the demo data. */
import { readFile } from "node:fs/promises";
import type { Locator } from "@playwright/test";
import { asking, column, expect, grid, open, openReport, signInByKey, test, total } from "./rollcall";

const SESSIONS = "login_logout?preset=last_7_days&time_zone=Europe/Stockholm";

test("each of the seven kinds has its page, columns and presets", async ({ page, server }) => {
  await open(page, server, "/overview");
  for (const [entry, title, first] of [
    ["Sign-in log", "Sign-in log", "Account"],
    ["Login/Logout report", "Login/Logout report", "Agent"],
    ["Activity", "Activity", "User name"],
    ["Access", "Access", "User name"],
    ["Webhook failures", "Webhook failures", null],
    ["Integration failures", "Integration failures", null],
  ] as const) {
    await page.getByRole("link", { name: entry, exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
    await expect(page).toHaveTitle(`${title} · Rollcall`);
    if (first !== null) await expect(page.getByRole("columnheader").first()).toHaveText(first);
  }
  await page.getByRole("link", { name: "Activity audit" }).click();
  await expect(page.getByRole("heading", { name: "What do you want to look at?" })).toBeVisible();
});

test("a range, a zone and a filter ask anew, and Back takes them back", async ({ page, server }) => {
  await openReport(page, server, "login_logout?preset=last_24_hours&time_zone=UTC");
  const day = await total(page);
  await page.getByRole("button", { name: /^Range:/ }).click();
  const week = await asking(page, () => page.getByRole("button", { name: "Last 7 days" }).click());
  expect(week).toMatchObject({ range: { preset: "last_7_days" }, time_zone: "UTC" });
  await expect.poll(() => total(page)).toBeGreaterThan(day);

  await page.getByRole("button", { name: /^Time zone:/ }).click();
  const zone = page.getByRole("combobox", { name: "Time zone" });
  await zone.fill("Asia/Seoul");
  const seoul = await asking(page, () => page.getByRole("option", { name: "Asia/Seoul" }).click());
  expect(seoul).toMatchObject({ time_zone: "Asia/Seoul" });
  await page.keyboard.press("Escape");
  await page.goBack();
  await expect(page.getByRole("button", { name: /^Time zone: UTC/ })).toBeVisible();
});

test("a custom range has times, and takes the last day whole", async ({ page, server }) => {
  await openReport(page, server, "login_logout?preset=yesterday&time_zone=Europe/Stockholm");
  const yesterday = await total(page);
  await page.getByRole("button", { name: /^Range:/ }).click();
  const date = await page.getByLabel("From: date").inputValue();
  await expect(page.getByLabel("To: date")).toHaveValue(date);
  const whole = await asking(page, () => page.getByRole("button", { name: "Apply" }).click());
  expect(whole).toMatchObject({ range: { from: date, to: date } });
  expect(await total(page)).toBe(yesterday);
  await page.getByRole("button", { name: /^Range:/ }).click();
  await page.getByLabel("From: time").fill("08:00");
  await page.getByLabel("To: time").fill("12:00");
  const morning = await asking(page, () => page.getByRole("button", { name: "Apply" }).click());
  expect(morning).toMatchObject({ range: { from: `${date}T08:00`, to: `${date}T12:00` } });
});

test("values to filter by are found and counted, cascade, and can be taken away", async ({ page, server }) => {
  await openReport(page, server, SESSIONS);
  const all = await total(page);
  await page.getByRole("button", { name: "Add a filter" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End reason", exact: true }).click();
  await page.getByRole("checkbox", { name: "Signed out by force" }).check();
  const forced = await asking(page, () => page.getByRole("button", { name: "Apply" }).click());
  expect(forced).toMatchObject({ filters: [{ field: "end_reason", op: "in", values: ["forced_out"] }] });
  await expect.poll(() => total(page)).toBeLessThan(all);
  const few = await total(page);
  expect(new Set(await column(page, "End reason"))).toEqual(new Set(["Signed out by force"]));

  // Agents with rows are no more than the rows that this filter leaves; then come those of the directory without any.
  await page.getByRole("button", { name: /^Change the filter Agent/ }).click();
  const agents = page.getByRole("group", { name: "Values" }).getByRole("checkbox", { name: /^(?!.*Did not occur)/ });
  await expect(agents.first()).toBeVisible();
  expect(await agents.count()).toBeLessThanOrEqual(few);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Remove the filter End reason/ }).click();
  await expect.poll(() => total(page)).toBe(all);
});

test("columns are sorted, also by several, moved, hidden and shown, and that is remembered", async ({ page, server }) => {
  await openReport(page, server, SESSIONS);
  const sorted = await asking(page, () => page.getByRole("columnheader", { name: /^Agent/ }).getByText("Agent").click());
  expect(sorted).toMatchObject({ sort: [{ field: "agent", dir: "asc" }] });
  const agents = await column(page, "Agent");
  expect(agents).toEqual([...agents].sort((one, other) => (one < other ? -1 : 1)));
  const two = await asking(page, () => page.getByRole("columnheader", { name: /^Login time/ }).getByText("Login time").click({ modifiers: ["Shift"] }));
  expect(two).toMatchObject({ sort: [{ field: "agent", dir: "asc" }, { field: "login_time", dir: "asc" }] });

  await page.getByRole("button", { name: "What to do with the column Ended by" }).click();
  await asking(page, () => page.getByRole("menuitem", { name: "Hide the column" }).click());
  await expect(page.getByRole("columnheader", { name: /^Ended by/ })).toHaveCount(0);
  await page.getByRole("button", { name: "Columns" }).click();
  await asking(page, () => page.getByRole("checkbox", { name: "Show Source IP" }).click());
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Sign-in log" }).click();
  await page.getByRole("link", { name: "Login/Logout report" }).click();
  await expect(page.getByRole("columnheader", { name: /^Source IP/ })).toBeVisible();
  await expect(page.getByRole("columnheader", { name: /^Ended by/ })).toHaveCount(0);
});

test("a cell's menu narrows to its value, by pointer and by keys, and a row's drawer has all of it", async ({ page, server }) => {
  await openReport(page, server, SESSIONS);
  const [agent = ""] = await column(page, "Agent");
  await page.getByRole("gridcell", { name: agent, exact: true }).first().click({ button: "right" });
  const one = await asking(page, () => page.getByRole("menuitem", { name: `Only ${agent}` }).click());
  expect(one).toMatchObject({ filters: [{ field: "agent", op: "in", values: [agent] }] });
  expect(new Set(await column(page, "Agent"))).toEqual(new Set([agent]));

  await grid(page).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Shift+F10");
  await expect(page.getByRole("menuitem", { name: "Show the row" })).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  const drawer = page.getByRole("dialog");
  await expect(drawer.getByRole("rowheader", { name: "Session key" })).toBeVisible();
  expect(page.url()).toContain("row=");
  await drawer.getByRole("tab", { name: "Related" }).click();
  await expect(drawer.getByRole("heading", { name: "Same agent, a day around it" })).toBeVisible();
  await drawer.getByRole("tab", { name: "JSON" }).click();
  await expect(drawer.getByText('"session_key"')).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(drawer).toHaveCount(0);
});

test("what was changed is told before and after", async ({ page, server }) => {
  await server.command("user", "add", "somebody.new", "--profile", "supervisor");
  await openReport(page, server, "activity_log?preset=last_24_hours&filter=entity:in:User");
  const cell = page.getByRole("gridcell", { name: /somebody\.new/ }).first();
  // What is done is on record moments later.
  await expect(async () => {
    await page.getByRole("button", { name: "Query", exact: true }).click();
    await expect(cell).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await cell.click();
  const changes = page.getByRole("dialog").getByRole("table", { name: "Changes" });
  await expect(changes.getByText("somebody.new", { exact: true }).first()).toBeVisible();
  await expect(changes.getByText("added").first()).toBeVisible();
});

test("the whole view is in the address: a colleague elsewhere sees the same", async ({ page, server, browser }) => {
  await openReport(page, server, "login_logout?preset=yesterday&time_zone=America/New_York&filter=end_reason:not_in:still_open&sort=agent:asc&split=channel");
  const [rows, agents] = [await total(page), await column(page, "Agent")];
  const elsewhere = await browser.newContext({ timezoneId: "Asia/Seoul" });
  const other = await elsewhere.newPage();
  await other.goto(page.url());
  await signInByKey(other, server.key);
  await expect(grid(other)).toBeVisible();
  await expect(other.getByRole("button", { name: /^Time zone: America\/New_York/ })).toBeVisible();
  await expect(other.getByRole("combobox", { name: "Split by" })).toHaveValue("channel");
  expect(await total(other)).toBe(rows);
  expect(await column(other, "Agent")).toEqual(agents);
  expect(other.url()).toBe(page.url());
  await elsewhere.close();
});

test("groups expand into subgroups, add up, and lead to their rows", async ({ page, server }) => {
  await openReport(page, server, SESSIONS);
  const all = await total(page);
  await page.getByRole("button", { name: "Group", exact: true }).click();
  await page.getByRole("combobox", { name: "Add a key" }).selectOption("routing_profile");
  await page.getByRole("combobox", { name: "Add a key" }).selectOption("end_reason");
  await page.getByRole("checkbox", { name: "Total duration" }).check();
  await page.keyboard.press("Escape");
  const table = page.getByRole("table", { name: "Groups" });
  await expect(table.getByRole("columnheader", { name: "Total duration" })).toBeVisible();
  await expect(table.locator("tfoot")).toContainText(all.toLocaleString("en-GB"));
  await expect(table.locator("tfoot")).toContainText(/\d+:\d\d:\d\d/);
  await expect(table.locator("tfoot").getByRole("rowheader")).toHaveText("All rows");
  await expect(page.getByRole("status").filter({ hasText: /^[\d,]+ groups?$/ })).toBeVisible();
  const groups = await table.getByRole("rowheader").count();
  await table.getByRole("button", { name: /^Expand/ }).first().click();
  await expect.poll(() => table.getByRole("rowheader").count()).toBeGreaterThan(groups);
  const subgroup = table.getByRole("button", { name: "Signed out", exact: true });
  const rows = await asking(page, () => subgroup.first().click());
  expect(rows).toMatchObject({ filters: [{ field: "routing_profile" }, { field: "end_reason", values: ["signed_out"] }] });
  expect(new Set(await column(page, "End reason"))).toEqual(new Set(["Signed out"]));
});

test("Query asks anew for all that is in sight", async ({ page, server }) => {
  await openReport(page, server, SESSIONS);
  const asked: string[] = [];
  page.on("request", (request) => {
    const question = /\/reports\/login_logout\/(\w+)$/.exec(request.url())?.[1];
    if (question !== undefined) asked.push(question);
  });
  const query = page.getByRole("button", { name: "Query", exact: true });
  for (const [look, question] of [
    ["", "query"],
    ["&look=summary", "signed_in"],
    ["&group_by=end_reason", "groups"],
  ] as const) {
    await page.goto(`${server.address}#/report/${SESSIONS}${look}`);
    if (look !== "") await expect.poll(() => asked).toContain(question);
    await expect(query).toBeEnabled();
    asked.length = 0;
    await query.click();
    await expect.poll(() => asked).toEqual(expect.arrayContaining(["query", "histogram", question]));
  }
});

test("a stretch of the histogram is looked at by dragging, and by keys", async ({ page, server }) => {
  await openReport(page, server, "sign_in_log?preset=7_days&time_zone=UTC");
  const all = await total(page);
  const bars = page.getByRole("slider", { name: "Rows over time" });
  const box = await bars.boundingBox();
  if (box === null) throw new Error("there is no histogram");
  await page.mouse.move(box.x + box.width * 0.3, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20, { steps: 4 });
  const asked = await asking(page, () => page.mouse.up());
  expect(asked.range).toHaveProperty("from");
  await expect.poll(() => total(page)).toBeLessThan(all);
  await bars.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await expect(bars).toHaveAttribute("aria-valuetext", /to .*rows?$/);
  await asking(page, () => page.keyboard.press("Enter"));
});

test("sessions stand on a timeline, gone along by keys", async ({ page, server }) => {
  // Not the browser's zone: a day of the report's begins at the beginning of the axis.
  await openReport(page, server, "login_logout?preset=yesterday&time_zone=Asia/Kolkata");
  await page.getByText("Timeline", { exact: true }).click();
  const timeline = page.getByRole("region", { name: "Sessions of each agent over time" });
  const bars = timeline.getByRole("button", { name: /^.+: .+, .+/ });
  await expect(bars.first()).toBeVisible();
  await expect(page.getByRole("list", { name: "How sessions ended" })).toContainText("Signed out");
  await expect(timeline.locator("[data-text]").first()).toHaveText(/^\d+ \w+$/);

  // To an agent, along the bars, to the next agent's, and into a session.
  await timeline.focus();
  await page.keyboard.press("Tab");
  const focused = page.locator(":focus");
  const agent = (await focused.textContent()) ?? "";
  await page.keyboard.press("ArrowRight");
  await expect(focused).toHaveAccessibleName(new RegExp(`^${agent}: .+`));
  await page.keyboard.press("ArrowDown");
  await expect(focused).not.toHaveAccessibleName(new RegExp(`^${agent}: .+`));
  const session = (await focused.getAttribute("aria-label")) ?? "";
  expect(session).toMatch(/^.+: .+, .+/);
  await page.keyboard.press("Enter");
  const drawer = page.getByRole("dialog");
  await expect(drawer.getByRole("rowheader", { name: "Session key" })).toBeVisible();
  await expect(drawer).toContainText(session.split(":")[0] ?? "");
  await page.keyboard.press("Escape");
  await expect(drawer).toHaveCount(0);

  const ticks = async () => await timeline.locator("[data-text]").allTextContents();
  const before = await ticks();
  await page.getByRole("button", { name: "Zoom in" }).click();
  await expect.poll(ticks).not.toEqual(before);
  await bars.first().click();
  await expect(drawer.getByRole("rowheader", { name: "Session key" })).toBeVisible();
});

test("signed-in time is summed up by agent and day, and adds up", async ({ page, server }) => {
  await openReport(page, server, "login_logout?preset=last_3_days&time_zone=Europe/Stockholm");
  await page.getByText("Summary", { exact: true }).click();
  const summary = page.getByRole("table", { name: "Signed-in time by agent and day" });
  await expect(summary.getByRole("columnheader", { name: "Total" })).toBeVisible();
  const heads = await summary.getByRole("columnheader").allInnerTexts();
  // A range of so many days begins and ends at this time of the day.
  expect(heads.filter((head) => /from \d\d:\d\d/.test(head)).length + heads.filter((head) => /to \d\d:\d\d/.test(head)).length).toBeGreaterThan(0);
  const seconds = (text: string): number => {
    const [, hours = "0", minutes = "0", rest = "0"] = /(\d+):(\d\d):(\d\d)/.exec(text) ?? [];
    return Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
  };
  const cells = async (row: Locator) => (await row.locator("td").allInnerTexts()).map(seconds);
  const sum = (numbers: number[]): number => numbers.reduce((all, one) => all + one, 0);
  const rows = await Promise.all((await summary.locator("tbody tr").all()).map(cells));
  for (const row of rows) expect(row.at(-1)).toBe(sum(row.slice(0, -1)));
  const totals = await cells(summary.locator("tfoot tr"));
  expect(totals).toEqual(totals.map((_, place) => sum(rows.map((row) => row[place] ?? 0))));
});

test("the activity audit begins with a question, then narrows by entity and activity", async ({ page, server }) => {
  await open(page, server, "/report/activity_audit");
  await page.getByRole("button", { name: "Last 7 days" }).click();
  await page.getByText(/^Admin \(/).click();
  const asked = await asking(page, () => page.getByRole("button", { name: "Show the activities" }).click());
  expect(asked).toMatchObject({ range: { preset: "last_7_days" }, filters: [{ field: "application", op: "in", values: [expect.anything()] }] });
  await page.getByRole("button", { name: /^Change the filter Entity/ }).click();
  const absent = page.getByRole("checkbox", { name: /Did not occur in the range/ });
  await expect(absent.first()).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Group", exact: true }).click();
  await page.getByRole("combobox", { name: "Add a key" }).selectOption("activity");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("img", { name: /^Rows by Activity/ })).toBeVisible();
});

test("rows that arrive are shown as they do in live mode", async ({ page, server }) => {
  await openReport(page, server, "sign_in_log?preset=1_day&time_zone=UTC");
  await page.getByRole("button", { name: "Live" }).click();
  const event = { event_time: new Date().toISOString(), category: "access", activity: "sign_in", outcome: "success", account: "just.arrived" };
  const sent = await fetch(`${server.address}api/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.key}`, "content-type": "application/json" },
    body: JSON.stringify(event),
  });
  expect(sent.status).toBe(200);
  await expect(page.getByRole("gridcell", { name: "just.arrived" })).toBeVisible();
});

test("a file has all rows, in the order and the columns of the page", async ({ page, server }) => {
  await openReport(page, server, "login_logout?preset=yesterday&time_zone=UTC&columns=agent,login_time&sort=agent:asc");
  const rows = await total(page);
  await page.getByRole("button", { name: "Download" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV", exact: true }).click()]);
  expect(download.suggestedFilename()).toBe("Login_Logout report.csv");
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
  expect(lines[0]).toBe("agent,login_time");
  expect(lines).toHaveLength(rows + 1);
});

test("what is wrong in an address is told in words, and can be left", async ({ page, server }) => {
  await open(page, server, "/report/login_logout?filter=agent");
  await expect(page.getByRole("alert")).toContainText("The address can't be read");
  await page.getByRole("button", { name: "Start with a fresh view" }).click();
  await expect(grid(page)).toBeVisible();
  await page.goto(`${server.address}#/report/login_logout?filter=shoe_size:in:44`);
  await expect(page.getByRole("alert").first()).toContainText("shoe_size");
  await page.goto(`${server.address}#/report/sign_in_log?filter=source_ip:cidr:banana`);
  await expect(page.getByRole("alert").first()).toContainText("banana");
  await page.getByRole("button", { name: /^Remove the filter .*banana/ }).click();
  await expect(grid(page)).toBeVisible();
  await page.goto(`${server.address}#/report/login_logout?from=2001-01-01&to=2001-01-31`);
  await expect(page.getByText("Look at a longer range, or remove filters.")).toBeVisible();
  await page.goto(`${server.address}#/nowhere`);
  await expect(page.getByText("There is no such page")).toBeVisible();
});
