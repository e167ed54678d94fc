/**
 * What every test of the page gets: a running server, a page that is watched, and words for what tests do.
 */
import { type Page, test as base, expect } from "@playwright/test";
import { type Server, startServer } from "./server";

export { expect };

interface PerTest {
  /** What went wrong in the page; the test fails if there is anything. */
  complaints: string[];
}

export const test = base.extend<PerTest, { server: Server }>({
  server: [
    // eslint-disable-next-line no-empty-pattern -- that it takes no other fixture is told by the pattern
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 150_000 },
  ],
  complaints: [
    async ({ page, server }, use) => {
      const complaints: string[] = [];
      await watch(page, server.address, complaints);
      await use(complaints);
      expect(complaints, "the page runs without errors, violations of its policy and requests to elsewhere").toEqual([]);
    },
    { auto: true },
  ],
});

/** Answers that tests ask for on purpose; the browser reports them as errors. */
const EXPECTED_ANSWER = /^Failed to load resource: the server responded with a status of (401|403|409|422)\b/;

async function watch(page: Page, address: string, complaints: string[]): Promise<void> {
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const expected = EXPECTED_ANSWER.test(message.text()) && message.location().url.startsWith(`${address}api/`);
    if (["error", "warning"].includes(message.type()) && !expected) complaints.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) complaints.push(`request to ${request.url()}`);
  });
  await page.exposeFunction("rollcallViolation", (violation: string) => complaints.push(`policy: ${violation}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const report = (window as unknown as { rollcallViolation: (violation: string) => void }).rollcallViolation;
      report(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
}

/** Enters an API key on the sign-in. */
export async function signInByKey(page: Page, key: string): Promise<void> {
  await page.getByRole("button", { name: "Use an API key" }).click();
  await page.getByLabel("API key", { exact: true }).fill(key);
  await page.keyboard.press("Enter");
}

/** Signs in by the link and goes to a page, such as `/report/login_logout?preset=today`. */
export async function open(page: Page, server: Server, path: string): Promise<void> {
  await page.goto(server.signIn);
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await page.goto(`${server.address}#${path}`);
}

/** The same, for a report: waits until its rows are there. */
export async function openReport(page: Page, server: Server, path: string): Promise<void> {
  await open(page, server, `/report/${path}`);
  await expect(grid(page)).toBeVisible();
  await expect(page.getByRole("gridcell").first()).not.toBeEmpty();
}

/** Does something that asks the server for rows anew, and gives the question. */
export async function asking(page: Page, act: () => Promise<unknown>): Promise<Record<string, unknown>> {
  const isQuestion = (answer: { url: () => string; request: () => { postDataJSON: () => unknown } }): boolean =>
    answer.url().endsWith("/query") && (answer.request().postDataJSON() as { limit: number }).limit === 200;
  const [response] = await Promise.all([page.waitForResponse(isQuestion), act()]);
  expect(response.status()).toBe(200);
  return response.request().postDataJSON() as Record<string, unknown>;
}

/** The table of a report. */
export function grid(page: Page) {
  return page.getByRole("grid", { name: "Rows" });
}

/** The exact number of rows that a report's page tells. */
export async function total(page: Page): Promise<number> {
  const told = page.getByRole("status").filter({ hasText: /^[\d,]+ rows?$/ });
  return Number(((await told.textContent()) ?? "").replaceAll(/\D/g, ""));
}

/** The texts of a column, from top to bottom, as far as it is in sight. */
export async function column(page: Page, label: string): Promise<string[]> {
  const headers = await page.getByRole("columnheader").allTextContents();
  const place = headers.findIndex((header) => header.startsWith(label));
  if (place < 0) throw new Error(`no column ${label} among ${headers.join(", ")}`);
  const rows = await page.getByRole("row").filter({ has: page.getByRole("gridcell") }).all();
  const texts = await Promise.all(rows.map(async (row) => ({ at: Number(await row.getAttribute("aria-rowindex")), text: await row.getByRole("gridcell").nth(place).innerText() })));
  return texts.sort((one, other) => one.at - other.at).map(({ text }) => text);
}
