/** Listings against a plain reading of the same samples: filter, order, groups, pages, places. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitNames } from '../../protocol/dataset.ts';
import type { Sample } from '../../protocol/dataset.ts';
import type { ImageItem, ImageQuery } from '../../protocol/explorer.ts';
import { indexed } from '../support/imageIndex.ts';

const byName: ImageQuery = { groupBy: 'split', sortBy: 'name', filter: {} };

function sample(image: string, more: Partial<Sample> = {}): Sample {
  return { image, label: 'ok', split: 'train', kind: '', weak: false, ...more };
}

const samples: readonly Sample[] = [
  sample('a/1.png'),
  sample('a/2.png', { label: 'defective', kind: 'dent', mask: { kind: 'file', path: 'm/2.png' } }),
  sample('a/b/3.png', { label: 'defective', kind: 'scratch', split: 'test' }),
  sample('a/b/4.png', { label: 'unlabelled', split: 'test', reviewed: '2026-01-02' }),
  sample('top.png', {
    label: 'defective',
    split: 'val',
    weak: true,
    mask: { kind: 'file', path: 'm/t.png' },
  }),
];
const scores = new Map([
  ['a/1.png', 0.9],
  ['a/2.png', 0.95],
  ['a/b/3.png', 0.1],
  ['a/b/4.png', 0.52],
]);
const index = indexed(7, samples, { scores, threshold: 0.5 });
const names = (items: readonly ImageItem[]): string[] => items.map(({ image }) => image);
const flat = (query: Partial<ImageQuery>): string[] =>
  names(index.page({ ...byName, ...query }, null, 0, 100).items);

test('an item says how it is labelled, and its outcome by the label that it has now', () => {
  const states = index.items().map(({ state, outcome }) => `${state} ${outcome}`);
  expect(states).toEqual(['ok FP', 'mask TP', 'weak FN', 'unlabelled ', 'weak ']);
});

test('sorts by score with the highest first and by distance from the threshold, without score last', () => {
  expect(flat({ sortBy: 'score' })).toEqual([
    ...['a/2.png', 'a/1.png', 'a/b/4.png', 'a/b/3.png'],
    'top.png',
  ]);
  expect(flat({ sortBy: 'uncertainty' })).toEqual([
    ...['a/b/4.png', 'a/1.png', 'a/b/3.png', 'a/2.png'],
    'top.png',
  ]);
});

test('filters by each part, and by all together', () => {
  expect(flat({ filter: { outcomes: ['FP', 'FN'] } })).toEqual(['a/1.png', 'a/b/3.png']);
  expect(flat({ filter: { states: ['mask'] } })).toEqual(['a/2.png']);
  expect(flat({ filter: { kinds: ['dent', 'scratch'] } })).toEqual(['a/2.png', 'a/b/3.png']);
  expect(flat({ filter: { reviewed: true } })).toEqual(['a/b/4.png']);
  expect(flat({ filter: { text: 'A/B' } })).toEqual(['a/b/3.png', 'a/b/4.png']);
  expect(flat({ filter: { text: '3', reviewed: true } })).toEqual([]);
});

describe('groups', () => {
  test('by split and label come in the order of the words, with counts and mistakes', () => {
    const { version, groups, images } = index.groups(byName, null);
    expect({ version, images }).toEqual({ version: 7, images: 0 });
    expect(groups.map(({ name }) => name)).toEqual(['train', 'val', 'test']);
    expect(groups[0]).toEqual({
      ...{ id: 'split/train', kind: 'split', name: 'train', images: 2, mistakes: 1 },
    });
    expect(index.groups(byName, 'split/train').groups.map(({ id }) => id)).toEqual([
      ...['split/train/ok', 'split/train/mask'],
    ]);
  });

  test('by folder hold the images that lie in the folder itself', () => {
    const query: ImageQuery = { ...byName, groupBy: 'folder' };
    expect(index.groups(query, null)).toMatchObject({ images: 1, groups: [{ id: 'folder/a' }] });
    expect(index.groups(query, 'folder/a')).toMatchObject({ images: 2, groups: [{ name: 'b' }] });
    expect(names(index.page(query, 'folder/a/b', 0, 10).items)).toEqual(['a/b/3.png', 'a/b/4.png']);
    expect(names(index.page(query, '', 0, 10).items)).toEqual(['top.png']);
  });

  test('one that is not there is empty', () => {
    expect(index.groups(byName, 'split/nowhere').groups).toEqual([]);
    expect(index.page(byName, 'split/nowhere', 0, 10)).toMatchObject({ items: [], total: 0 });
  });
});

test('an image is found where the tree and the flat list show it', () => {
  expect(index.locate(byName, 'a/b/3.png', false)).toEqual({
    groups: ['split/test', 'split/test/weak'],
    index: 0,
  });
  expect(index.locate({ ...byName, sortBy: 'score' }, 'a/b/3.png', true)?.index).toBe(3);
  expect(index.locate({ ...byName, filter: { text: 'top' } }, 'a/1.png', true)).toBeUndefined();
  expect(index.locate(byName, 'nobody.png', true)).toBeUndefined();
});

const someSamples = fc.uniqueArray(
  fc.record({
    image: fc.stringMatching(/^([ab]\/){0,2}[a-z0-9]{1,3}\.png$/),
    label: fc.constantFrom('ok', 'defective', 'unlabelled'),
    split: fc.constantFrom(...splitNames),
    kind: fc.constantFrom('', 'dent', 'crack'),
    weak: fc.boolean(),
  }),
  { selector: ({ image }) => image, maxLength: 40 },
);
const someQuery = fc.record({
  groupBy: fc.constantFrom('split', 'folder'),
  sortBy: fc.constantFrom('name', 'score', 'uncertainty'),
  filter: fc.record({ text: fc.constantFrom('', 'a', '1') }),
});

test('the groups of any dataset together hold each image of the filter once, where locate says', () => {
  fc.assert(
    fc.property(
      someSamples,
      someQuery,
      fc.array(fc.double({ min: 0, max: 1 })),
      (all, query, values) => {
        const sorted = [...all].sort((a, b) => (a.image < b.image ? -1 : 1));
        const given = new Map(values.map((value, i) => [sorted[i]?.image ?? '', value]));
        const one = indexed(1, sorted, { scores: given, threshold: 0.5 });
        const found: string[] = [];
        const visit = (group: string | null, path: readonly string[]): void => {
          const { groups, images } = one.groups(query, group);
          const page = one.page(query, group ?? '', 0, 1000);
          expect(page.total).toBe(images);
          page.items.forEach(({ image }, i) => {
            found.push(image);
            expect(one.locate(query as ImageQuery, image, false)).toEqual({
              groups: path,
              index: i,
            });
          });
          for (const { id } of groups) visit(id, [...path, id]);
        };
        visit(null, []);
        const wanted = sorted
          .map(({ image }) => image)
          .filter((i) => i.includes(query.filter.text));
        expect(found.sort()).toEqual(wanted.sort());
        const pages = [0, 7, 14, 21, 28, 35].flatMap(
          (offset) => one.page(query as ImageQuery, null, offset, 7).items,
        );
        expect(names(pages)).toEqual(names(one.page(query as ImageQuery, null, 0, 1000).items));
      },
    ),
  );
});
