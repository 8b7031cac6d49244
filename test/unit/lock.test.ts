/** The run lock: never two writers, never a lock for ever (docs/trust.md). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { UserError, errorText } from '../../protocol/errors.ts';
import { acquireRunLock, runLockHolder } from '../../server/files/lock.ts';
import { thisProcess } from '../../common/node/processIdentity.ts';
import { untilItSucceeds } from '../support/failingFileSystem.ts';
import { temporaryFolder } from '../support/temporary.ts';

const NAME = 'lock-00000000000000aa.json';

/** Puts a lock of somebody else into a folder. */
async function plant(change: Record<string, unknown>, since = '2026-01-01T00:00:00.000Z') {
  const folder = await temporaryFolder();
  const content = { ...(await thisProcess()), since, ...change };
  await writeFile(join(folder, NAME), JSON.stringify(content));
  return folder;
}

async function refused(folder: string, pattern: RegExp): Promise<void> {
  const error: unknown = await acquireRunLock(folder).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect(errorText(error)).toMatch(pattern);
  expect(await readdir(folder)).toEqual([NAME]);
}

async function granted(folder: string): Promise<void> {
  const lock = await acquireRunLock(folder);
  expect(await lock.held()).toBe(true);
  expect(await readdir(folder)).toHaveLength(1);
  expect(await readdir(folder)).not.toContain(NAME);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
}

/** The number of a process that has just ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('run lock', () => {
  it('keeps a second one out, and lets it in after release', async () => {
    const folder = await temporaryFolder();
    const lock = await acquireRunLock(folder);
    await expect(acquireRunLock(folder)).rejects.toThrow(
      new RegExp(`in use by process ${process.pid} on .* since \\d{4}-.*cancel it first`),
    );
    expect((await runLockHolder(folder))?.pid).toBe(process.pid);
    await lock.release();
    await lock.release();
    expect(await lock.held()).toBe(false);
    expect(await runLockHolder(folder)).toBeUndefined();
    await granted(folder);
  });

  it('notices that its file was removed', async () => {
    const folder = await temporaryFolder();
    const lock = await acquireRunLock(folder);
    const [name = ''] = await readdir(folder);
    expect(JSON.parse(await readFile(join(folder, name), 'utf8'))).toMatchObject({
      pid: process.pid,
    });
    await lock.release();
    expect(await lock.held()).toBe(false);
  });

  it('takes the lock of a process that ended', async () => {
    await granted(await plant({ pid: await deadPid() }));
  });

  it('takes the lock of a pid that is used again', async () => {
    await granted(await plant({ started: '1' }));
    await granted(await plant({ started: 'some other time', pid: process.ppid }));
  });

  it.runIf(process.platform === 'linux')('takes the lock from before a restart', async () => {
    await granted(await plant({ boot: 'another' }));
    await granted(await plant({ boot: 'another', namespace: 'pid:[1]' }));
  });

  it('leaves a living lock whatever the clock says', async () => {
    const hour = 3_600_000;
    for (const ahead of [-8760 * hour, -hour, 0, hour, 8760 * hour]) {
      const at = new Date(Date.now() + ahead);
      const folder = await plant({}, at.toISOString());
      await utimes(join(folder, NAME), at, at);
      await refused(folder, /in use by process/);
    }
  });

  it('does not judge processes it cannot see', async () => {
    await refused(await plant({ host: 'elsewhere' }), /on elsewhere since .* remove .*lock-/);
    await refused(await plant({ host: 'elsewhere', pid: await deadPid() }), /cannot be seen/);
    await refused(await plant({ namespace: 'pid:[1]' }), /cannot be seen/);
    await refused(await plant({ machine: 'another', boot: 'another' }), /cannot be seen/);
  });

  it('does not guess at a lock file that it cannot read', async () => {
    for (const text of ['', '{"pid":', '[]', '{"pid":"1"}', '{"pid":-1}']) {
      const folder = await temporaryFolder();
      await writeFile(join(folder, NAME), text);
      await refused(folder, /cannot be read; if no process uses/);
    }
  });

  it('removes unfinished writes of killed processes', async () => {
    const folder = await plant({ pid: await deadPid() });
    await writeFile(join(folder, '.segdec-0123456789abcdef.tmp'), 'half');
    await granted(folder);
  });

  it('leaves no lock behind when any operation fails', async () => {
    const folder = await temporaryFolder();
    const operations = await untilItSucceeds(
      'EIO',
      async (fs) => {
        const lock = await acquireRunLock(folder, fs);
        const { failed } = fs;
        await lock.release();
        expect(failed).toBe(false);
      },
      async (error) => {
        expect(error).toBeInstanceOf(Error);
        // Only the release itself can fail with the lock in place; it can be repeated.
        for (const name of await readdir(folder)) expect(name).toMatch(/^lock-/);
        await clear(folder);
      },
    );
    expect(operations).toBeGreaterThanOrEqual(7);
  });

  it('lets only one of several processes in at a time', async () => {
    const folder = await temporaryFolder();
    const built = join(await temporaryFolder(), 'lock.mjs');
    await build({
      entryPoints: [resolve(import.meta.dirname, '../../server/files/lock.ts')],
      outfile: built,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    const contender = resolve(import.meta.dirname, '../support/lockContender.mjs');
    const url = pathToFileURL(built).href;
    const children = [1, 2, 3, 4].map(() =>
      spawn(process.execPath, [contender, url, folder, '12'], {
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    const results = await Promise.all(children.map(outcome));
    expect(results.map(({ code, errors }) => [code, errors])).toEqual(results.map(() => [0, '']));
    const entered = results.reduce((sum, { output }) => sum + Number(output), 0);
    expect(entered).toBeGreaterThanOrEqual(12);
    await granted(folder);
  });
});

async function clear(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name));
}

async function outcome(child: ReturnType<typeof spawn>) {
  let output = '';
  let errors = '';
  child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (errors += data.toString()));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, output, errors };
}
