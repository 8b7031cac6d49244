/**
 * The lock of a run folder: never two writers, never a lock for ever.
 *
 * Each contender writes a lock file of its own name and only then looks for others. Of two that
 * come together at least one sees the other and steps back. As names are never used twice, removing
 * a dead process's lock can never remove a living one's.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { liveness, thisProcess } from '../../common/node/processIdentity.ts';
import type { Liveness, ProcessIdentity } from '../../common/node/processIdentity.ts';
import { UserError } from '../../protocol/errors.ts';
import { mostBytes } from '../../common/node/readLimited.ts';
import { removeFile, removeUnfinishedWrites, writeFileWhole } from './atomicWrite.ts';
import { errorCode, realFileSystem } from './fileSystem.ts';
import type { FileSystem } from './fileSystem.ts';
import { readKeptIfThere } from './kept.ts';
import { isFinished, isUnfinished } from './unfinished.ts';

const LOCK = /^lock-[0-9a-f]{16}\.json$/;
const TRIES = 6;

const contentSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  machine: z.string(),
  boot: z.string(),
  namespace: z.string(),
  started: z.string(),
  /** ISO 8601 UTC; for people to read, never compared. */
  since: z.string(),
});
type LockContent = z.infer<typeof contentSchema>;

export interface RunLock {
  /** False when somebody removed the lock file: stop writing then. */
  held(): Promise<boolean>;
  /** Removes the lock file; a second call does nothing. */
  release(): Promise<void>;
}

/** The process that has a folder locked. */
export interface LockHolder {
  readonly file: string;
  readonly pid: number;
  readonly host: string;
  readonly since: string;
  readonly state: Exclude<Liveness, 'dead'>;
}

function parseLock(text: string, path: string): LockContent {
  const result = contentSchema.safeParse(jsonOrUndefined(text));
  if (result.success) return result.data;
  throw new UserError(
    `The lock file ${path} cannot be read; if no process uses this run folder, remove that file.`,
  );
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Another's lock in `folder` that is not known to be dead; dead ones are listed in `stale`. */
async function survey(
  folder: string,
  own: string | undefined,
  self: ProcessIdentity,
): Promise<{ holder: LockHolder | undefined; stale: string[] }> {
  const stale: string[] = [];
  const names = (await readdir(folder)).filter((name) => LOCK.test(name) && name !== own);
  for (const name of names.sort()) {
    const file = join(folder, name);
    const text = (await readKeptIfThere(file, mostBytes.lock))?.toString('utf8');
    if (text === undefined) continue;
    const content = parseLock(text, file);
    const state = await liveness(content, self);
    if (state === 'dead') stale.push(file);
    else return { holder: { file, ...content, state }, stale };
  }
  return { holder: undefined, stale };
}

function inUse(folder: string, holder: LockHolder): UserError {
  const advice =
    holder.state === 'alive'
      ? 'Wait for it, or cancel it first.'
      : `That process cannot be seen from here; if it no longer runs, remove ${holder.file}.`;
  return new UserError(
    `Run folder in use by process ${holder.pid} on ${holder.host} since ${holder.since}: ${folder}. ${advice}`,
  );
}

/** One attempt: the lock's path, or who was there. */
async function attempt(
  folder: string,
  self: ProcessIdentity,
  fs: FileSystem,
): Promise<string | LockHolder> {
  const before = await survey(folder, undefined, self);
  if (before.holder !== undefined) return before.holder;
  const name = `lock-${randomBytes(8).toString('hex')}.json`;
  const path = join(folder, name);
  const content: LockContent = { ...self, since: new Date().toISOString() };
  try {
    isUnfinished(path);
    await writeFileWhole(path, `${JSON.stringify(content)}\n`, fs);
    const after = await survey(folder, name, self);
    if (after.holder !== undefined) {
      await removeFile(path, fs);
      return after.holder;
    }
    for (const file of after.stale) await removeFile(file, fs);
  } catch (error) {
    await removeFile(path, fs);
    throw error;
  }
  return path;
}

function lockAt(path: string, fs: FileSystem): RunLock {
  return {
    held: async () => (await readKeptIfThere(path, mostBytes.lock)) !== undefined,
    release: async () => {
      await removeFile(path, fs);
      isFinished(path);
    },
  };
}

/** The one who has the lock cleans up, and may take a contender's lock file that is being written. */
function wasCleanedAway(error: unknown): boolean {
  return error instanceof UserError && errorCode(error.cause) === 'ENOENT';
}

async function attemptOrStepBack(
  folder: string,
  self: ProcessIdentity,
  fs: FileSystem,
): Promise<string | LockHolder | undefined> {
  try {
    return await attempt(folder, self, fs);
  } catch (error) {
    if (wasCleanedAway(error)) return undefined;
    throw error;
  }
}

async function cleanAndHold(folder: string, path: string, fs: FileSystem): Promise<RunLock> {
  try {
    await removeUnfinishedWrites(folder, fs);
  } catch (error) {
    await removeFile(path, fs);
    throw error;
  }
  return lockAt(path, fs);
}

/**
 * Locks `folder` (which must exist) for this process and removes what killed ones left unfinished
 * there. Throws a UserError naming process, host and time when somebody else has it, or may have it
 * on a host that cannot be seen from here.
 */
export async function acquireRunLock(
  folder: string,
  fs: FileSystem = realFileSystem,
): Promise<RunLock> {
  const self = await thisProcess();
  for (let tries = 1; tries < TRIES; tries += 1) {
    const result = await attemptOrStepBack(folder, self, fs);
    if (typeof result === 'string') return cleanAndHold(folder, result, fs);
    // Two that came together both stepped back: whoever wakes first has it.
    await wait(randomInt(5, 20) * tries);
  }
  const last = await attempt(folder, self, fs);
  if (typeof last === 'string') return cleanAndHold(folder, last, fs);
  throw inUse(folder, last);
}

/** Who has `folder` locked, if anybody; a dead process's lock does not count. */
export async function runLockHolder(folder: string): Promise<LockHolder | undefined> {
  return (await survey(folder, undefined, await thisProcess())).holder;
}
