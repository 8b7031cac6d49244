/** What segdec.json, run.json and labels.csv name outside of their folder, for each command that reads them. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli } from '../support/cli.ts';
import type { Ended } from '../support/cli.ts';
import { bait, privatePhotos, projectOf, stateOf, waysOut } from '../support/outside.ts';
import { smallDataset, smallRun } from '../support/smallRun.ts';
import { writeTree } from '../support/tree.ts';

const top = realpathSync(mkdtempSync(join(tmpdir(), 'segdec-places-')));
afterAll(() => rm(top, { recursive: true, force: true }));
const secret = join(top, 'private');
let photos = '';

beforeAll(async () => {
  photos = await privatePhotos(top);
});

/** Runs a command that must be refused, with nothing outside told or touched. */
async function refused(args: readonly string[], place: string, flag: string): Promise<Ended> {
  const before = await stateOf(secret);
  const ended = await cli(args);
  expect(ended.code, ended.stderr).toBe(2);
  expect(ended.stderr.split('\n').filter((line) => line.startsWith('segdec: '))).toHaveLength(1);
  expect(ended.stderr).toContain(`add ${flag} ${JSON.stringify(place)}`);
  expect(ended.stdout + ended.stderr).not.toContain(bait);
  expect(await stateOf(secret)).toEqual(before);
  return ended;
}

describe('a dataset that segdec.json names outside of its folder', () => {
  test('is not listed, read or written by any command', async () => {
    const ways = await waysOut(top);
    const source = await writeTree(join(top, 'source'), { [`masks/${bait}-1.png`]: 255 });
    const output = join(top, 'out.json');
    for (const [i, { name, place }] of ways.entries()) {
      const project = await projectOf(top, `proj${i}`, { dataset: name });
      const commands = [
        ['train', project, '--explain'],
        ['masks', 'export', project, '--format', 'coco', '--output', output],
        ['masks', 'import', project, source],
      ];
      // Each way with one command, the first with all.
      for (const args of i < 1 ? commands : [commands[i % 3] ?? []]) {
        const { stderr } = await refused(args, place, '--data');
        expect(stderr).toContain(join(project, 'segdec.json'));
      }
    }
  });

  test('is used when the person names it: by the flag, or as the dataset itself', async () => {
    const project = await projectOf(top, 'named', { dataset: '../private/photos', seed: 7 });
    const explained = await cli([
      'train',
      project,
      '--data',
      photos,
      ...['--size', '128x64'],
      '--explain',
      '--json',
    ]);
    expect(explained.code, explained.stderr).toBe(0);
    const values = JSON.parse(explained.stdout) as { name: string; value: string }[];
    expect(values).toContainEqual(expect.objectContaining({ name: 'data', value: photos }));
    // The other settings of the file hold.
    expect(values).toContainEqual({ name: 'seed', value: '7', from: 'segdec.json' });
    const inspected = await cli(['inspect', join(project, '../private/photos'), '--quick']);
    expect(inspected.code, inspected.stderr).toBe(0);
    expect(inspected.stdout).toContain('12 images');
  });
});

describe('a run from somebody else', () => {
  let data = '';
  let trained = '';
  let home = '';

  interface RunJson {
    mark?: string | null;
    dataset: { root: string; rootFromRun: string };
    from: { path: string; sha256: string } | null;
  }

  /** The run as a stranger gives it away, unfinished; its run.json as `change` makes it. */
  async function stranger(name: string, change: (run: RunJson) => void): Promise<string> {
    const folder = join(top, 'downloads', name);
    await cp(trained, folder, { recursive: true });
    // What was not scored is opened again with its dataset.
    await rm(join(folder, 'metrics.json'));
    const file = join(folder, 'run.json');
    const run = JSON.parse(await readFile(file, 'utf8')) as RunJson;
    change(run);
    await writeFile(file, JSON.stringify(run));
    return folder;
  }

  beforeAll(async () => {
    data = await smallDataset(secret);
    home = await projectOf(top, 'home', { dataset: data });
    trained = join(top, 'trained');
    const run = smallRun(home, trained, ['--data', data, '--epochs', '1']);
    const { code, stderr } = await cli(run);
    expect(code, stderr).toBe(0);
  });

  test('that the person trained goes on without a word, also when it was moved with its dataset', async () => {
    const own = await stranger('own', () => undefined);
    const resumed = await cli(['resume', own]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const evaluated = await cli(['evaluate', own]);
    expect(evaluated.code, evaluated.stderr).toBe(0);
  });

  test('makes no command read what its run.json names', async () => {
    const changes: readonly (readonly [string, (run: RunJson) => void])[] = [
      ['unmarked', (run) => delete run.mark],
      ['null', (run) => (run.mark = null)],
      ['forged', (run) => (run.mark = '0'.repeat(64))],
      ['short', (run) => (run.mark = run.mark?.slice(2) ?? null)],
      ['root', (run) => (run.dataset.root = photos)],
      ['relative', (run) => (run.dataset.rootFromRun = '../../private/photos')],
      [
        'both',
        ({ dataset }) => {
          dataset.rootFromRun = relative(join(top, 'downloads/both'), photos);
          dataset.root = photos;
        },
      ],
      ['from', (run) => (run.from = { path: join(photos, 'labels.csv'), sha256: '' })],
    ];
    for (const [i, [name, change]] of changes.entries()) {
      const run = await stranger(name, change);
      const { dataset } = JSON.parse(await readFile(join(run, 'run.json'), 'utf8')) as RunJson;
      const command = i % 2 === 0 ? 'resume' : 'evaluate';
      const { stderr } = await refused([command, run], dataset.root, '--data');
      expect(stderr).toContain(join(run, 'run.json'));
    }
    const exported = await cli([
      ...['export', join(top, 'downloads/both'), '--onnx', join(top, 'm.onnx'), '--json'],
    ]);
    expect(exported.code, exported.stderr).toBe(0);
    expect(JSON.parse(exported.stdout)).toMatchObject({ checkedOn: 'generated' });
  });

  test('is resumed and evaluated on the dataset that the person names', async () => {
    const run = await stranger('given', (it) => delete it.mark);
    const resumed = await cli(['resume', run, '--data', data]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const evaluated = await cli(['evaluate', run, '--data', data]);
    expect(evaluated.code, evaluated.stderr).toBe(0);
    // The run's own dataset by its name: the images that were trained on are no test.
    expect(evaluated.stdout).toContain('on test');
  });

  test('reads no weights that its run.json names elsewhere', async () => {
    const weights = join(secret, 'weights.safetensors');
    await cp(join(trained, 'checkpoint.safetensors'), weights);
    const run = await stranger('weights', (it) => {
      delete it.mark;
      it.from = { path: weights, sha256: '0'.repeat(64) };
    });
    await rm(join(run, 'checkpoint.safetensors'));
    await refused(['resume', run, '--data', data], weights, '--from');
    const named = await cli(['resume', run, '--data', data, '--from', weights]);
    expect(named.code).toBe(2);
    expect(named.stderr).toContain('has changed since');
  });

  test('in a project uses the datasets of that project', async () => {
    const project = join(top, 'together');
    await mkdir(project);
    await cp(data, join(project, 'data'), { recursive: true });
    const run = await stranger('x', (it) => delete it.mark);
    const moved = join(project, 'runs', 'x');
    await cp(run, moved, { recursive: true });
    const file = join(moved, 'run.json');
    const said = JSON.parse(await readFile(file, 'utf8')) as RunJson;
    said.dataset.rootFromRun = '../../data';
    await writeFile(file, JSON.stringify(said));
    await refused(['evaluate', moved], data, '--data');
    await writeFile(join(project, 'segdec.json'), '{"dataset": "data"}');
    const evaluated = await cli(['evaluate', moved]);
    expect(evaluated.code, evaluated.stderr).toBe(0);
  });
});

test('labels.csv that is a link, and masks that it names through links, are not read outside', async () => {
  const before = await stateOf(secret);
  const files = { 'ok/a.png': 1, 'ok/b.png': 2, 'defective/c.png': 3, 'defective/d.png': 4 };
  const linked = await writeTree(join(top, 'linked'), files);
  await symlink('../private/photos/labels.csv', join(linked, 'labels.csv'));
  const table = await cli(['inspect', linked]);
  expect(table.stdout).toContain('leads out of the dataset folder, so it is not read');
  const masks = await writeTree(join(top, 'masked'), files);
  await symlink('../private/photos/masks', join(masks, 'far'));
  const cells = [`far/${bait}-0.png`, `../private/photos/masks/${bait}-0.png`, photos];
  for (const cell of cells) {
    await writeFile(
      join(masks, 'labels.csv'),
      `image,label,mask\ndefective/c.png,defective,${cell}\n`,
    );
    const { stdout } = await cli(['inspect', masks, '--json']);
    expect(stdout).toMatch(/leads out of the dataset folder|is not there/);
    const imported = await cli([
      'masks',
      'import',
      masks,
      join(top, 'source'),
      '--existing',
      'replace',
    ]);
    expect(imported.code).toBe(2);
  }
  expect(table.stdout + table.stderr).not.toContain(bait);
  expect(await stateOf(secret)).toEqual(before);
});
