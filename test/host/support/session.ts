/** Everything at once: a server with the packaged extension, a browser, a window. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startCodeServer } from '../../../scripts/lib/testHost/server.mjs';
import type { CodeServer, ServerOptions } from '../../../scripts/lib/testHost/server.mjs';
import { openBrowser } from './browser.ts';
import type { BrowserOptions, OpenBrowser } from './browser.ts';
import { hostSetup, keepEvidence } from './setup.ts';
import { Workbench } from './workbench.ts';

export interface SessionOptions extends ServerOptions, BrowserOptions {
  /** false: VS Code without our extension. */
  readonly extension?: boolean;
}

export interface Session {
  readonly server: CodeServer;
  readonly browser: OpenBrowser;
  readonly page: Page;
  readonly workbench: Workbench;
  /** Ends all of it; may be called again. */
  readonly close: () => Promise<void>;
}

/** What the server and our extension have written. */
function logsOf(server: CodeServer): string {
  const folder = join(server.userData, 'logs');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const ours = names.filter((name) => /segdec[^/]*\.log$/i.test(name));
  return [server.log(), ...ours.map((name) => readFileSync(join(folder, name), 'utf8'))].join('\n');
}

/** Starts a server, with the packaged extension if wanted. */
export async function startServer({
  extension = true,
  egress,
  env,
  ...options
}: SessionOptions = {}): Promise<CodeServer> {
  const { host, extensions } = hostSetup();
  return await startCodeServer(host, {
    ...options,
    ...(extension && { extensions }),
    env: { ...egress?.environment, ...env },
  });
}

/** Opens a window of a new server; close() ends everything. */
export async function openSession(options: SessionOptions = {}): Promise<Session> {
  const server = await startServer(options);
  let browser: OpenBrowser | undefined;
  try {
    browser = await openBrowser(options);
    const { page, close } = browser;
    const forget = keepEvidence({ page, log: () => logsOf(server) });
    const workbench = await Workbench.open(page, server);
    return {
      server,
      browser,
      page,
      workbench,
      close: async () => {
        forget();
        await close();
        await server.stop();
      },
    };
  } catch (error) {
    await browser?.close();
    await server.stop();
    throw error;
  }
}
