/** Every writer of a run folder, and that of segdec.json, while its n-th file operation fails: the old file or the new one, nothing else. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import { encodeSafetensors } from '../../server/files/safetensors.ts';
import { readCheckpoint } from '../../server/runs/checkpoint.ts';
import { importWeights } from '../../server/runs/importWeights.ts';
import { exportRunAsOnnx, exportRunAsSafetensors } from '../../server/runs/exportRun.ts';
import { readRunFile } from '../../server/runs/runFile.ts';
import { untilItSucceeds } from '../support/failingFileSystem.ts';
import type { FailureCode } from '../support/failingFileSystem.ts';
import { network, weights, writers } from '../support/runWriters.ts';
import { temporaryFolder } from '../support/temporary.ts';

const codes: readonly FailureCode[] = ['EIO', 'ENOSPC', 'EACCES'];

describe.each(Object.entries(writers))('%s', (_, { file, write }) => {
  test.each(codes)('is old or new when any operation fails with %s', async (code) => {
    const folder = await temporaryFolder();
    await write(folder, 2);
    const wanted = await readFile(join(folder, file));
    await write(folder, 1);
    const before = await readFile(join(folder, file));
    expect(before.equals(wanted)).toBe(false);
    const operations = await untilItSucceeds(
      code,
      async (fs) => void (await write(folder, 2, fs)),
      async (error) => {
        expect(error).toBeInstanceOf(UserError);
        expect((error as Error).message).toContain(folder);
        const now = await readFile(join(folder, file));
        expect(now.equals(before) || now.equals(wanted)).toBe(true);
        expect(await readdir(folder)).toEqual([file]);
        await write(folder, 1);
      },
    );
    expect(operations).toBeGreaterThan(4);
    expect((await readFile(join(folder, file))).equals(wanted)).toBe(true);
  });
});

describe('import and export', () => {
  test('an import that fails anywhere leaves no run, and can be tried again', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'weights.safetensors');
    await writeFile(file, encodeSafetensors(weights, {}));
    const output = join(folder, 'run');
    const request = { file, output, size: { width: 64, height: 128 } };
    await untilItSucceeds(
      'ENOSPC',
      async (fs) => {
        await rm(output, { recursive: true, force: true });
        await importWeights(request, { fs });
      },
      (error) => {
        expect(error).toBeInstanceOf(UserError);
        return Promise.resolve();
      },
    );
    expect((await readRunFile(join(output, 'run.json'))).network.width).toBeCloseTo(0.05, 2);
    const read = await readCheckpoint(join(output, 'checkpoint.safetensors'), {
      ...network,
      width: (await readRunFile(join(output, 'run.json'))).network.width,
    });
    expect(read?.weights.get('fc.weight')?.data).toEqual(weights.get('fc.weight')?.data);
  });

  test('an export that fails anywhere leaves no file', async () => {
    const folder = await temporaryFolder();
    const run = join(folder, 'run');
    await writeFile(join(folder, 'w.safetensors'), encodeSafetensors(weights, {}));
    await importWeights({
      file: join(folder, 'w.safetensors'),
      output: run,
      size: { width: 64, height: 128 },
    });
    const target = join(folder, 'out');
    await mkdir(target);
    for (const write of [exportRunAsOnnx, exportRunAsSafetensors]) {
      const file = join(target, 'model');
      await untilItSucceeds(
        'EIO',
        async (fs) => void (await write(run, file, { fs })),
        async (error) => {
          expect(error).toBeInstanceOf(Error);
          const names = await readdir(target);
          expect(names.filter((name) => name !== 'model')).toEqual([]);
          await rm(file, { force: true });
        },
      );
      expect(await readdir(target)).toEqual(['model']);
      await rm(file);
    }
  });
});

/** A writer of another process that goes on until it is ended; gives how often it wrote. */
async function beside(path: string, content: string): Promise<() => Promise<number>> {
  const built = join(await temporaryFolder(), 'atomicWrite.mjs');
  await build({
    ...{ entryPoints: ['server/files/atomicWrite.ts'], outfile: built, bundle: true },
    ...{ platform: 'node', format: 'esm', logLevel: 'warning' },
  });
  const program = resolve('test/support/writerBeside.mjs');
  const child = spawn(process.execPath, [program, pathToFileURL(built).href, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  const closed = once(child, 'close');
  child.stdin.write(`${content}\n`);
  await once(
    child.stdout.on('data', (data: Buffer) => (output += data.toString())),
    'data',
  );
  return async () => {
    child.stdin.end();
    await closed;
    expect(child.exitCode).toBe(0);
    return Number(output.trim().split('\n').at(-1));
  };
}

describe('two processes', () => {
  const files = Object.entries(writers).filter(([, { file }]) => /json|csv/.test(file));

  test.each(files)(
    '%s is one of the whole versions while another writes it too',
    async (_, writer) => {
      const folder = await temporaryFolder();
      const path = join(folder, writer.file);
      const versions = new Set<string>();
      for (const version of [1, 2] as const) {
        await writer.write(folder, version);
        versions.add(await readFile(path, 'utf8'));
      }
      // The other's version can be read by this one, and is told from both.
      const theirs = `${await readFile(path, 'utf8')}\n`;
      versions.add(theirs);
      const end = await beside(path, theirs);
      let read = 0;
      const look = async (): Promise<void> => {
        expect(versions).toContain(await readFile(path, 'utf8'));
        read += 1;
      };
      for (const code of codes) {
        await untilItSucceeds(
          code,
          async (fs) => void (await writer.write(folder, (1 + (read % 2)) as 1 | 2, fs)),
          async (error) => {
            expect(error).toBeInstanceOf(UserError);
            await look();
          },
        );
        await look();
      }
      expect(await end()).toBeGreaterThan(0);
      await look();
      expect(await readdir(folder)).toEqual([writer.file]);
    },
  );
});
