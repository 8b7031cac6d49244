/**
 * Reading a file to write it back changed, while other processes do the same: ours wait for each other by a
 * lock, and what any other program wrote in between is read first. See docs/decisions/shared-tables.md.
 */
import { statSync } from 'node:fs';
import { lockFile } from './fileLock.ts';
import type { FileLock, LockFiles, Patience } from './fileLock.ts';

/** Somebody changed the file between reading and writing it. */
export class WrittenMeanwhile extends Error {
  override readonly name = 'WrittenMeanwhile';
}

/** Others changed it at each of several tries; nothing was written. */
export class KeepsChanging extends Error {
  override readonly name = 'KeepsChanging';
}

/** It is done, but the lock file could not be removed. */
export class LockLeft extends Error {
  override readonly name = 'LockLeft';
}

const mostTries = 8;

/** How a file is read and written by whoever changes it. */
export interface Access extends LockFiles {
  /** Undefined: there is none. */
  readonly read: () => Promise<Uint8Array | undefined>;
  /** Writes it whole, or removes it (undefined). Calls `look` last of all, and changes nothing when that throws. */
  replace(bytes: Uint8Array | undefined, look: () => Promise<void>): Promise<void>;
  readonly patience?: Patience;
}

export interface Change<T> {
  readonly bytes: Uint8Array | undefined;
  readonly result: T;
}

/** Has the file's lock while `work` runs. Throws as lockFile and `work` do; LockLeft when only the release failed. */
export async function withLock<T>(
  file: string,
  files: LockFiles & { readonly patience?: Patience },
  work: (lock: FileLock) => Promise<T>,
): Promise<T> {
  const lock = await lockFile(file, files, files.patience);
  let result: T;
  try {
    result = await work(lock);
  } catch (error) {
    await lock.release().catch((second: unknown) => {
      if (error instanceof Error && error.cause === undefined) error.cause = second;
    });
    throw error;
  }
  try {
    await lock.release();
  } catch (error) {
    throw new LockLeft('The lock file could not be removed.', { cause: error });
  }
  return result;
}

/** Changes whenever the file is written or replaced; 'none' without one. */
function stampOf(file: string): string {
  const info = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (info === undefined) return 'none';
  return [info.dev, info.ino, info.size, info.mtimeNs, info.ctimeNs].join('/');
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}

/** Throws WrittenMeanwhile unless the file holds `before`. The stamps leave next to no time between look and rename. */
async function assertHolds(
  file: string,
  before: Uint8Array | undefined,
  read: Access['read'],
): Promise<void> {
  const stamp = stampOf(file);
  if (!sameBytes(await read(), before)) throw new WrittenMeanwhile();
  if (stampOf(file) !== stamp) throw new WrittenMeanwhile();
}

/**
 * Changes a file (absolute, links resolved). `plan` makes the new bytes of those that are there; it is asked
 * again when somebody changed them meanwhile, and gives undefined when there is nothing to do. Throws
 * KeepsChanging when others are always faster, and as withLock does.
 */
export async function changeFile<T>(
  file: string,
  access: Access,
  plan: (before: Uint8Array | undefined) => Change<T> | undefined,
): Promise<T | undefined> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    try {
      return await withLock(file, access, async (lock) => {
        const before = await access.read();
        const change = plan(before);
        if (change === undefined) return undefined;
        await access.replace(change.bytes, async () => {
          if (!lock.isHeld()) throw new WrittenMeanwhile();
          await assertHolds(file, before, access.read);
        });
        return change.result;
      });
    } catch (error) {
      if (!(error instanceof WrittenMeanwhile)) throw error;
    }
  }
  throw new KeepsChanging();
}
