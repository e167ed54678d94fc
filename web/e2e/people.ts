/**
 * People who sign in, and what an administrator does meanwhile: over the command line and the API, as others than the page.
 */
import { createHmac } from "node:crypto";
import { type Page, expect } from "@playwright/test";
import type { Server } from "./server";

export interface Somebody {
  id: string;
  account: string;
  password: string;
}

/** Makes somebody who has chosen a password of their own already. */
export async function somebody(server: Server, account: string, profile = "supervisor"): Promise<Somebody> {
  const first = await firstPassword(server, account, profile);
  const password = "words that nobody guesses";
  const signedIn = await send(server, "POST", "session", {}, { account, password: first });
  const { csrf_token, user } = (await signedIn.json()) as { csrf_token: string; user: { id: string } };
  const [cookie = ""] = signedIn.headers.getSetCookie().map((text) => text.split(";")[0] ?? "");
  const own = { cookie, "x-csrf-token": csrf_token };
  await send(server, "POST", "account/password", own, { password: first, new_password: password });
  await send(server, "DELETE", "session", own);
  return { id: user.id, account, password };
}

/** Makes somebody, and gives the password that they must change. */
export async function firstPassword(server: Server, account: string, profile = "supervisor"): Promise<string> {
  return await server.command("user", "add", account, "--profile", profile);
}

/** The sign-in. A page that is kept behind it has fields too, which are not to be seen. */
export function signInForm(page: Page) {
  return page.getByRole("main").filter({ has: page.getByRole("heading", { name: "Sign in to Rollcall" }) });
}

/** Fills the sign-in and sends it. */
export async function enter(page: Page, { account, password }: Omit<Somebody, "id">): Promise<void> {
  const form = signInForm(page);
  await form.getByLabel("Account", { exact: true }).fill(account);
  await form.getByLabel("Password", { exact: true }).fill(password);
  await page.keyboard.press("Enter");
}

/** An administrator who has a key, but none of the page's cookies. */
export class Administrator {
  private constructor(
    private readonly server: Server,
    private readonly key: string,
  ) {}

  static async of(server: Server): Promise<Administrator> {
    // Nobody ends a session of somebody who has more rights: a supervisor's are these.
    const rights = ["reports:read", "reports:write", "directory:read"];
    const scopes = [...rights, "access:read", "access:write", "settings:write"].flatMap((scope) => ["--scope", scope]);
    return new Administrator(server, await server.command("key", "create", ...scopes));
  }

  /** Ends the sessions of an account; gives how many there were. */
  async endSessionsOf(account: string): Promise<number> {
    const answer = await this.ask("GET", "sessions");
    const { sessions } = (await answer.json()) as { sessions: { id: string; user: { account: string } }[] };
    const theirs = sessions.filter(({ user }) => user.account === account);
    for (const { id } of theirs) await this.ask("DELETE", `sessions/${id}`);
    return theirs.length;
  }

  /** Sets how people sign in; gives what undoes that. */
  async set(change: { single_sign_in?: boolean; require_second_factor?: boolean }): Promise<() => Promise<void>> {
    const answer = await this.ask("GET", "settings/sign-in");
    const before = (await answer.json()) as typeof change;
    await this.put({ ...before, ...change });
    return () => this.put(before);
  }

  private async put(settings: object): Promise<void> {
    const answer = await this.ask("GET", "settings/sign-in");
    const version = { "if-match": answer.headers.get("etag") ?? "" };
    await this.ask("PUT", "settings/sign-in", version, settings);
  }

  private async ask(method: string, path: string, headers: Record<string, string> = {}, body?: object): Promise<Response> {
    return await send(this.server, method, path, { authorization: `Bearer ${this.key}`, ...headers }, body);
  }
}

async function send(server: Server, method: string, path: string, headers: Record<string, string>, body?: object): Promise<Response> {
  const given = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${server.address}api/v1/${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...given,
  });
  expect(answer.ok, `${method} ${path} answers ${answer.status}`).toBe(true);
  return answer;
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_SECONDS = 30;

/** The one-time code of a secret (RFC 6238), now or so many steps later. */
export function codeOf(secret: string, stepsLater = 0): string {
  const bits = Array.from(secret, (letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / STEP_SECONDS) + stepsLater));
  const digest = createHmac("sha1", key).update(step).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0x0f;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
