/**
 * What the tests of the library and the administration share: signing in as somebody, what others do over the API
 * meanwhile, with the key of the sign-in link, and rows of lists.
 */
import { type Page, expect } from "@playwright/test";
import { enter, somebody } from "./people";
import type { Server } from "./server";

/** Makes somebody with a security profile, signs in as them, and goes to a page. */
export async function signIn(page: Page, server: Server, account: string, profile: string, to: string): Promise<void> {
  const person = await somebody(server, account, profile);
  await page.goto(`${server.address}#${to}`);
  await enter(page, person);
  await expect(page.getByRole("navigation")).toBeVisible();
}

/** The row of a list in which a text stands. */
export function rowOf(page: Page, list: string, text: string) {
  return page.getByRole("table", { name: list, exact: true }).getByRole("row").filter({ hasText: text });
}

interface Question {
  body?: object;
  /** The version that is changed. */
  version?: number;
  key?: string;
}

/** Asks the API, which has to agree, and gives its answer. */
export async function ask<Answer>(server: Server, method: string, path: string, question: Question = {}): Promise<Answer> {
  const answer = await asked(server, method, path, question);
  const text = await answer.text();
  expect(answer.ok, `${method} ${path} answers ${answer.status}: ${text}`).toBe(true);
  return (text === "" ? undefined : JSON.parse(text)) as Answer;
}

/** Asks the API, and gives the status of its answer. */
export async function statusOf(server: Server, method: string, path: string, question: Question = {}): Promise<number> {
  return (await asked(server, method, path, question)).status;
}

async function asked(server: Server, method: string, path: string, { body, version, key = server.key }: Question): Promise<Response> {
  return await fetch(`${server.address}api/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...(version === undefined ? {} : { "if-match": `"${version}"` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Takes out what the browser says of an answer that a test asked for on purpose, and of which it says so always. */
export async function forgive(complaints: string[], status: number): Promise<void> {
  const isMeant = (complaint: string): boolean => complaint.startsWith(`console: Failed to load resource: the server responded with a status of ${status}`);
  await expect.poll(() => complaints.some(isMeant)).toBe(true);
  complaints.splice(0, complaints.length, ...complaints.filter((complaint) => !isMeant(complaint)));
}
