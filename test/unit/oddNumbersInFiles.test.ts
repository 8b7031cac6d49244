/** A number in a file is finite and in its range, or reading the file is an error that names file and place. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import { decodeSafetensors } from '../../server/files/safetensors.ts';
import { readCheckpoint } from '../../server/runs/checkpoint.ts';
import { checkpointOf } from '../../server/runs/checkpointOf.ts';
import { readEvents } from '../../server/runs/eventLog.ts';
import { importWeights } from '../../server/runs/importWeights.ts';
import { shippedThreshold } from '../../server/runs/keptThreshold.ts';
import { readMetricsFile } from '../../server/runs/metricsFile.ts';
import { openProject } from '../../server/runs/projectFile.ts';
import { readRunFile, readTrainedRunFile } from '../../server/runs/runFile.ts';
import { runPaths } from '../../server/runs/runFolder.ts';
import { readScores, readSplits } from '../../server/runs/scoresFile.ts';
import {
  changeJson,
  changeTensors,
  keptRun,
  oddJsonCounts,
  oddJsonShares,
  oddShares,
  withJson,
} from '../support/oddNumbers.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** That reading fails with a sentence that holds all of these. */
async function expectRefused(work: Promise<unknown>, ...says: readonly string[]): Promise<void> {
  const error: unknown = await work.then(
    () => 'nothing was refused',
    (one: unknown) => one,
  );
  expect(error).toBeInstanceOf(UserError);
  for (const text of says) expect((error as UserError).message).toContain(text);
}

const oddWeights = [NaN, Infinity, -Infinity];

describe('weights', () => {
  test.each(oddWeights)('with %d are not imported', async (weight) => {
    const folder = await keptRun();
    const file = join(folder, 'best.safetensors');
    await changeTensors(file, { weight });
    const output = join(folder, 'imported');
    await expectRefused(importWeights({ file, output }), file, `${weight} at place 0`);
  });

  test.each(oddWeights)('with %d are no checkpoint', async (weight) => {
    const { checkpoint: file, run } = runPaths(await keptRun());
    await changeTensors(file, { weight });
    const { network } = await readTrainedRunFile(run);
    await expectRefused(readCheckpoint(file, network), file, `${weight}`);
  });

  test.each([
    ['F64', 1e300],
    ['F64', NaN],
    ['F16', 0x7c00],
    ['F16', 0x7e01],
    ['BF16', 0xff80],
  ] as const)('of type %s with %d do not fit float32', (dtype, value) => {
    const bytes = dtype === 'F64' ? 8 : 2;
    const json = JSON.stringify({ a: { dtype, shape: [1], data_offsets: [0, bytes] } });
    const file = Buffer.alloc(8 + json.length + bytes);
    file.writeBigUInt64LE(BigInt(json.length));
    file.write(json, 8);
    if (dtype === 'F64') file.writeDoubleLE(value, 8 + json.length);
    else file.writeUInt16LE(value, 8 + json.length);
    expect(() => decodeSafetensors(file)).toThrow(/tensor "a" holds .* no finite float32/);
  });

  test.each(oddShares)('with the threshold "%s" are not imported', async (threshold) => {
    const folder = await keptRun();
    const file = join(folder, 'best.safetensors');
    await changeTensors(file, { metadata: { threshold } });
    const output = join(folder, 'imported');
    await expectRefused(importWeights({ file, output }), file, 'threshold in its metadata');
  });

  test.each([
    ['imageWidth', '0'],
    ['imageWidth', '-64'],
    ['imageHeight', '1000000000'],
    ['imageHeight', '1e999'],
    ['imageHeight', '12'],
    ['width', '-1'],
    ['width', '1e308'],
  ])('with the %s %s are not imported', async (key, value) => {
    const folder = await keptRun();
    const file = join(folder, 'best.safetensors');
    const { metadata } = decodeSafetensors(await readFile(file));
    const network = withJson(metadata['network'] ?? '', [key], value);
    await changeTensors(file, { metadata: { network } });
    await expectRefused(importWeights({ file, output: join(folder, 'i') }), file, key);
  });
});

const oddStates: readonly (readonly [path: readonly (string | number)[], value: string])[] = [
  ...oddJsonCounts.map((value) => [['epoch'], value] as const),
  ...oddJsonCounts.map((value) => [['done'], value] as const),
  ...oddJsonCounts.map((value) => [['sampler', 'used', 0], value] as const),
  ...['[0,0,0,0]', '[1,2,3]', '[1,2,3,4294967296]', '[1,2,3,0.5]', '[1e999,2,3,4]'].map(
    (value) => [['sampler', 'random'], value] as const,
  ),
  ...oddJsonShares.map((value) => [['best', 'averagePrecision'], value] as const),
  ...['1e999', '-1e999', '"1"', 'null', '[]'].map((value) => [['sums', 'loss'], value] as const),
  // Sound by themselves, but not of this run.
  [['epoch'], '3'],
  [['done'], '1000000'],
  [['best', 'epoch'], '9'],
  [['sampler', 'used'], '[1,2]'],
  [['sampler', 'turn'], '[6]'],
  [['sampler', 'random'], '[]'],
];

test.each(oddStates)('a checkpoint with %j = %s is refused', async (path, value) => {
  const paths = runPaths(await keptRun());
  const { metadata } = decodeSafetensors(await readFile(paths.checkpoint));
  const state = withJson(metadata['state'] ?? '', path, value);
  await changeTensors(paths.checkpoint, { metadata: { state } });
  await expectRefused(checkpointOf(await readTrainedRunFile(paths.run), paths), paths.checkpoint);
});

test('the checkpoint as it was written is not', async () => {
  const paths = runPaths(await keptRun());
  const checkpoint = await checkpointOf(await readTrainedRunFile(paths.run), paths);
  expect(checkpoint?.state.epoch).toBe(2);
});

const oddRuns: readonly (readonly [path: readonly string[], value: string])[] = [
  ...['0', '-8', '12', '1e9', '1e999'].map((v) => [['network', 'imageWidth'], v] as const),
  ...['0', '-1', '9', '1e308', '1e999'].map((v) => [['network', 'width'], v] as const),
  ...['0', '-1', '1e999', '1e-60', '1e39'].map((v) => [['settings', 'learningRate'], v] as const),
  ...oddJsonCounts.map((v) => [['settings', 'epochs'], v] as const),
  ...['0', '-1', '1e999', '1025', '0.5'].map((v) => [['engine', 'threads'], v] as const),
  ...['0', '-1', '1e999', '1e300', '"4"'].map((v) => [['engine', 'memoryBytes'], v] as const),
  ...['1e999', '2147483648', '0.5', '1e300', 'null'].map((v) => [['seed'], v] as const),
];

test.each(oddRuns)('run.json with %j = %s is refused', async (path, value) => {
  const { run } = runPaths(await keptRun());
  await changeJson(run, path, value);
  await expectRefused(readRunFile(run), run, path.join('.'));
});

test.each(oddJsonShares)('run.json of imported weights with the threshold %s is', async (value) => {
  const folder = await keptRun();
  const file = join(folder, 'best.safetensors');
  const imported = await importWeights({ file, output: join(folder, 'i'), threshold: 0.5 });
  const { run } = runPaths(imported.run);
  await changeJson(run, ['request', 'threshold'], value);
  const kept = shippedThreshold(imported.run, await readRunFile(run));
  await expectRefused(kept, run, 'request.threshold');
});

const oddMetrics: readonly (readonly [path: readonly (string | number)[], value: string])[] = [
  ...oddJsonShares.map((v) => [['shippedThreshold', 'value'], v] as const),
  ...oddJsonShares.map((v) => [['metrics', 'averagePrecision'], v] as const),
  ...['1e999', '-1', '0.5', '"1"'].map((v) => [['metrics', 'falseNegatives'], v] as const),
  ...['1e999', '-1', '"1"'].map((v) => [['metrics', 'falseRegionsPerImage'], v] as const),
  ...oddJsonShares.map((v) => [['curves', 'recall', 0], v] as const),
  ...oddJsonCounts.map((v) => [['atShippedThreshold', 'falseNegatives'], v] as const),
];

test.each(oddMetrics)('metrics.json with %j = %s is refused', async (path, value) => {
  const { metrics } = runPaths(await keptRun());
  await changeJson(metrics, path, value);
  await expectRefused(readMetricsFile(metrics), metrics, path.join('.'));
});

test.each(oddShares)('scores.csv with the score "%s" is refused, with its line', async (score) => {
  const { scores } = runPaths(await keptRun());
  const rows = `a.png,ok,,test,0.25,TN\nb.png,ok,,test,"${score}",TN\n`;
  await writeFile(scores, `image,label,supervision,split,score,outcome\n${rows}`);
  await expectRefused(readScores(scores), scores, 'line 3', JSON.stringify(score));
  await expectRefused(readSplits(scores), scores, 'line 3');
});

const oddSettings: readonly (readonly [text: string, key: string])[] = [
  ...['0', '-1', '1e999', '1e308', '9'].map((v) => [`{"width": ${v}}`, 'width'] as const),
  ...['0', '-4', '1e999', '1e300', '"4"'].map((v) => [`{"memory": ${v}}`, 'memory'] as const),
  ...['0', '-1', '1e999', '100000', '1.5'].map((v) => [`{"threads": ${v}}`, 'threads'] as const),
  ...['0', '1', '-0.2', '1e999', '2'].map((v) => [`{"validation": ${v}}`, 'validation'] as const),
  ...['1e999', '-1e999', '9007199254740993', '2147483648', '0.5'].map(
    (v) => [`{"seed": ${v}}`, 'seed'] as const,
  ),
  ...['-1', '1e999', '0.5', '9007199254740993', '"1"'].map(
    (v) => [`{"fold": ${v}}`, 'fold'] as const,
  ),
  ...['"0x-8"', '"1e9x64"', '"-64x64"', '"99999999x64"', '64'].map(
    (v) => [`{"size": ${v}}`, 'size'] as const,
  ),
  ...['0', '-1', '1e999', '1e-60', '1e39', '1e-400'].map(
    (v) => [`{"settings": {"learningRate": ${v}}}`, 'settings.learningRate'] as const,
  ),
  ...['-1', '1e999', '1e39', '1e-60', '"1"'].map(
    (v) => [`{"settings": {"delta": ${v}}}`, 'settings.delta'] as const,
  ),
];

test.each(oddSettings)('segdec.json with %s is refused', async (text, key) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'segdec.json'), text);
  await expectRefused(openProject(folder), join(folder, 'segdec.json'), key);
});

const step = {
  ...{ t: '2026-01-01T00:00:00Z', kind: 'step', epoch: 1, done: 1, total: 2, etaSeconds: 1 },
  ...{ segmentationLoss: 1, classificationLoss: 1, imagesPerSecond: 1 },
};
test.each([
  ...oddJsonCounts.map((value) => ['done', value] as const),
  ...['1e999', '-1e999', '"1"', 'null'].map((value) => ['imagesPerSecond', value] as const),
])('an event with %s = %s is told of in its place', async (key, value) => {
  const file = join(await temporaryFolder(), 'events.jsonl');
  const good = JSON.stringify(step);
  await writeFile(file, `${good}\n${withJson(good, [key], value)}\n${good}\n`);
  const { events } = await readEvents(file);
  expect(events.map(({ kind }) => kind)).toEqual(['step', 'warning', 'step']);
  const [, warning] = events;
  expect(warning).toMatchObject({ t: step.t, message: expect.stringContaining(file) as string });
  expect(warning).toMatchObject({ message: expect.stringContaining(`(${key}: `) as string });
});
