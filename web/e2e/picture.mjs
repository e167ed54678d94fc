// Takes the README's picture from a running demo (`make run`). Prints nothing but what goes wrong.
//   node e2e/picture.mjs SIGN_IN_ADDRESS OUTPUT.png
import process from 'node:process';

import { chromium } from '@playwright/test';

const [address, output] = process.argv.slice(2);
if (!address || !output) {
  throw new Error('expected the address that `rollcall serve --demo` prints as sign-in, and a file to write');
}
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, timezoneId: 'Europe/Stockholm' });
  await page.goto(`${address}&report=login_logout&preset=yesterday&time_zone=Europe/Stockholm&sort=login_time:asc`);
  await page.getByRole('table').waitFor();
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: output });
} finally {
  await browser.close();
}
