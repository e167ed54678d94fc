// Takes the pictures of the README and the docs from a server with demo data, which it starts and ends: `make pictures`.
// Prints nothing but what goes wrong.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { chromium } from "@playwright/test";

const PICTURES = {
  overview: "/overview",
  "login-logout": "/report/login_logout?preset=last_7_days&time_zone=Europe/Stockholm&split=end_reason",
  timeline: "/report/login_logout?preset=yesterday&time_zone=Europe/Stockholm&look=timeline",
  "activity-audit": "/report/activity_audit?preset=last_7_days&time_zone=Europe/Stockholm&group_by=application,activity&split=outcome",
};

const folder = path.resolve("../docs/images");
const data = await mkdtemp(path.join(tmpdir(), "rollcall-pictures-"));
const binary = path.resolve(process.env.ROLLCALL_BIN ?? "../target/release/rollcall");
const server = spawn(binary, ["serve", "--demo", "--data", data, "--listen", "127.0.0.1:0", "--log-level", "warn"], { stdio: ["ignore", "pipe", "inherit"] });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
try {
  let signIn;
  for await (const line of createInterface({ input: server.stdout })) {
    signIn = /^sign-in: (\S+)$/.exec(line)?.[1];
    if (signIn !== undefined) break;
  }
  if (signIn === undefined) throw new Error(`${binary} ended before it was ready`);
  const page = await browser.newPage({ viewport: { width: 1280, height: 760 }, timezoneId: "Europe/Stockholm", locale: "en-GB", reducedMotion: "reduce" });
  await page.goto(signIn);
  for (const [name, view] of Object.entries(PICTURES)) {
    await page.goto(`${signIn.split("#")[0]}#${view}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    await page.waitForTimeout(1_000);
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
} finally {
  await browser.close();
  server.kill("SIGTERM");
  await rm(data, { recursive: true, force: true });
}
