/** Runs over the wire, with no editor: from a sample dataset to a model that is used and removed again. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { errorCodes, notices, requests } from '../../protocol/messages.ts';
import type { Request } from '../../protocol/messages.ts';
import type { RunItem } from '../../protocol/runView.ts';
import { startLanguageClient } from '../support/languageClient.ts';
import { smallDataset, smallSize } from '../support/smallRun.ts';
import { endless, quick, startRun, startRunClient } from '../support/runClient.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeTree } from '../support/tree.ts';

const query = { groupBy: 'split', sortBy: 'name', filter: {} } as const;
const page = { query, group: null, offset: 0, limit: 100, version: null };

test('a sample is made with its project file, and never into a folder that holds something', async () => {
  const folder = await temporaryFolder();
  const server = await startRunClient(folder);
  const sample = join(folder, 'sample');
  const made = await server.ask(requests.sampleCreate, { folder: sample, images: 16 });
  expect(made).toEqual({ folder: sample, images: 16 });
  expect(JSON.parse(await readFile(join(sample, 'segdec.json'), 'utf8'))).toMatchObject({
    preset: 'dagm',
    width: 0.5,
  });
  const again = await server.refusal(requests.sampleCreate, { folder: sample, images: 16 });
  expect(again).toMatchObject({ code: errorCodes.badInput });
  expect(again.message).toContain('not empty');
  for (const images of [-1, 7, 10_001]) {
    const refused = await server.refusal(requests.sampleCreate, { folder: `${sample}2`, images });
    expect(refused.code).toBe(errorCodes.badInput);
  }
  const source = new CancellationTokenSource();
  const stopped = join(folder, 'stopped');
  const making = server.ask(requests.sampleCreate, { folder: stopped, images: 4000 }, source.token);
  await server.client.waitFor('an image', () => existsSync(join(stopped, 'train')) || undefined);
  source.cancel();
  await expect(making).rejects.toMatchObject({ code: errorCodes.cancelled });
  expect(existsSync(join(stopped, 'train'))).toBe(false);
});

test('a project file is made in an open folder, once', async () => {
  const folder = await smallDataset(await temporaryFolder());
  const server = await startRunClient(folder);
  const { file } = await server.ask(requests.projectCreate, { folder });
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ dataset: '.', layout: 'folders' });
  expect((await server.refusal(requests.projectCreate, { folder })).message).toContain('already');
  const other = await server.refusal(requests.projectCreate, { folder: '/' });
  expect(other.message).toContain('is not open');
});

test('a dataset in a folder below is offered until one is chosen, and the choice is stored', async () => {
  const top = await temporaryFolder();
  await writeTree(top, {
    'paper/figure.png': 9,
    'shots/panel/test/ok/1.png': 1,
    'shots/panel/test/dent/2.png': 2,
    'shots/panel/train/ok/3.png': 3,
    'shots/panel/ground_truth/dent/2_mask.png': 255,
    'segdec.json': '{\n    "preset": "dagm"\n}\n',
  });
  const server = await startRunClient(top);
  const info = await server.client.ready(top);
  const nested = [{ folder: 'shots', layout: 'mvtec' }];
  // The mask is no photo, whoever reads it from above.
  expect(info).toMatchObject({ layout: 'folders', images: 4, nested });
  for (const dataset of ['..', '/', 'shots/../../x']) {
    const refused = await server.refusal(requests.projectCreate, { folder: top, dataset });
    expect(refused.message).toContain('choose a folder below');
  }
  const { file } = await server.ask(requests.projectCreate, { folder: top, dataset: './shots/' });
  expect(await readFile(file, 'utf8')).toBe(
    `{\n    "preset": "dagm",\n    "dataset": "shots"\n}\n`,
  );
  const [chosen] = await server.ask(requests.projectList, {});
  expect(chosen).toMatchObject({ layout: 'mvtec', images: 3, nested: [] });
  expect(chosen?.dataset).toBe(join(top, 'shots'));
  const again = await server.refusal(requests.projectCreate, { folder: top, dataset: '.' });
  expect(again.message).toContain('names the dataset shots already');
});

test('a server that was started again answers its first requests as any others', async () => {
  const folder = await smallDataset(await temporaryFolder());
  const before = await startRunClient(folder);
  const run = await startRun(before, folder, endless);
  before.child.kill('SIGKILL');
  const { client } = await startLanguageClient({ folders: [folder], settings: { threads: 1 } });
  const ask = <P, R>({ type }: Request<P, R>, params: P): Promise<R> =>
    client.connection.sendRequest<R>(type.method, params);
  const image = 'train/ok/0000.png';
  // All at once: nothing is read yet.
  const [projects, runs, estimate, found, place, opened, inspected, kept] = await Promise.all([
    ask(requests.projectList, {}),
    ask(requests.runList, { project: folder }),
    ask(requests.runEstimate, { project: folder, options: quick }),
    ask(requests.datasetLookup, { files: [join(folder, image)] }),
    ask(requests.datasetLocate, { project: folder, query, image, flat: true }),
    ask(requests.maskOpen, { project: folder, image }),
    ask(requests.datasetInspect, { project: folder }),
    ask(requests.predictionList, { project: folder }),
    ask(requests.runCancel, { run }),
  ]);
  expect(projects.map(({ id }) => id)).toEqual([folder]);
  expect(runs).toMatchObject([{ run }]);
  expect(estimate).toMatchObject({ epochs: 2, positives: 8 });
  expect(found).toMatchObject([{ project: folder, item: { image } }]);
  expect(place?.index).toBeGreaterThanOrEqual(0);
  expect(opened).toMatchObject(smallSize);
  expect(inspected.errors).toBe(0);
  expect(kept).toEqual([]);
  // Told on its own account as well, and never as none.
  const told = () =>
    client.heard
      .filter(({ method }) => method === 'segdec/runs/changed')
      .map(({ params }) => (params as { runs: readonly RunItem[] }).runs);
  await client.waitFor('the end', () => told().find(([one]) => one?.state === 'cancelled'));
  expect(told().filter((list) => list.length === 0)).toEqual([]);
});

test('a run is estimated, started, followed, stopped, resumed and used', async () => {
  const folder = await smallDataset(await temporaryFolder());
  const server = await startRunClient(folder);
  const project = folder;

  // A label of a person's own.
  await writeFile(join(folder, 'labels.csv'), 'image,label\ntrain/ok/0000.png,\n');
  await server.client.connection.sendNotification(notices.labelsChanged.type, { project });
  await server.client.waitFor('the label', () =>
    server.client.projects.find(({ version }) => version > 1),
  );

  const estimate = await server.ask(requests.runEstimate, { project, options: quick });
  expect(estimate).toMatchObject({ preset: 'dagm', epochs: 2, positives: 8, negatives: 7 });
  expect(estimate.values).toContainEqual({ name: 'threads', value: '1', from: 'asked' });
  expect(estimate.seconds).toBeGreaterThan(0);
  expect(estimate.memoryBytes).toBeGreaterThan(1e6);

  const run = await startRun(server, project, { ...endless, name: 'über schnell' });
  expect(basename(run)).toMatch(/^\d{8}T\d{6}Z-u-ber-schnell-[0-9a-f]{4}$/);
  const going = await server.run(run, 'an epoch', ({ epoch }) => (epoch ?? 0) >= 1);
  expect(going).toMatchObject({ state: 'running', epochs: 100_000, active: false });
  expect(going.step?.total).toBe(16);
  expect(going.device).toBe('onnx, cpu, 1 thread');

  // What a live run refuses.
  expect((await server.refusal(requests.runRename, { run, name: 'x' })).message).toContain(
    'in use',
  );
  expect((await server.refusal(requests.runDelete, { run })).message).toContain('in use');
  expect((await server.refusal(requests.runResume, { run })).message).toContain('in use');

  const first = await server.ask(requests.runEvents, { run, offset: 0 });
  expect(first.events[0]).toMatchObject({ kind: 'state', state: 'starting' });
  await server.ask(requests.runCancel, { run });
  const stopped = await server.run(run, 'its end', ({ state }) => state === 'cancelled');
  expect(stopped).toMatchObject({ step: null, hasWeights: true });
  const rest = await server.ask(requests.runEvents, { run, offset: first.offset });
  expect(rest.events.at(-1)).toMatchObject({ kind: 'state', state: 'cancelled' });
  expect((await server.refusal(requests.runCancel, { run })).message).toContain('not running');

  await server.ask(requests.runResume, { run });
  await server.run(run, 'going on', ({ state, step }) => state === 'running' && step !== null);
  await server.ask(requests.runCancel, { run });
  await server.run(run, 'its second end', ({ state }) => state === 'cancelled');
});

test('a finished run gives scores to the listing and is used, renamed and removed', async () => {
  const folder = await smallDataset(await temporaryFolder());
  const server = await startRunClient(folder);
  const project = folder;
  const run = await startRun(server, project, quick);
  const done = await server.run(run, 'its end', ({ state }) => state === 'finished');
  expect(done).toMatchObject({ epoch: 2, epochs: 2, split: 'test' });
  await server.run(run, 'being active', ({ active }) => active);
  const { items } = await server.ask(requests.datasetPage, { project, ...page });
  expect(items).toHaveLength(24);
  expect(items.every(({ score, outcome }) => score !== null && outcome !== '')).toBe(true);

  const evaluated = await server.ask(requests.runEvaluate, { run });
  expect(evaluated.metrics.averagePrecision).toBeCloseTo(done.averagePrecision ?? -1, 5);

  const file = join(folder, 'model.onnx');
  const exported = await server.ask(requests.runExport, { run, file });
  expect(exported.file).toBe(file);
  expect(exported.checkedImages).toBeGreaterThan(10);
  expect(exported.largestScoreDifference).toBeLessThan(1e-4);

  await writeFile(join(folder, 'broken.png'), 'no image');
  const files = [join(folder, 'test'), join(folder, 'broken.png'), join(folder, 'gone.png')];
  const predictions = await server.ask(requests.predictFiles, { project, files });
  expect(predictions).toHaveLength(10);
  const scored = predictions.filter((one) => 'score' in one);
  expect(scored).toHaveLength(8);
  for (const { file: image, score, overlay } of scored) {
    const item = items.find(({ image: name }) => join(folder, name) === image);
    expect(score).toBeCloseTo(item?.score ?? -1, 4);
    expect((await readFile(overlay)).subarray(0, 2)).toEqual(Buffer.of(0xff, 0xd8));
  }
  expect(predictions.slice(8)).toMatchObject([
    { file: files[1], error: expect.stringContaining('broken.png') as string },
    { file: files[2], error: expect.stringContaining('gone.png') as string },
  ]);
  const relative = await server.refusal(requests.predictFiles, { project, files: ['test'] });
  expect(relative.message).toContain('absolute');

  await server.ask(requests.runRename, { run, name: 'The first one' });
  await server.run(run, 'its name', ({ name }) => name === 'The first one');
  for (const name of [' ', 'a\nb', '\u0000']) {
    expect((await server.refusal(requests.runRename, { run, name })).code).toBe(
      errorCodes.badInput,
    );
  }

  await server.ask(requests.runActivate, { project, run });
  const settings = join(folder, 'segdec.json');
  expect(JSON.parse(await readFile(settings, 'utf8'))).toEqual({ activeRun: basename(run) });
  await writeFile(settings, `{\n\t"seed": 0,\n\t"activeRun": "${basename(run)}"\n}\n`);
  await server.ask(requests.runActivate, { project, run: null });
  expect(await readFile(settings, 'utf8')).toBe('{\n\t"seed": 0\n}\n');
  await server.ask(requests.runActivate, { project, run });

  await server.ask(requests.runDelete, { run });
  expect(existsSync(run)).toBe(false);
  expect(await readFile(settings, 'utf8')).toBe('{\n\t"seed": 0\n}\n');
  expect(await server.ask(requests.runList, { project })).toEqual([]);
  const after = await server.ask(requests.datasetPage, { project, ...page });
  expect(after.items.every(({ score }) => score === null)).toBe(true);
  const none = await server.refusal(requests.predictFiles, {
    project,
    files: [join(folder, 'test')],
  });
  expect(none.message).toContain('train one first');
});

test('a run that cannot begin says why, and one that is called off leaves nothing', async () => {
  const folder = await smallDataset(await temporaryFolder());
  const server = await startRunClient(folder, { settings: { threads: 1, memory: 0.001 } });
  const project = folder;
  const refused = await server.refusal(requests.runStart, { project, options: quick });
  expect(refused.code).toBe(errorCodes.badInput);
  expect(refused.message).toMatch(/^Training at 64x128 needs about .* GiB/);
  const size = { width: 60, height: 128 };
  const odd = await server.refusal(requests.runStart, { project, options: { ...quick, size } });
  expect(odd.message).toContain('60');

  const source = new CancellationTokenSource();
  const options = { ...endless, memory: 4 };
  const starting = server.ask(requests.runStart, { project, options }, source.token);
  setTimeout(() => source.cancel(), 400);
  await expect(starting).rejects.toMatchObject({ code: errorCodes.cancelled });
  expect(await server.ask(requests.runList, { project })).toEqual([]);
  for (const name of ['runs', 'logs']) {
    const place = join(folder, '.segdec', name);
    expect(existsSync(place) ? await readdir(place) : []).toEqual([]);
  }

  // segdec.json comes before the editor's settings, and says so.
  await writeFile(join(folder, 'segdec.json'), '{"memory": 3}');
  const { values } = await server.ask(requests.runEstimate, { project, options: quick });
  expect(values.find(({ name }) => name === 'memoryBytes')).toEqual({
    name: 'memoryBytes',
    value: String(3 * 2 ** 30),
    from: "segdec.json, over this machine's settings",
  });
});

test('only runs of open folders are touched, whatever a path leads to', async () => {
  const top = await temporaryFolder();
  const folder = await smallDataset(top);
  const server = await startRunClient(folder);
  const run = await startRun(server, folder, { ...quick, epochs: 1 });
  await server.run(run, 'its end', ({ state }) => state === 'finished');

  const outside = join(top, 'outside');
  const runs = join(folder, '.segdec', 'runs');
  await rename(run, outside);
  await symlink(outside, join(runs, 'linked'));
  await mkdir(join(runs, 'empty'));
  // It is shown among the runs, and its scores are nobody's.
  await server.run(join(runs, 'linked'), 'to be listed', () => true);
  await server.client.waitFor('no active run', () =>
    server.client.projects.find(({ id, activeRun }) => id === folder && activeRun === null),
  );
  const places = [
    ...[outside, join(runs, 'linked'), join(runs, 'empty'), runs, folder, top, '/', '', '.'],
    ...[join(runs, '..', '..', '..', 'outside'), `${runs}/\u0000`, 'x'.repeat(5000)],
    `${runs}/${basename(run)}`,
  ];
  for (const place of places) {
    for (const request of [requests.runDelete, requests.runCancel, requests.runResume]) {
      const { code, message } = await server.refusal(request, { run: place });
      expect(code).toBe(errorCodes.badInput);
      expect(message).toContain('is not a run of an open folder');
    }
    const renamed = await server.refusal(requests.runRename, { run: place, name: 'x' });
    expect(renamed.code).toBe(errorCodes.badInput);
  }
  expect(existsSync(join(outside, 'run.json'))).toBe(true);
  expect(existsSync(join(runs, 'empty'))).toBe(true);

  // The link itself is no folder of ours; put back in its place the run is one again.
  await rm(join(runs, 'linked'));
  await rename(outside, run);
  await server.ask(requests.runDelete, { run });
});
