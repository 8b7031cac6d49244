/** The writers of a run folder and of segdec.json, each with two versions of what it writes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSystem } from '../../server/files/fileSystem.ts';
import { writeCheckpoint } from '../../server/runs/checkpoint.ts';
import { setInProjectFile } from '../../server/runs/editProjectFile.ts';
import { HeatmapWriter } from '../../server/runs/heatmaps.ts';
import { initialWeights } from '../../server/method/initialWeights.ts';
import { metricsFileSchema, writeMetricsFile } from '../../server/runs/metricsFile.ts';
import { openProject } from '../../server/runs/projectFile.ts';
import { runSchemaVersion, writeRunFile } from '../../server/runs/runFile.ts';
import type { RunFile } from '../../server/runs/runFile.ts';
import { writeScores } from '../../server/runs/scoresFile.ts';

export const network = {
  variant: 'paper',
  width: 0.05,
  channels: 1,
  imageWidth: 64,
  imageHeight: 128,
} as const;
export const weights = initialWeights(network, 1);
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

const metrics = metricsFileSchema.parse(
  JSON.parse(await readFile('test/data/runs/0.1.0/metrics.json', 'utf8')),
);

const row = (score: number) =>
  ({ image: 'a.png', label: 'ok', supervision: '', split: 'test', score, outcome: 'TN' }) as const;

export interface Writer {
  readonly file: string;
  /** Writes the first or the second version. */
  readonly write: (folder: string, version: 1 | 2, fs?: FileSystem) => Promise<unknown>;
}

export const writers: Readonly<Record<string, Writer>> = {
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
  'metrics.json': {
    file: 'metrics.json',
    write: (folder, version, fs) =>
      writeMetricsFile(join(folder, 'metrics.json'), { ...metrics, weightsEpoch: version }, fs),
  },
  'segdec.json': {
    file: 'segdec.json',
    write: async (folder, version, fs) =>
      setInProjectFile(await openProject(folder), 'activeRun', `run ${version}`, fs),
  },
  'heat map': {
    file: 'a.png',
    write: (folder, version, fs) =>
      new HeatmapWriter(folder, fs).write('a', new Float32Array(64).fill(version / 4), {
        width: 8,
        height: 8,
      }),
  },
};
