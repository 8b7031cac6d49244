/** What people do to a run that is over: another name, and its removal. */
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import { mostBytes } from '../../common/node/readLimited.ts';
import { removeFile, writeFileWhole } from '../files/atomicWrite.ts';
import { keptFiles, readKept } from '../files/kept.ts';
import { acquireRunLock } from '../files/lock.ts';
import { parseJson } from '../files/readJson.ts';
import { readRunFile } from './runFile.ts';
import { exists, ownRunFolder, runPaths } from './runFolder.ts';

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
  const lock = await acquireRunLock(paths.folder, paths.files);
  try {
    await readRunFile(paths.run);
    // As it is on disk: a newer version may have written what this one does not know.
    const bytes = await readKept(paths.run, mostBytes.run);
    const value = parseJson(bytes, paths.run) as object;
    const text = `${JSON.stringify({ ...value, name: wanted }, null, 2)}\n`;
    await writeFileWhole(paths.run, text, paths.files);
  } finally {
    await lock.release();
  }
}

/** The log of a run that an editor started, by the home folder of its project. */
export function logOf(home: string, name: string): string {
  return join(home, '.segdec', 'logs', `${name}.log`);
}

/**
 * Removes a run folder of a project, with its log. Throws a UserError for a folder that does not lie in
 * the project's own `.segdec/runs`, and while a process has the run.
 */
export async function deleteRun(folder: string, home: string): Promise<void> {
  const name = basename(folder);
  const paths = runPaths(await ownRunFolder(home, name));
  if (resolve(folder) !== paths.folder || !(await exists(paths.run))) {
    throw new UserError(`${folder} is no run folder of ${home}, so it is not removed.`);
  }
  const lock = await acquireRunLock(paths.folder, paths.files);
  try {
    // Without it the folder is no run any more, whatever happens next.
    await removeFile(paths.run, paths.files);
    await rm(paths.folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    await lock.release();
    throw error;
  }
  await removeFile(logOf(home, name), keptFiles(home));
}
