import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** The server that `npm run dev` asks: by default the one that `make run` starts. */
const server = process.env.ROLLCALL_URL ?? "http://127.0.0.1:7270/";

/** Puts a compressed form beside each script and style sheet: the server sends it as it is. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    writeBundle: async ({ dir = "dist" }) => {
      const folder = path.join(dir, "assets");
      const names = (await readdir(folder)).filter((name) => /\.(js|css)$/.test(name));
      const compress = promisify(brotliCompress);
      await Promise.all(
        names.map(async (name) => writeFile(path.join(folder, `${name}.br`), await compress(await readFile(path.join(folder, name))))),
      );
    },
  };
}

export default defineConfig({
  // Relative addresses: the page also works behind a proxy that serves it below a path.
  base: "./",
  plugins: [react(), compressed()],
  // The server puts a new one here each time: what the page makes of styles itself bears it.
  html: { cspNonce: "{{nonce}}" },
  build: {
    target: "es2022",
    // The content security policy is `default-src 'self'`: nothing may be inlined as a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // A test reads the guide to the API, which lies beside this folder.
  server: { proxy: { "/api": server }, ...(process.env.VITEST === undefined ? {} : { fs: { allow: [".."] } }) },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], setupFiles: ["src/test-setup.ts"] },
});
