/** Runs a test entry inside the extension host, as @vscode/test-electron does with a VS Code on the desktop. */
import { resolve } from 'node:path';
import { format } from 'node:util';
import type { CodeServer } from '../../../scripts/lib/testHost/server.mjs';
import { openBrowser } from './browser.ts';
import { Workbench } from './workbench.ts';

export interface InHostOptions {
  readonly server: CodeServer;
  /** A folder with the package.json of the extension under development. */
  readonly extensionDevelopmentPath: string;
  /** A CommonJS module with `run(): Promise<void>`. */
  readonly extensionTestsPath: string;
  readonly timeout?: number;
}

export interface InHostResult {
  /** 0: run() was fulfilled; 1: it was rejected. */
  readonly code: number;
  /** What was written to the console, of the tests and of VS Code itself. */
  readonly log: string;
}

/** Lines that VS Code writes to the same console. */
const chatter =
  /^(Creating a socket|Resolv(ing|ed) connection|Ignoring fetching|Updating additional|ChatSessionStore:|\[Service Worker\])/;

/** Opens a window that runs the tests and waits for their end. */
export async function runInHost(options: InHostOptions): Promise<InHostResult> {
  const { server, timeout = 300_000 } = options;
  const remote = (path: string): string =>
    `vscode-remote://127.0.0.1:${server.port}${resolve(path)}`;
  const { page, close } = await openBrowser();
  const lines: string[] = [];
  const log = (): string => lines.join('\n');
  try {
    // VS Code calls these two functions of the page, if they are there.
    const ended = new Promise<number>((done, fail) => {
      const giveUp = (why: string): void => fail(new Error(`${why}\n${log()}`));
      const timer = setTimeout(() => giveUp(`No result within ${timeout} ms.`), timeout);
      page.once('crash', () => giveUp('The page crashed.'));
      page.once('close', () => clearTimeout(timer));
      page.exposeFunction('codeAutomationExit', done).catch(fail);
    });
    await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
      const line = format(...args);
      if (!chatter.test(line)) lines.push(type === 'error' ? `[error] ${line}` : line);
    });
    await Workbench.open(page, server, {
      payload: [
        ['extensionDevelopmentPath', remote(options.extensionDevelopmentPath)],
        ['extensionTestsPath', remote(options.extensionTestsPath)],
      ],
    });
    return { code: await ended, log: log() };
  } finally {
    await close();
  }
}
