/** Chromium with an empty profile and one page. */
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { EgressProxy } from '../../support/egressProxy.ts';
import { quietArguments } from '../../support/quietChromium.ts';
import { hostSetup } from './setup.ts';

export interface BrowserOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Sends what leaves this machine to the proxy, which refuses and lists it. */
  readonly egress?: EgressProxy | undefined;
}

export interface OpenBrowser {
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly close: () => Promise<void>;
}

/** Opens a browser; it ends with this process or by close(). */
export async function openBrowser({
  viewport = { width: 1280, height: 800 },
  egress,
}: BrowserOptions = {}): Promise<OpenBrowser> {
  const browser = await chromium.launch({
    executablePath: hostSetup().host.chromium,
    args: [...quietArguments, ...(egress?.browserArguments ?? [])],
  });
  const permissions = ['clipboard-read', 'clipboard-write'];
  const context = await browser.newContext({ viewport, permissions });
  const page = await context.newPage();
  return { browser, context, page, close: () => browser.close() };
}
