/** A file system whose n-th operation fails, to see what a writer leaves behind (docs/trust.md). */
import { realFileSystem } from '../../server/files/fileSystem.ts';
import type { FileSystem, WritableFile } from '../../server/files/fileSystem.ts';

export interface FailingFileSystem extends FileSystem {
  /** Operations asked for so far. */
  readonly operations: number;
  /** True once an operation was made to fail. */
  readonly failed: boolean;
}

export type FailureCode = 'EIO' | 'ENOSPC' | 'EACCES';

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made to fail`), { code });
}

/**
 * The real file system, but operation n (from 1) fails with `code`; with `persistent` all later
 * ones fail too, except closing and removing. A write that fails has written half its bytes.
 */
export function failAt(
  n: number,
  code: FailureCode,
  { persistent = false } = {},
): FailingFileSystem {
  let operations = 0;
  let failed = false;
  const fails = (mayPersist = true): boolean => {
    operations += 1;
    const now = operations === n || (persistent && mayPersist && operations > n);
    failed ||= now;
    return now;
  };
  const check = (mayPersist = true): void => {
    if (fails(mayPersist)) throw systemError(code);
  };
  const wrap = (file: WritableFile): WritableFile => ({
    write: async (bytes) => {
      if (!fails()) return file.write(bytes);
      await file.write(bytes.subarray(0, bytes.length >> 1));
      throw systemError(code);
    },
    sync: async () => {
      check();
      await file.sync();
    },
    close: async () => {
      await file.close();
      check(false);
    },
  });
  return {
    get operations() {
      return operations;
    },
    get failed() {
      return failed;
    },
    busyRenameDelays: [],
    create: async (path, mode) => {
      check();
      return wrap(await realFileSystem.create(path, mode));
    },
    append: async (path) => {
      check();
      return wrap(await realFileSystem.append(path));
    },
    mode: async (path) => {
      check();
      return realFileSystem.mode(path);
    },
    rename: async (from, to) => {
      check();
      await realFileSystem.rename(from, to);
    },
    remove: async (path) => {
      check(false);
      await realFileSystem.remove(path);
    },
    makeFolder: async (path) => {
      check();
      await realFileSystem.makeFolder(path);
    },
    syncFolder: async (path) => {
      check();
      await realFileSystem.syncFolder(path);
    },
    truncate: async (path, length) => {
      check();
      await realFileSystem.truncate(path, length);
    },
    read: async (path) => {
      check();
      return realFileSystem.read(path);
    },
  };
}

/**
 * Calls `attempt` with operation 1, 2, … failing until it succeeds untouched, and `check` after
 * each failure. Returns how many operations the writer has.
 */
export async function untilItSucceeds(
  code: FailureCode,
  attempt: (fs: FailingFileSystem) => Promise<void>,
  check: (error: unknown, n: number) => Promise<void>,
  options: { persistent?: boolean } = {},
): Promise<number> {
  for (let n = 1; n < 10_000; n += 1) {
    const fs = failAt(n, code, options);
    try {
      await attempt(fs);
    } catch (error) {
      await check(error, n);
      continue;
    }
    if (!fs.failed) return n - 1;
  }
  throw new Error('The writer never succeeded.');
}
