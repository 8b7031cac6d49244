/** The browser that the tests drive: Chromium as it is installed; without one the tests skip and say so. */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const places = [
  process.env['SEGDEC_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
];

export const chromiumPath = places.find((path) => path !== undefined && existsSync(path));
const bundle = 'dist/webview/grid.js';

/** Why the tests cannot run here; undefined when they can. */
export const whyNot =
  chromiumPath === undefined
    ? 'There is no Chromium: install it, or name one in SEGDEC_CHROMIUM.'
    : existsSync(bundle)
      ? undefined
      : `${bundle} is not built: npm run build.`;

if (whyNot !== undefined) console.warn(`Skipped: ${whyNot}`);

export async function launch(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error(whyNot);
  return await chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  });
}
