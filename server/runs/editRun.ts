/** What people do to a run that is over: another name, and its removal. */
import { realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import { mostBytes } from '../../protocol/files/readLimited.ts';
import { removeFile, writeFileWhole } from '../files/atomicWrite.ts';
import { acquireRunLock } from '../files/lock.ts';
import { parseJson } from '../files/readJson.ts';
import { readWhole } from '../files/readWhole.ts';
import { readRunFile } from './runFile.ts';
import { exists, runPaths } from './runFolder.ts';

/**
 * Writes another name into run.json; the folder keeps its own. Throws a UserError while a process has the
 * run, and for a name without a letter.
 */
export async function renameRun(folder: string, name: string): Promise<void> {
  const paths = runPaths(folder);
  const wanted = name.trim();
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  if (wanted === '' || /[\u0000-\u001f\u007f]/.test(wanted)) {
    throw new UserError(`A run cannot be named ${JSON.stringify(name)}; use words on one line.`);
  }
  const lock = await acquireRunLock(paths.folder);
  try {
    await readRunFile(paths.run);
    // As it is on disk: a newer version may have written what this one does not know.
    const value = parseJson(await readWhole(paths.run, mostBytes.run), paths.run) as object;
    await writeFileWhole(paths.run, `${JSON.stringify({ ...value, name: wanted }, null, 2)}\n`);
  } finally {
    await lock.release();
  }
}

/** The log of a run that an editor started. */
export function logOf(runsFolder: string, name: string): string {
  return join(dirname(runsFolder), 'logs', `${name}.log`);
}

/**
 * Removes a run folder that lies in `runsFolder` itself, with its log. Throws a UserError for any other
 * folder, and while a process has the run.
 */
export async function deleteRun(folder: string, runsFolder: string): Promise<void> {
  const [real, top] = [await realpath(folder), await realpath(runsFolder)];
  if (dirname(real) !== top || !(await exists(runPaths(real).run))) {
    throw new UserError(`${folder} is no run folder in ${runsFolder}, so it is not removed.`);
  }
  const lock = await acquireRunLock(real);
  try {
    // Without it the folder is no run any more, whatever happens next.
    await removeFile(runPaths(real).run);
    await rm(real, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    await lock.release();
    throw error;
  }
  await removeFile(logOf(top, basename(real)));
}
