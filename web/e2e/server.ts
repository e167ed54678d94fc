/**
 * Starts and stops the real server with its demo data. Stops only the process that it has started.
 * What the server logs goes to a file, which the error of a failed start names.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;
const LOG = path.resolve("node_modules/.e2e-server.log");

export interface Server {
  /** `http://127.0.0.1:PORT/` */
  address: string;
  /** The address that signs in. */
  signIn: string;
  /** The key in it. */
  key: string;
  /** The folder beneath which schedules may deliver. */
  deliveries: string;
  /** Runs a command on the server's data folder, and gives the last line that it prints: what is shown once. */
  command: (...words: string[]) => Promise<string>;
  stop: () => Promise<void>;
}

export async function startServer(): Promise<Server> {
  const binary = path.resolve(process.env.ROLLCALL_BIN ?? "../target/debug/rollcall");
  const data = await mkdtemp(path.join(tmpdir(), "rollcall-e2e-"));
  const deliveries = path.join(data, "deliveries");
  await mkdir(deliveries);
  const log = openSync(LOG, "w");
  const child = spawn(binary, ["serve", "--demo", "--data", data, "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", log],
    env: { ...process.env, ROLLCALL_DELIVERY_FOLDERS: deliveries },
  });
  closeSync(log);
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(data, { recursive: true, force: true });
  };
  const command = async (...words: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(binary, [...words, "--data", data]);
    return stdout.trim().split("\n").at(-1) ?? "";
  };
  try {
    const { address, signIn } = await announced(child, binary);
    return { address, signIn, key: signIn.slice(signIn.indexOf("#key=") + "#key=".length), deliveries, command, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for the two lines that the server prints when it is ready. */
async function announced(child: ChildProcess, binary: string): Promise<{ address: string; signIn: string }> {
  return await new Promise((resolve, reject) => {
    const found = new Map<string, string>();
    const fail = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`${binary} ${what}`));
    };
    const timer = setTimeout(() => fail(`was not ready within ${START_TIMEOUT_MS / 1000} s; see ${LOG}`), START_TIMEOUT_MS);
    child.once("error", (error) => fail(`can't be started (${error.message}); build it, or name another in ROLLCALL_BIN`));
    child.once("exit", (code) => fail(`ended with ${code} before it was ready; see ${LOG}`));
    if (child.stdout === null) return;
    // Reading goes on after the two lines, so that the pipe never fills up.
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [, name, value] = /^(address|sign-in): (\S+)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) found.set(name, value);
      const [address, signIn] = [found.get("address"), found.get("sign-in")];
      if (address === undefined || signIn === undefined) return;
      clearTimeout(timer);
      resolve({ address, signIn });
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
