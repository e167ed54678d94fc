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
  await page.getByLabel("API key").fill(key);
  await page.keyboard.press("Enter");
}

/** Signs in by the link and opens a view, given as an address's fragment. */
export async function open(page: Page, server: Server, view: string): Promise<void> {
  await page.goto(`${server.signIn}&${view}`);
  await expect(page.getByRole("table")).toBeVisible();
  await expect(status(page)).toHaveText(/rows?\b/);
}

/** Does something that asks the server anew, waits until the answer is shown, and gives the question. */
export async function asking(page: Page, act: () => Promise<unknown>): Promise<Record<string, unknown>> {
  const [response] = await Promise.all([page.waitForResponse((answer) => answer.url().endsWith("/query")), act()]);
  expect(response.status()).toBe(200);
  await expect(status(page)).toHaveText(/rows?\b/);
  return response.request().postDataJSON() as Record<string, unknown>;
}

export function status(page: Page) {
  return page.getByRole("region", { name: "Result" }).getByRole("status");
}

export function result(page: Page) {
  return page.getByRole("region", { name: "Result" });
}

/** The exact number of rows that the page tells. */
export async function total(page: Page): Promise<number> {
  const text = (await status(page).textContent()) ?? "";
  const [, count] = /^([\d,]+) rows?\b/.exec(text) ?? [];
  if (count === undefined) throw new Error(`no total in ${JSON.stringify(text)}`);
  return Number(count.replaceAll(",", ""));
}

/** The texts of a column, from top to bottom. */
export async function column(page: Page, label: string): Promise<string[]> {
  const headers = await page.getByRole("columnheader").allTextContents();
  const place = headers.findIndex((header) => header.startsWith(label));
  if (place < 0) throw new Error(`no column ${label} among ${headers.join(", ")}`);
  return await page.locator(`tbody tr td:nth-child(${place + 1})`).allTextContents();
}
