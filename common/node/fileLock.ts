/**
 * The lock of a file that several processes change: whoever reads it to write it back has the lock meanwhile.
 * It is a hidden file beside it that only one can make. See docs/decisions/shared-tables.md.
 */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { constants, lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { WritableFile } from './diskFiles.ts';
import { liveness, thisProcess } from './processIdentity.ts';
import { errorCode } from './systemError.ts';

/** What a lock needs to change files; a test may make its n-th operation fail. */
export interface LockFiles {
  /** Makes a new file; fails with EEXIST when the name is taken, also by a link. */
  create(path: string): Promise<Pick<WritableFile, 'write' | 'close'>>;
  /** Removes a file; a missing one is fine. */
  remove(path: string): Promise<void>;
}

/** Milliseconds. */
export interface Patience {
  /** A holder that was seen for this long is looked at. */
  readonly look: number;
  /** A lock file that says nothing is one of a process that was killed in making it, or of a stranger. */
  readonly garbage: number;
  /** The same holder for as long: one that runs is reported, one that cannot be seen from here is taken for gone. */
  readonly holder: number;
  /** In all, whoever has it. */
  readonly all: number;
}

const usual: Patience = { look: 150, garbage: 2000, holder: 20_000, all: 120_000 };

/** Somebody else has the file, and does not let go. */
export class FileInUse extends Error {
  override readonly name = 'FileInUse';
  readonly lock: string;
  /** The process that has it, on which host and since when (ISO 8601); undefined where the lock file does not say. */
  readonly holder:
    { readonly pid: number; readonly host: string; readonly since: string } | undefined;

  constructor(lock: string, holder: FileInUse['holder']) {
    super(`${lock} is held`);
    this.lock = lock;
    this.holder = holder;
  }
}

/** The lock's name is taken by something that is no file, such as a link or a folder. */
export class NoLockFile extends Error {
  override readonly name = 'NoLockFile';
  readonly lock: string;

  constructor(lock: string) {
    super(`${lock} is no file`);
    this.lock = lock;
  }
}

export interface FileLock {
  /** False when somebody took it away: begin again then, and write nothing. */
  isHeld(): boolean;
  /** Throws what the system says when the lock file cannot be removed. */
  release(): Promise<void>;
}

const contentSchema = z.object({
  ...{ pid: z.int().check(z.positive()), host: z.string(), machine: z.string() },
  ...{ boot: z.string(), namespace: z.string(), started: z.string() },
  /** Of this lock alone. */
  token: z.string(),
  /** ISO 8601 UTC; for people to read, never compared. */
  since: z.string(),
});
type Content = z.infer<typeof contentSchema>;

const mostBytes = 4096;
const longestName = 200;

/** The lock file of a file: beside it, so that all machines that share the disk see it, and hidden. */
export function lockPathOf(file: string): string {
  const name = basename(file);
  const short =
    Buffer.byteLength(name) <= longestName
      ? name
      : createHash('sha256').update(name).digest('hex').slice(0, 32);
  return join(dirname(file), `.segdec-${short}.lock`);
}

/** Locks that this process has: one with its number and another token is left over. */
const ours = new Set<string>();

/** A lock file as it is now. */
interface Seen {
  /** Changes with every lock file that has the name. */
  readonly key: string;
  readonly content: Content | undefined;
}

/** At once: looked at several times an edit, it takes less than the way to another thread. */
function keyOf(path: string): string | undefined {
  const info = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (info === undefined) return undefined;
  if (!info.isFile()) throw new NoLockFile(path);
  return `${info.ino}/${info.size}/${info.mtimeNs}`;
}

function parsed(text: string): Content | undefined {
  try {
    const result = contentSchema.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const onWindows = process.platform === 'win32';

/** Neither follows a link nor waits for the other end of a pipe; Windows has no such flags. */
const flags = onWindows
  ? constants.O_RDONLY
  : constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Undefined: it is gone. */
async function read(path: string): Promise<Seen | undefined> {
  const key = keyOf(path);
  if (key === undefined) return undefined;
  let handle;
  try {
    handle = await open(path, flags);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(mostBytes), 0, mostBytes, 0);
    return { key, content: parsed(buffer.toString('utf8', 0, bytesRead)) };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (errorCode(error) === 'ELOOP') throw new NoLockFile(path);
    throw error;
  } finally {
    await handle?.close();
  }
}

/** What becomes of a lock file that was seen unchanged for `since` milliseconds. */
async function isLeftOver(seen: Seen, since: number, patience: Patience): Promise<boolean> {
  const { content } = seen;
  if (content === undefined) return since >= patience.garbage;
  const self = await thisProcess();
  const state = await liveness(content, self);
  if (state === 'dead') return true;
  // Whoever is only slow notices before it writes that it has lost the lock.
  if (state === 'unknown') return since >= patience.holder;
  return content.pid === self.pid && !ours.has(content.token);
}

/** Makes the lock file; undefined when there is one. */
async function make(path: string, files: LockFiles): Promise<FileLock | undefined> {
  const begun = performance.now();
  const token = randomBytes(12).toString('hex');
  ours.add(token);
  let file;
  try {
    file = await files.create(path);
  } catch (error) {
    ours.delete(token);
    const code = errorCode(error) ?? '';
    // Windows says so of a file that is just being removed.
    if (code === 'EEXIST' || (onWindows && code === 'EPERM')) return undefined;
    throw error;
  }
  const content: Content = { ...(await thisProcess()), token, since: new Date().toISOString() };
  try {
    try {
      await file.write(Buffer.from(`${JSON.stringify(content)}\n`));
    } finally {
      await file.close();
    }
  } catch (error) {
    ours.delete(token);
    await removeSurely(path, files);
    throw error;
  }
  const key = keyOf(path);
  // Stopped meanwhile, it may have been taken for garbage, and the file be another's.
  const isOwn =
    performance.now() - begun < usual.garbage / 2 || (await read(path))?.content?.token === token;
  const isHeld = (): boolean => key !== undefined && keyOf(path) === key;
  const release = async (): Promise<void> => {
    ours.delete(token);
    if (isHeld()) await removeSurely(path, files);
  };
  if (!isOwn || key === undefined) {
    ours.delete(token);
    return undefined;
  }
  return { isHeld, release };
}

/** A lock file that stays keeps all others waiting: what fails is tried again. */
async function removeSurely(path: string, files: LockFiles): Promise<void> {
  for (const delay of [1, 20, 200]) {
    try {
      return await files.remove(path);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
    }
    await wait(delay);
  }
  await files.remove(path);
}

/**
 * Removes a lock file that is left over. Only one process at a time does so, and only while it is that very
 * file: the right to remove it is a lock by its token, taken in the same way.
 */
async function removeLeftOver(
  path: string,
  seen: Seen,
  files: LockFiles,
  patience: Patience,
): Promise<void> {
  const name = createHash('sha256')
    .update(seen.content?.token ?? seen.key)
    .digest('hex');
  const base = path.replace(/(\.lock)-[0-9a-f]{16}$/, '$1');
  const right = await take(`${base}-${name.slice(0, 16)}`, files, patience);
  try {
    const now = await read(path);
    if (now?.key === seen.key && now.content?.token === seen.content?.token) {
      await removeSurely(path, files);
    }
  } finally {
    await right.release();
  }
}

async function take(path: string, files: LockFiles, patience: Patience): Promise<FileLock> {
  const begun = performance.now();
  let key: string | undefined;
  let since = begun;
  let looked = begun;
  for (let tries = 0; ; tries += 1) {
    const lock = await make(path, files);
    if (lock !== undefined) return lock;
    const now = performance.now();
    const found = keyOf(path);
    if (found === undefined && now - begun < patience.all) {
      // Whatever keeps the name may be this process's own.
      await nextTurn();
      continue;
    }
    if (found !== key) [key, since, looked] = [found, now, now];
    const isOver = now - since >= patience.holder || now - begun >= patience.all;
    if (now - looked >= patience.look || isOver) {
      looked = now;
      const seen = await read(path);
      if (seen !== undefined && (await isLeftOver(seen, now - since, patience))) {
        await removeLeftOver(path, seen, files, patience);
        continue;
      }
      if (isOver) throw new FileInUse(path, seen?.content);
    }
    await wait(randomInt(1, Math.min(4 + 2 * tries, 30)));
  }
}

/**
 * Has the lock of `file` (absolute, links resolved, its folder must exist). Throws FileInUse when somebody keeps
 * it, NoLockFile when something else has the lock's name, and what the system says when it cannot be made.
 */
export async function lockFile(
  file: string,
  files: LockFiles,
  patience: Patience = usual,
): Promise<FileLock> {
  return await take(lockPathOf(file), files, patience);
}
