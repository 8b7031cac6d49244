/** What is dropped on the tree: where files go, what labels change, and that nothing is overwritten or leads out. */
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copyImages, nameOf, numbered } from '../../extension/explorer/copyImages.ts';
import type { ImageSource } from '../../extension/explorer/copyImages.ts';
import { changeFor, folderFor, groupsAround } from '../../extension/explorer/dropTargets.ts';
import type { GroupNode, ImageNode } from '../../extension/explorer/nodes.ts';
import type { ImageGroup } from '../../protocol/explorer.ts';
import { hostileNames } from '../support/hostileNames.ts';
import { plainEnglish } from '../support/plainEnglish.ts';
import { temporaryFolder } from '../support/temporary.ts';

const group = (kind: ImageGroup['kind'], name: string, id = `${kind}/${name}`): ImageGroup => ({
  ...{ id, kind, name, images: 1, mistakes: 0 },
});
const train = group('split', 'train');
const ofState = (name: string): ImageGroup[] => [train, group('state', name)];
const folders =
  (...there: string[]) =>
  (path: string): Promise<boolean> =>
    Promise.resolve(there.includes(path));

test('an image stands for the groups it lies in', () => {
  const parent: GroupNode = { kind: 'group', project: '/p', group: train, parent: undefined };
  const state = group('state', 'ok');
  const below: GroupNode = { kind: 'group', project: '/p', group: state, parent };
  const image = { kind: 'image', project: '/p', parent: below } as unknown as ImageNode;
  expect(groupsAround(image)).toEqual([train, state]);
  expect(groupsAround(undefined)).toEqual([]);
});

describe('images of the tree', () => {
  test.each([
    ['ok', { label: 'ok', supervision: '' }],
    ['mask', { label: 'defective', supervision: '' }],
    ['weak', { label: 'defective', supervision: 'weak' }],
    ['unlabelled', { label: '' }],
    ['unknown', undefined],
  ])('on %s', (state, expected) => {
    expect(changeFor(ofState(state), [{ split: 'train' }])).toEqual(expected);
  });

  test('change their split where it is another', () => {
    expect(changeFor([train], [{ split: 'test' }])).toEqual({ split: 'train' });
    expect(changeFor(ofState('unlabelled'), [{ split: 'test' }])).toEqual({
      label: '',
      split: 'train',
    });
    expect(changeFor([group('folder', 'x')], [{ split: 'test' }])).toBeUndefined();
    expect(changeFor([], [])).toBeUndefined();
  });
});

describe('files', () => {
  test('go to the folder they are dropped on', async () => {
    const nested = group('folder', 'b', 'folder/a/b');
    expect(await folderFor([group('folder', 'a'), nested], 'mvtec', folders())).toBe('a/b');
    expect(await folderFor([], null, folders())).toBe('');
  });

  test('go to the folder of a label only where folders tell labels', async () => {
    const on = (state: string, ...there: string[]) =>
      folderFor(ofState(state), 'folders', folders(...there));
    expect(await on('ok', 'good')).toBe('good');
    expect(await on('ok', 'train', 'train/ok', 'ok')).toBe('train/ok');
    expect(await on('weak', 'ok', 'ng')).toBe('ng');
    expect(await on('mask', 'ok')).toBe('defective');
    expect(await on('ok')).toBe('');
    expect(await on('unlabelled', 'train', 'ok')).toBe('train');
    expect(await folderFor(ofState('ok'), 'ksdd2', folders('ok'))).toBe('');
  });

  test('are images by their names', () => {
    expect(nameOf('/x/y.PNG')).toBe('y.PNG');
    expect(nameOf('..\\..\\y.jpeg')).toBe('y.jpeg');
    for (const name of ['notes.txt', '.hidden.png', 'a/', '', '..', '.png']) {
      expect(nameOf(name)).toBeUndefined();
    }
    expect(numbered('a.b.png', 3)).toBe('a.b-3.png');
  });
});

describe('copying', () => {
  const quiet = { signal: new AbortController().signal, each: () => undefined, l10n: plainEnglish };
  const bytes = (name: string, text: string): ImageSource => ({
    name,
    read: () => Promise.resolve(new TextEncoder().encode(text)),
  });

  test('overwrites nothing', async () => {
    const dataset = await temporaryFolder();
    await mkdir(join(dataset, 'ok'));
    await writeFile(join(dataset, 'ok', 'a.png'), 'theirs');
    await writeFile(join(dataset, 'b.png'), 'b');
    const sources: ImageSource[] = [
      { name: 'a.png', file: join(dataset, 'b.png') },
      bytes('a.png', 'c'),
      bytes('notes.txt', 'n'),
    ];
    const done = await copyImages(sources, { dataset, folder: 'ok' }, quiet);
    expect(done).toEqual({ copied: 2, renamed: 2 });
    expect((await readdir(join(dataset, 'ok'))).sort()).toEqual(['a-2.png', 'a-3.png', 'a.png']);
    expect(await readFile(join(dataset, 'ok', 'a.png'), 'utf8')).toBe('theirs');
    expect(await readFile(join(dataset, 'ok', 'a-2.png'), 'utf8')).toBe('b');
  });

  test('stops when asked, and leaves whole files alone', async () => {
    const dataset = await temporaryFolder();
    const controller = new AbortController();
    const sources = ['a.png', 'b.png', 'c.png'].map((name) => bytes(name, name));
    const each = (done: number): void => {
      if (done === 2) controller.abort();
    };
    const options = { ...quiet, signal: controller.signal, each };
    expect(await copyImages(sources, { dataset, folder: 'new' }, options)).toEqual({
      copied: 2,
      renamed: 0,
    });
    expect((await readdir(join(dataset, 'new'))).sort()).toEqual(['a.png', 'b.png']);
  });

  test('a file that cannot be read leaves nothing of it', async () => {
    const dataset = await temporaryFolder();
    const broken: ImageSource = { name: 'x.png', read: () => Promise.reject(new Error('gone')) };
    await expect(
      copyImages([bytes('a.png', 'a'), broken], { dataset, folder: '' }, quiet),
    ).rejects.toThrow('gone');
    expect(await readdir(dataset)).toEqual(['a.png']);
  });

  test('hostile names land in the folder or nowhere', async () => {
    const dataset = await temporaryFolder();
    const names = ['../../escape.png', '/etc/escape.png', ...hostileNames(100, 7)];
    const sources = names.map((name) => bytes(name, 'x'));
    const { copied } = await copyImages(sources, { dataset, folder: 'in' }, quiet);
    expect(await readdir(dataset)).toEqual(['in']);
    expect(await readdir(join(dataset, 'in'))).toHaveLength(copied);
    expect(copied).toBeGreaterThan(80);
  });

  test.each(['..', '../x', 'link', 'link/new'])(
    'a folder that leads out is refused: %s',
    async (folder) => {
      const above = await temporaryFolder();
      const dataset = join(above, 'data');
      await mkdir(dataset);
      await mkdir(join(above, 'elsewhere'));
      await symlink(join(above, 'elsewhere'), join(dataset, 'link'));
      await expect(copyImages([bytes('a.png', 'a')], { dataset, folder }, quiet)).rejects.toThrow(
        'lies outside of the dataset',
      );
      expect(await readdir(join(above, 'elsewhere'))).toEqual([]);
    },
  );
});
