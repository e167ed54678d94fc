// Takes the pictures of the README and the docs from a server with demo data: `make pictures`.
import path from "node:path";
import { withDemo } from "./demo.mjs";

const PICTURES = {
  overview: "/overview",
  "login-logout": "/report/login_logout?preset=last_7_days&time_zone=Europe/Stockholm&split=end_reason",
  timeline: "/report/login_logout?preset=yesterday&time_zone=Europe/Stockholm&look=timeline",
  "activity-audit": "/report/activity_audit?preset=last_7_days&time_zone=Europe/Stockholm&group_by=application,activity&split=outcome",
};

const folder = path.resolve(import.meta.dirname, "../../docs/images");

await withDemo(async ({ browser, signIn, address }) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 760 }, timezoneId: "Europe/Stockholm", locale: "en-GB", reducedMotion: "reduce" });
  await page.goto(signIn);
  for (const [name, view] of Object.entries(PICTURES)) {
    await page.goto(`${address}#${view}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    await page.waitForTimeout(1_000);
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
});
