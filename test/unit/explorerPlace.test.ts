/** Labelling by keys: where a label moves images to another group, the next one is selected. */
import { describe, expect, test } from 'vitest';
import { keepingPlace, nextOf } from '../../extension/explorer/placeKeeper.ts';
import type { KeptTree } from '../../extension/explorer/placeKeeper.ts';
import type { ImageNode } from '../../extension/explorer/nodes.ts';
import type { ImageItem } from '../../protocol/explorer.ts';

const node = (image: string): ImageNode => ({
  kind: 'image',
  project: '/p',
  item: { image, label: 'unlabelled', state: 'unlabelled', split: 'train' } as ImageItem,
  parent: undefined,
});
const [a, b, c, d] = [node('a'), node('b'), node('c'), node('d')];
const all = [a, b, c, d];

test.each([
  ['the one behind', [b], 'c'],
  ['the one behind the last of several', [a, c], 'd'],
  ['the one before where none is behind', [d], 'c'],
  ['the one before several', [c, d], 'b'],
  ['whatever order they were chosen in', [c, a, b], 'd'],
  ['none where all are chosen', all, undefined],
])('next is %s', (_, chosen, expected) => {
  expect(nextOf(all, chosen)?.item.image).toBe(expected);
});

describe('labelling', () => {
  interface World {
    readonly tree: KeptTree;
    readonly did: string[];
    readonly label: () => Promise<void>;
  }

  function world(part: Partial<KeptTree> = {}, state: ImageItem['state'] = 'ok'): World {
    const did: string[] = [];
    let labelled = false;
    return {
      did,
      label: () => {
        labelled = true;
        did.push('label');
        return Promise.resolve();
      },
      tree: {
        selection: [a],
        siblings: () => Promise.resolve(all),
        shown: ({ item }) => (labelled ? { ...item, state } : item),
        isGroupedByLabel: () => true,
        isOpen: () => false,
        reveal: async ({ item }) => void did.push(`reveal ${item.image}`),
        open: async ({ item }) => void did.push(`open ${item.image}`),
        ...part,
      },
    };
  }

  test('selects the next, and opens it if the labelled one was open', async () => {
    const closed = world();
    await keepingPlace(closed.tree, closed.label);
    expect(closed.did).toEqual(['label', 'reveal b']);
    const open = world({ isOpen: () => true });
    await keepingPlace(open.tree, open.label);
    expect(open.did).toEqual(['label', 'reveal b', 'open b']);
  });

  test.each([
    ['nothing moves', world({}, 'unlabelled')],
    ['labels make no groups', world({ isGroupedByLabel: () => false })],
    ['nothing is selected', world({ selection: [] })],
    ['there is no other', world({ siblings: () => Promise.resolve([a]) })],
  ])('stays where %s', async (_, { tree, label, did }) => {
    await keepingPlace(tree, label);
    expect(did).toEqual(['label']);
  });

  test('stays when it fails', async () => {
    const { tree, did } = world();
    const fail = () => Promise.reject(new Error('the disk is full'));
    await expect(keepingPlace(tree, fail)).rejects.toThrow('the disk is full');
    expect(did).toEqual([]);
  });
});
