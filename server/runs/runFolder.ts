/**
 * Where things lie in a run folder, and how a new one is made. The folder is the truth of a run:
 * whoever opens it later can follow, cancel, resume and use the run.
 */
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import { makeFolder } from '../files/atomicWrite.ts';
import { errorCode } from '../files/fileSystem.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { assertNoLinks, keptFiles } from '../files/kept.ts';
import { leadsOut } from '../files/leadsOut.ts';
import { systemSentence } from '../files/readWhole.ts';

export interface RunPaths {
  readonly folder: string;
  readonly run: string;
  readonly events: string;
  readonly checkpoint: string;
  readonly best: string;
  readonly scores: string;
  /** Hashes of the files that the run was trained on; missing in runs of older versions. */
  readonly contents: string;
  readonly metrics: string;
  readonly heatmaps: string;
  /** Prepared samples beyond the memory budget; only while a process trains. */
  readonly cache: string;
  /** Its presence asks the process of the run to stop with a checkpoint. */
  readonly cancel: string;
  /** How anything in the folder is written: never through a link that somebody left there. */
  readonly files: FileSystem;
}

/** All paths of a run folder, absolute. */
export function runPaths(folder: string, fs?: FileSystem): RunPaths {
  const root = resolve(folder);
  return {
    folder: root,
    files: keptFiles(root, fs),
    run: join(root, 'run.json'),
    events: join(root, 'events.jsonl'),
    checkpoint: join(root, 'checkpoint.safetensors'),
    best: join(root, 'best.safetensors'),
    scores: join(root, 'scores.csv'),
    contents: join(root, 'contents.csv'),
    metrics: join(root, 'metrics.json'),
    heatmaps: join(root, 'heatmaps'),
    cache: join(root, 'cache'),
    cancel: join(root, 'cancel'),
  };
}

/** True if there is something at `path`. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

/** Throws a UserError unless the folder that `file` is to be written into is there. */
export async function assertFolderOf(file: string): Promise<void> {
  const folder = dirname(resolve(file));
  if (await exists(folder)) return;
  throw new UserError(`There is no folder ${folder}; create it or choose another.`);
}

const wordsOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40) || 'run';

/** `<UTC time>-<name>-<4 hex>`, sorted by time; `name` is reduced to ASCII letters and digits. */
export function newRunName(name: string, now = new Date()): string {
  const time = now
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  return `${time}-${wordsOf(name)}-${randomBytes(2).toString('hex')}`;
}

/** What a process that died before run.json was written may have left: the folder still counts as new. */
const leftovers =
  /^(lock-[0-9a-f]{16}\.json|\.segdec-[0-9a-f]{16}\.tmp|events\.jsonl|scores\.csv|contents\.csv|cache)$/;

/**
 * Throws a UserError unless a new run may be made in `folder`: missing, empty, or left by a
 * process that died before it had written run.json.
 */
export async function assertNewRunFolder(folder: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    if (errorCode(error) === 'ENOTDIR') {
      throw new UserError(`${folder} is a file; name a folder with --output.`);
    }
    throw error;
  }
  if (names.includes('run.json')) {
    throw new UserError(
      `${folder} already holds a run; continue it with \`segdec resume\`, or choose another --output.`,
    );
  }
  if (names.some((name) => !leftovers.test(name))) {
    throw new UserError(`${folder} is not empty; choose a new folder with --output.`);
  }
}

/** Makes the folder of a new run; see assertNewRunFolder. */
export async function createRunFolder(folder: string, fs?: FileSystem): Promise<RunPaths> {
  await assertNewRunFolder(folder);
  await makeFolder(folder);
  return runPaths(folder, fs);
}

/** Removes the cache of prepared samples; nothing else in a run folder is ever removed as a tree. */
export async function removeCache(paths: RunPaths): Promise<void> {
  await rm(paths.cache, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * `root`/`name` with `name` relative and with forward slashes. Throws a UserError if the result
 * would lie outside `root`: names from files are data and must not lead anywhere else.
 */
export function insidePath(root: string, name: string): string {
  const path = resolve(root, name);
  if (name.includes('\0') || isAbsolute(name) || path === resolve(root) || leadsOut(root, path)) {
    throw new UserError(`The name ${JSON.stringify(name)} leads out of ${root}; rename that file.`);
  }
  return path;
}

/** False for a folder without a run.json; one that the system refuses to look into counts, and says so when it is read. */
async function isRun(folder: string): Promise<boolean> {
  try {
    return await exists(runPaths(folder).run);
  } catch (error) {
    if (systemSentence(error) === undefined) throw error;
    return true;
  }
}

/** Where the runs of a project are kept: `.segdec/runs` in its home folder. */
export const runsFolderOf = (home: string): string => join(home, '.segdec', 'runs');

/**
 * The folder of a project's run. Throws a UserError when a link stands between it and `home`: a run that
 * seems to lie in a project must lie there.
 */
export async function ownRunFolder(home: string, name: string): Promise<string> {
  const folder = join(runsFolderOf(home), name);
  await assertNoLinks(home, folder);
  return folder;
}

/**
 * The runs of a project, newest first: folders in `.segdec/runs` of `home` that hold a run.json, and links,
 * which say what they are when they are read. Throws a UserError when that folder is reached by a link.
 */
export async function listRuns(home: string): Promise<string[]> {
  const runsFolder = runsFolderOf(home);
  await assertNoLinks(home, runsFolder);
  if (!(await exists(runsFolder))) return [];
  const folders: string[] = [];
  for (const entry of await readdir(runsFolder, { withFileTypes: true })) {
    const folder = join(runsFolder, entry.name);
    if (entry.isSymbolicLink() || (entry.isDirectory() && (await isRun(folder)))) {
      folders.push(folder);
    }
  }
  return folders.sort((a, b) => (basename(a) < basename(b) ? 1 : -1));
}
