/** Signing in through an OpenID provider: a real one, which the test starts and ends. */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { ask } from "./api";
import { expect, grid, test } from "./rollcall";

const PROVIDER = path.resolve("../bench/openid/provider.mjs");
const VIEW = "/report/login_logout?preset=yesterday&time_zone=America/New_York&columns=agent,login_time,end_reason&sort=agent:asc";

/** Starts the provider, and waits for the name that it gives itself. */
async function startProvider(redirect: string, accounts: object): Promise<{ issuer: string; child: ChildProcess }> {
  const child = spawn("node", [PROVIDER, "--redirect", redirect, "--accounts", JSON.stringify(accounts)], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const issuer = /^issuer (\S+)$/.exec(line)?.[1];
    if (issuer !== undefined) return { issuer, child };
  }
  throw new Error(`${PROVIDER} ended before it was ready`);
}

test("whoever the provider knows is signed in, with the rights of their groups, at the view that they asked for", async ({ page, server, complaints }) => {
  const address = server.address.replace(/\/$/, "");
  const accounts = { olga: { name: "Olga Lind", groups: ["/staff/leads"] } };
  const { issuer, child } = await startProvider(`${address}/api/v1/sign-in/openid/callback`, accounts);
  try {
    const shown = await fetch(`${address}/api/v1/settings/single-sign-on`, { headers: { authorization: `Bearer ${server.key}` } });
    const version = Number(shown.headers.get("etag")?.replaceAll('"', ""));
    const settings = (await shown.json()) as Record<string, unknown>;
    const body = {
      ...settings,
      enabled: true,
      name: "Staff",
      address,
      issuer,
      client_id: "rollcall",
      client_secret: "a-secret-of-the-tests",
      scopes: ["profile", "email", "groups"],
      group_profiles: { "/staff/leads": ["supervisor"] },
      create_users: true,
    };
    const { enabled } = await ask<{ enabled: boolean }>(server, "PUT", "settings/single-sign-on", { version, body });
    expect(enabled).toBe(true);

    await page.goto(`${server.address}#${VIEW}`);
    await page.getByRole("button", { name: "Sign in with Staff" }).or(page.getByRole("link", { name: "Sign in with Staff" })).click();
    await page.getByLabel("Account").fill("olga");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(grid(page)).toBeVisible();
    expect(new URL(page.url()).hash).toBe(`#${VIEW}`);
    await expect(page.getByRole("button", { name: /^Account of Olga Lind/ })).toBeVisible();
    // A supervisor administers nothing.
    await expect(page.getByRole("navigation").getByRole("link", { name: "Settings" })).toHaveCount(0);
    await page.reload();
    await expect(grid(page)).toBeVisible();
    // Other tests sign in without it.
    await ask(server, "PUT", "settings/single-sign-on", { version: version + 1, body: { ...body, enabled: false } });
    // On the way the browser was at the provider, whose page has its own shortcomings.
    const isOfProvider = (complaint: string): boolean => complaint.startsWith(`request to ${issuer}`) || complaint.startsWith("console: Failed to load resource");
    complaints.splice(0, complaints.length, ...complaints.filter((complaint) => !isOfProvider(complaint)));
  } finally {
    child.kill();
  }
});
