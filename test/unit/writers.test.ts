/** Every writer of a run folder while its n-th file operation fails: the old file or the new one, nothing else. */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import { encodeSafetensors } from '../../server/files/safetensors.ts';
import type { FileSystem } from '../../server/files/fileSystem.ts';
import { readCheckpoint, writeCheckpoint } from '../../server/runs/checkpoint.ts';
import { HeatmapWriter } from '../../server/runs/heatmaps.ts';
import { importWeights } from '../../server/runs/importWeights.ts';
import { exportRunAsOnnx, exportRunAsSafetensors } from '../../server/runs/exportRun.ts';
import { initialWeights } from '../../server/method/initialWeights.ts';
import { readRunFile, runSchemaVersion, writeRunFile } from '../../server/runs/runFile.ts';
import type { RunFile } from '../../server/runs/runFile.ts';
import { writeScores } from '../../server/runs/scoresFile.ts';
import { untilItSucceeds } from '../support/failingFileSystem.ts';
import type { FailureCode } from '../support/failingFileSystem.ts';
import { temporaryFolder } from '../support/temporary.ts';

const network = {
  variant: 'paper',
  width: 0.05,
  channels: 1,
  imageWidth: 64,
  imageHeight: 128,
} as const;
const weights = initialWeights(network, 1);
const sampler = { epoch: 0, random: [1, 2, 3, 4], used: [0], turn: [] };
const sums = { segmentation: 0, classification: 0, loss: 0, count: 0 };
const state = { epoch: 1, done: 0, sampler, sums, best: null, skipped: [] };

const runFile = (name: string): RunFile => ({
  schemaVersion: runSchemaVersion,
  writtenBy: '0.1.0',
  needs: '0.1.0',
  kind: 'import',
  name,
  created: '2026-01-01T00:00:00Z',
  request: {},
  origins: {},
  seed: 0,
  network,
  preset: null,
  settings: null,
  dataset: null,
  supervision: null,
  validation: null,
  weights: 'last',
  from: null,
  engine: null,
  cacheBytes: 0,
  versions: {},
});

const row = (score: number) =>
  ({ image: 'a.png', label: 'ok', supervision: '', split: 'test', score, outcome: 'TN' }) as const;

interface Writer {
  readonly file: string;
  /** Writes the first or the second version. */
  readonly write: (folder: string, version: 1 | 2, fs?: FileSystem) => Promise<unknown>;
}

const writers: Readonly<Record<string, Writer>> = {
  'run.json': {
    file: 'run.json',
    write: (folder, version, fs) =>
      writeRunFile(join(folder, 'run.json'), runFile(`v${version}`), fs),
  },
  checkpoint: {
    file: 'checkpoint.safetensors',
    write: (folder, version, fs) =>
      writeCheckpoint(
        join(folder, 'checkpoint.safetensors'),
        { weights, network, state: { ...state, epoch: version } },
        fs,
      ),
  },
  'scores.csv': {
    file: 'scores.csv',
    write: (folder, version, fs) => writeScores(join(folder, 'scores.csv'), [row(version / 4)], fs),
  },
  'heat map': {
    file: 'a.png',
    write: (folder, version, fs) =>
      new HeatmapWriter(folder, fs).write('a', new Float32Array(64).fill(version / 4), 8, 8),
  },
};

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
