import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The server that `npm run dev` asks: by default the one that `make run` starts. */
const server = process.env.ROLLCALL_URL ?? "http://127.0.0.1:7270/";

export default defineConfig({
  // Relative addresses: the page also works behind a proxy that serves it below a path.
  base: "./",
  plugins: [react()],
  // The server puts a new one here each time: what the page makes of styles itself bears it.
  html: { cspNonce: "{{nonce}}" },
  build: {
    target: "es2022",
    // The content security policy is `default-src 'self'`: nothing may be inlined as a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": server } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], setupFiles: ["src/test-setup.ts"] },
});
