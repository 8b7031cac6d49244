/** What tests do with SegDec in a window, beyond what VS Code itself offers. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { readEvents } from '../../../server/runs/eventLog.ts';
import { listRuns, runPaths } from '../../../server/runs/runFolder.ts';
import { runLockHolder } from '../../../server/files/lock.ts';
import { waitUntil } from './waitUntil.ts';
import type { Session } from './session.ts';
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

async function setExpanded(workbench: Workbench, name: string, wanted: boolean): Promise<void> {
  const row = imageRow(workbench, name);
  await row.waitFor();
  const isDone = async (): Promise<boolean> =>
    (await row.getAttribute('aria-expanded')) === String(wanted);
  // A list that is read anew closes or opens rows by itself: ask again.
  await waitUntil(`${name} ${wanted ? 'opened' : 'closed'}`, async () => {
    if (await isDone()) return true;
    await row.click();
    await row.press(wanted ? 'ArrowRight' : 'ArrowLeft');
    return await isDone();
  });
}

/** Opens a group of the Images view, if it is closed. */
export const expand = (workbench: Workbench, name: string): Promise<void> =>
  setExpanded(workbench, name, true);

/** Closes a group of the Images view, if it is open. */
export const collapse = (workbench: Workbench, name: string): Promise<void> =>
  setExpanded(workbench, name, false);

/** Train segdec with everything as it is filled in; gives the run's folder. */
export async function startTraining(workbench: Workbench, folder: string): Promise<string> {
  const { page } = workbench;
  await workbench.runCommand('Train segdec');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Start training' }).waitFor();
  await page.keyboard.press('Enter');
  return await newestRun(folder);
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
  return await waitUntil('a run folder', async () => (await listRuns(folder))[0]);
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

/** Processes of a window's server that run one of our programs, such as `server` or `inferenceProcess`. */
export const programsOf = (
  { server }: Session,
  name: string,
): readonly { readonly pid: number; readonly command: string }[] =>
  server.processes().filter(({ command }) => command.includes(`dist/${name}.js`));

/** Ids of running processes whose command line has this text; detached ones too. */
export async function processesWith(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // One that ended while it was looked at has no command line any more.
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(text)) found.push(Number(name));
  }
  return found;
}
