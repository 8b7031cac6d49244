/** Hostile names of run folders, and in their scores, are text (docs/trust.md, row 8). */
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requests } from '../../protocol/messages.ts';
import { readScores, writeScores } from '../../server/runs/scoresFile.ts';
import { cli } from '../support/cli.ts';
import { hostileNames } from '../support/hostileNames.ts';
import { startRunClient } from '../support/runClient.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeTree } from '../support/tree.ts';

const count = 100;
const seed = 20_261_128;
const kept = 'test/data/runs/0.1.0';
/** Controls of a terminal and of the direction of text. */
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

test(`${count} hostile names of run folders and images are listed, each on its line`, async () => {
  const folder = join(await temporaryFolder(), 'data');
  const names = hostileNames(count, seed);
  console.log(`seed ${seed}`);
  const images = names.map((name) => `ok/${name}`);
  await writeTree(folder, {
    ...Object.fromEntries(images.map((name, i) => [name, i])),
    'defective/a.png': 9,
  });
  const metrics = JSON.parse(await readFile(join(kept, 'metrics.json'), 'utf8')) as object;
  const rows = images.map((image, i) => ({
    ...{ image, label: 'ok', supervision: '', split: 'train', score: i / 256, outcome: 'TN' },
  })) as unknown as Parameters<typeof writeScores>[1];
  for (const name of names) {
    const run = join(folder, '.segdec', 'runs', name);
    await mkdir(run, { recursive: true });
    await copyFile(join(kept, 'run.json'), join(run, 'run.json'));
    await writeFile(join(run, 'metrics.json'), JSON.stringify({ ...metrics, dataset: folder }));
    await writeScores(join(run, 'scores.csv'), rows);
  }
  const before = (await readdir(folder, { recursive: true })).sort();

  const shown = await cli(['runs', folder]);
  expect(shown.code, shown.stderr).toBe(0);
  expect(shown.stdout).not.toMatch(controls);
  const listed = JSON.parse((await cli(['runs', folder, '--json'])).stdout) as { run: string }[];
  expect(listed.map(({ run }) => run).sort()).toEqual(
    names.map((name) => join(folder, '.segdec', 'runs', name)).sort(),
  );

  const [first = ''] = names;
  const scores = await readScores(join(folder, '.segdec', 'runs', first, 'scores.csv'));
  expect([...scores.keys()]).toEqual(images);

  const server = await startRunClient(folder, { trusted: false });
  const runs = await server.ask(requests.runList, { project: folder });
  expect(runs.map(({ run }) => run).sort()).toEqual(listed.map(({ run }) => run).sort());
  const { items } = await server.ask(requests.datasetPage, {
    query: { groupBy: 'split', sortBy: 'name', filter: {} },
    ...{ project: folder, group: null, offset: 0, limit: 1000, version: null },
  });
  expect(items.map(({ image }) => image).sort()).toEqual([...images, 'defective/a.png'].sort());
  expect(items.filter(({ score }) => score !== null)).toHaveLength(count);
  // Looking writes nothing.
  const after = (await readdir(folder, { recursive: true })).sort();
  expect(
    after.filter((name) => !before.includes(name) && !name.startsWith('.segdec/cache')),
  ).toEqual([]);
});
