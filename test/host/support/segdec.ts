/** What tests do with SegDec in a window, beyond what VS Code itself offers. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { readEvents } from '../../../server/runs/eventLog.ts';
import { listRuns, runPaths } from '../../../server/runs/runFolder.ts';
import { runLockHolder } from '../../../server/files/lock.ts';
import { waitUntil } from './waitUntil.ts';
import type { Workbench } from './workbench.ts';

/** A run of seconds: a small network that has every part of the real one. */
export const quickProject = {
  preset: 'dagm',
  width: 0.1,
  threads: 2,
  settings: { epochs: 2 },
} as const;

export async function writeProject(folder: string, settings: object): Promise<void> {
  await writeFile(join(folder, 'segdec.json'), `${JSON.stringify(settings, null, 2)}\n`);
}

/** A row of the Images view whose name begins with this text. */
export function imageRow(workbench: Workbench, name: string): Locator {
  return workbench.page
    .locator('.part.sidebar .pane', {
      has: workbench.page.locator('.pane-header', { hasText: 'Images' }),
    })
    .locator('.monaco-list-row', { has: workbench.page.locator('.label-name', { hasText: name }) })
    .first();
}

/** A row of the Runs view. */
export function runRow(workbench: Workbench): Locator {
  return workbench.page
    .locator('.part.sidebar .pane', {
      has: workbench.page.locator('.pane-header', { hasText: 'Runs' }),
    })
    .locator('.monaco-list-row')
    .first();
}

/** Opens a group of the Images view, if it is closed. */
export async function expand(workbench: Workbench, name: string): Promise<void> {
  const row = imageRow(workbench, name);
  await row.waitFor();
  if ((await row.getAttribute('aria-expanded')) === 'true') return;
  await row.click();
  if ((await row.getAttribute('aria-expanded')) !== 'true') await row.press('ArrowRight');
  await waitUntil(
    `${name} opened`,
    async () => (await row.getAttribute('aria-expanded')) === 'true',
  );
}

/** The rows of labels.csv, without the header. */
export async function labelRows(folder: string): Promise<string[]> {
  const file = join(folder, 'labels.csv');
  if (!existsSync(file)) return [];
  return (await readFile(file, 'utf8'))
    .split(/\r?\n/)
    .slice(1)
    .filter((line) => line !== '');
}

/** The newest run folder of a project. */
export async function newestRun(folder: string): Promise<string> {
  return await waitUntil(
    'a run folder',
    async () => (await listRuns(join(folder, '.segdec', 'runs')))[0],
  );
}

/** The last state that a run wrote. */
export async function stateOf(run: string): Promise<string | undefined> {
  const { events } = await readEvents(runPaths(run).events);
  return events.flatMap((event) => (event.kind === 'state' ? [event.state] : [])).at(-1);
}

/** Steps that a run has told of: grows while it goes on. */
export async function stepsOf(run: string): Promise<number> {
  const { events } = await readEvents(runPaths(run).events);
  return events.filter(({ kind }) => kind === 'step').length;
}

/** Process id of a run that goes on. */
export async function processOf(run: string): Promise<number> {
  return await waitUntil('the process of the run', async () => (await runLockHolder(run))?.pid);
}

interface ProcessLine {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Running processes whose command line has this text. */
export async function processesWith(text: string): Promise<ProcessLine[]> {
  const found: ProcessLine[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const command = (await readFile(`/proc/${name}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      if (state === 'Z' || !command.includes(text)) continue;
      found.push({ pid: Number(name), parent: Number(parent), command });
    } catch {
      // It ended while it was looked at.
    }
  }
  return found;
}
