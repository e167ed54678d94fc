// How long a page takes until it can be used, of a release build with demo data: docs/performance.md.
// Each time the browser's cache is empty; the figure is from the beginning of the navigation, in milliseconds.
import { withDemo } from "../../web/e2e/demo.mjs";

const RUNS = 7;
const ROWS = '[role="grid"][aria-busy="false"] [role="gridcell"]';
const PAGES = {
  "sign-in log": ["/report/sign_in_log?preset=last_7_days", ROWS],
  "login/logout, 7 days": ["/report/login_logout?preset=last_7_days", ROWS],
  "login/logout, 30 days": ["/report/login_logout?preset=last_30_days", ROWS],
  "login/logout as a timeline": ["/report/login_logout?preset=yesterday&look=timeline", '[data-lane] [data-end]'],
  "activity audit, 30 days": ["/report/activity_audit?preset=last_30_days", ROWS],
  "activity log": ["/report/activity_log?preset=last_7_days", ROWS],
  "access log": ["/report/access_log?preset=last_7_days", ROWS],
  overview: ["/overview", ".recharts-bar-rectangle"],
};

await withDemo(async ({ browser, signIn, address }) => {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const devTools = await page.context().newCDPSession(page);
  await page.goto(signIn);
  await page.waitForSelector("h1");
  console.log("| page | usable after | lowest to highest |\n| --- | --- | --- |");
  for (const [name, [view, sign]] of Object.entries(PAGES)) {
    await page.goto(`${address}#${view}`);
    const times = [];
    for (let run = 0; run < RUNS; run += 1) {
      await devTools.send("Network.clearBrowserCache");
      await page.reload({ waitUntil: "commit" });
      const handle = await page.waitForFunction((selector) => document.querySelector(selector) !== null && performance.now(), sign);
      times.push(await handle.jsonValue());
    }
    times.sort((a, b) => a - b);
    console.log(`| ${name} | ${times[RUNS >> 1].toFixed(0)} ms | ${times[0].toFixed(0)} to ${times[RUNS - 1].toFixed(0)} ms |`);
  }
});
