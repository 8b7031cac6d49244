/**
 * The browser that the tests drive: Chromium as it is installed; without one the tests skip and say so. All that
 * would leave this machine goes to a proxy that refuses and lists it: a test file with such a request fails.
 */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import { startEgressProxy } from '../../support/egressProxy.ts';
import type { EgressProxy } from '../../support/egressProxy.ts';
import { quietArguments } from '../../support/quietChromium.ts';

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

let egress: EgressProxy | undefined;

afterAll(async () => {
  if (egress === undefined) return;
  const attempts = await egress.attempts();
  await egress.close();
  expect(attempts, 'requests that would have left this machine').toEqual([]);
});

/** Starts the browser; its requests are counted for the whole test file. */
export async function launch(): Promise<Browser> {
  egress ??= await startEgressProxy();
  return await launchBehind(egress);
}

/** Starts a browser behind a proxy. */
export async function launchBehind(proxy: EgressProxy): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error(whyNot);
  return await chromium.launch({
    executablePath: chromiumPath,
    args: [...quietArguments, ...proxy.browserArguments],
  });
}
