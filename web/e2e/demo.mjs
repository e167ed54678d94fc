// A server with demo data of its own, and a browser beside it, for scripts: both end with what is done with them.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { chromium } from "@playwright/test";

const root = path.resolve(import.meta.dirname, "../..");

/** Calls `use` with the browser, the server's address and the address that signs in. */
export async function withDemo(use) {
  const data = await mkdtemp(path.join(tmpdir(), "rollcall-demo-"));
  const binary = path.resolve(process.env.ROLLCALL_BIN ?? path.join(root, "target/release/rollcall"));
  const server = spawn(binary, ["serve", "--demo", "--data", data, "--listen", "127.0.0.1:0", "--log-level", "warn"], { stdio: ["ignore", "pipe", "inherit"] });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  try {
    const signIn = await ready(server, binary);
    await use({ browser, signIn, address: signIn.split("#")[0] });
  } finally {
    await browser.close();
    const ended = new Promise((resolve) => server.once("exit", resolve));
    if (server.kill()) await ended;
    await rm(data, { recursive: true, force: true });
  }
}

async function ready(server, binary) {
  for await (const line of createInterface({ input: server.stdout })) {
    const signIn = /^sign-in: (\S+)$/.exec(line)?.[1];
    if (signIn !== undefined) return signIn;
  }
  throw new Error(`${binary} ended before it was ready`);
}
