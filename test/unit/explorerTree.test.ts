/** The tree of images over the server's own listings: ranges, places, changes under a question, a server that is away. */
import { describe, expect, test } from 'vitest';
import { ImageTree, mostInList, rangeSize, rangesOf } from '../../extension/explorer/imageTree.ts';
import type { ListingSource } from '../../extension/explorer/imageTree.ts';
import { LocalListing, itemFromTable } from '../../extension/explorer/localListing.ts';
import type { ImageNode, Node } from '../../extension/explorer/nodes.ts';
import { isNode, nodeId } from '../../extension/explorer/nodes.ts';
import { parseLabels } from '../../protocol/labels/labelsTable.ts';
import type { Sample } from '../../protocol/dataset.ts';
import type { ImageQuery } from '../../protocol/explorer.ts';
import type { ImageIndex } from '../../server/language/project/imageIndex.ts';
import { indexed } from '../support/imageIndex.ts';

const bySplit: ImageQuery = { groupBy: 'split', sortBy: 'name', filter: {} };
const byFolder: ImageQuery = { ...bySplit, groupBy: 'folder' };

const sample = (image: string, label: Sample['label'] = 'ok'): Sample => ({
  ...{ image, label, split: 'train', kind: '', weak: false },
});
const many = (count: number, folder: string): Sample[] =>
  Array.from({ length: count }, (_, i) => sample(`${folder}${String(i).padStart(6, '0')}.png`));

class Stale extends Error {}
class Away extends Error {}

/** A server in this process whose listing can change and which can go away. */
class FakeServer implements ListingSource {
  index: ImageIndex;
  away = false;
  questions = 0;
  /** Called before each page. */
  beforePage: () => void = () => undefined;

  constructor(samples: readonly Sample[], scores?: ReadonlyMap<string, number>) {
    this.index = indexed(1, samples, scores && { scores, threshold: 0.5 });
  }

  change(samples: readonly Sample[]): void {
    this.index = indexed(this.index.version + 1, samples, undefined);
  }

  async groups(_: string, query: ImageQuery, parent: string | null) {
    this.#count();
    return this.index.groups(query, parent);
  }

  async page(_: string, query: ImageQuery, at: Parameters<ListingSource['page']>[2]) {
    this.#count();
    this.beforePage();
    if (at.version !== null && at.version !== this.index.version) throw new Stale();
    expect(at.limit).toBeLessThanOrEqual(mostInList);
    return this.index.page(query, at.group, at.offset, at.limit);
  }

  async locate(_: string, query: ImageQuery, image: string) {
    this.#count();
    return this.index.locate(query, image, false) ?? null;
  }

  #count(): void {
    if (this.away) throw new Away();
    this.questions += 1;
  }
}

function treeOf(source: ListingSource, query = bySplit): ImageTree {
  const tree = new ImageTree({
    isStale: (error) => error instanceof Stale,
    isAway: (error) => error instanceof Away,
  });
  tree.show({ project: '/p', query, source });
  return tree;
}

const names = (nodes: readonly Node[]): string[] =>
  nodes.map((node) => {
    if (node.kind === 'group') return node.group.id;
    return node.kind === 'range' ? `#${node.offset}+${node.count}` : node.item.image;
  });

async function images(tree: ImageTree, parent?: Node): Promise<string[]> {
  const found: string[] = [];
  for (const node of await tree.children(parent)) {
    if (node.kind === 'image') found.push(node.item.image);
    else found.push(...(await images(tree, node)));
  }
  return found;
}

describe('nodes', () => {
  test('groups, and images below them', async () => {
    const tree = treeOf(new FakeServer([sample('a.png'), sample('b.png', 'defective')]));
    const [train] = await tree.children();
    expect(names(await tree.children(train))).toEqual(['split/train/ok', 'split/train/weak']);
    expect(await images(tree)).toEqual(['a.png', 'b.png']);
  });

  test('images that lie beside folders', async () => {
    const tree = treeOf(new FakeServer([sample('a.png'), sample('x/b.png')]), byFolder);
    expect(names(await tree.children())).toEqual(['folder/x', 'a.png']);
    expect(await images(tree)).toEqual(['x/b.png', 'a.png']);
  });

  test('what is open is asked for once', async () => {
    const server = new FakeServer([sample('a.png')]);
    const tree = treeOf(server);
    await Promise.all([tree.children(), tree.children()]);
    await tree.children();
    expect(server.questions).toBe(1);
    tree.refresh();
    await tree.children();
    expect(server.questions).toBe(2);
  });

  test('have ids of their own, which stay', async () => {
    const server = new FakeServer([sample('a.png'), sample('b.png')]);
    const tree = treeOf(server);
    const ids = async (): Promise<string[]> => {
      const [train] = await tree.children();
      const [ok] = await tree.children(train);
      const below = await tree.children(ok);
      return [train, ok, ...below].flatMap((node) => (node === undefined ? [] : [nodeId(node)]));
    };
    const first = await ids();
    expect(new Set(first).size).toBe(4);
    tree.refresh();
    expect(await ids()).toEqual(first);
  });

  test.each([
    [{ kind: 'image', project: '/p' }, true],
    [{ kind: 'run' }, false],
    [null, false],
  ])('%j told from others', (value, expected) => {
    expect(isNode(value)).toBe(expected);
  });
});

describe('many images', () => {
  test.each([
    [1, [1]],
    [1001, [500, 500, 1]],
    [1500, [500, 500, 500]],
  ])('%d are cut', (count, expected) => {
    const ranges = rangesOf(count);
    expect(ranges.map((range) => range.count)).toEqual(expected);
    expect(ranges.map(({ offset }) => offset)).toEqual(expected.map((_, i) => i * rangeSize));
  });

  test('a list of a thousand is one list, of one more it is ranges with their ends', async () => {
    const server = new FakeServer([...many(1000, 'a/'), ...many(1001, 'b/')]);
    const tree = treeOf(server, byFolder);
    const [a, b] = await tree.children();
    expect(await tree.children(a)).toHaveLength(1000);
    const ranges = await tree.children(b);
    expect(names(ranges)).toEqual(['#0+500', '#500+500', '#1000+1']);
    const [, second] = ranges;
    expect(second?.kind === 'range' && second.ends?.first.image).toBe('b/000500.png');
    expect(second?.kind === 'range' && second.ends?.last.image).toBe('b/000999.png');
    expect(await images(tree, b)).toHaveLength(1001);
  });

  test('100,000 at the top: the first look asks for their ranges alone', async () => {
    const server = new FakeServer(many(100_000, ''));
    const tree = treeOf(server, byFolder);
    expect(await tree.children()).toHaveLength(200);
    expect(server.questions).toBe(401);
    const node = await tree.find('077777.png');
    expect(node?.parent?.kind === 'range' && node.parent.offset).toBe(77_500);
    expect(server.questions).toBe(403);
  });
});

describe('finding an image', () => {
  const samples = [...many(1200, 'x/y/'), sample('x/z.png'), sample('top.png')];

  test.each(['x/y/000700.png', 'x/z.png', 'top.png'])('%s, with what is above', async (image) => {
    for (const query of [byFolder, bySplit]) {
      const tree = treeOf(new FakeServer(samples), query);
      const node = await tree.find(image);
      expect(node?.item.image).toBe(image);
      const path: Node[] = [];
      for (let at: Node | undefined = node; at !== undefined; at = at.parent) path.unshift(at);
      let above: Node | undefined;
      for (const step of path) {
        const below = await tree.children(above);
        expect(below.map(nodeId)).toContain(nodeId(step));
        above = step;
      }
    }
  });

  test('one that the filter leaves out is not found', async () => {
    const filtered = { ...byFolder, filter: { states: ['mask' as const] } };
    expect(await treeOf(new FakeServer(samples), filtered).find('top.png')).toBeUndefined();
    expect(await treeOf(new FakeServer(samples)).find('none.png')).toBeUndefined();
  });
});

describe('a listing that changes', () => {
  test('between two questions is asked for again, so that no image is missed', async () => {
    const server = new FakeServer(many(3, ''));
    const tree = treeOf(server, byFolder);
    let changes = 2;
    server.beforePage = () => {
      if (changes-- > 0) server.change(many(5 - changes, ''));
    };
    expect(await images(tree)).toHaveLength(5);
  });

  test('at every look is taken as it comes', async () => {
    const server = new FakeServer(many(3, ''));
    const tree = treeOf(server, byFolder);
    server.beforePage = () => server.change(many(3, ''));
    expect(await images(tree)).toHaveLength(3);
  });

  test('an answer that comes after another project was chosen is not kept', async () => {
    const server = new FakeServer([sample('old.png')]);
    const tree = treeOf(server, byFolder);
    const late = tree.children();
    tree.show({ project: '/q', query: byFolder, source: new FakeServer([sample('new.png')]) });
    await late;
    expect(names(await tree.children())).toEqual(['new.png']);
  });
});

describe('while the server is away', () => {
  test('the last listing is shown, also after a refresh', async () => {
    const server = new FakeServer([sample('a.png'), sample('b.png')]);
    const tree = treeOf(server);
    expect(await images(tree)).toHaveLength(2);
    expect(tree.isHeld).toBe(true);
    server.away = true;
    tree.refresh();
    expect(await images(tree)).toEqual(['a.png', 'b.png']);
    server.away = false;
    server.change([sample('c.png')]);
    tree.refresh();
    expect(await images(tree)).toEqual(['c.png']);
  });

  test('without a listing there is nothing, and no error', async () => {
    const server = new FakeServer([sample('a.png')]);
    server.away = true;
    const tree = treeOf(server);
    expect(await images(tree)).toEqual([]);
    expect(tree.isHeld).toBe(false);
  });

  test('other faults are told', async () => {
    const tree = treeOf({
      groups: () => Promise.reject(new Error('a fault')),
      page: () => Promise.reject(new Error('a fault')),
      locate: () => Promise.resolve(null),
    });
    await expect(tree.children()).rejects.toThrow('a fault');
  });
});

describe('a listing without a server', () => {
  const table = parseLabels(
    Buffer.from(
      'image,label,supervision,split,kind\nx/a10.png,ok,,test,\nx/a2.png,defective,weak,,dent\nb.png,,,,\n',
    ),
  );
  const items = ['x/a10.png', 'x/a2.png', 'b.png', 'y/z/c.png'].map((image) =>
    itemFromTable(image, table),
  );
  const tree = treeOf(new LocalListing(items));

  test('groups by folder and sorts names as people do', async () => {
    expect(names(await tree.children())).toEqual(['folder/x', 'folder/y/z', 'b.png']);
    expect(await images(tree)).toEqual(['x/a2.png', 'x/a10.png', 'y/z/c.png', 'b.png']);
  });

  test('says what labels.csv says, and no more', async () => {
    const found = new Map<string, ImageNode>();
    for (const image of ['x/a10.png', 'x/a2.png', 'b.png', 'y/z/c.png']) {
      const node = await tree.find(image);
      if (node !== undefined) found.set(image, node);
    }
    const stateOf = (image: string) => found.get(image)?.item.state;
    expect([...found.keys()].map(stateOf)).toEqual(['ok', 'weak', 'unlabelled', 'unknown']);
    expect(found.get('x/a10.png')?.item.split).toBe('test');
    expect(found.get('x/a2.png')?.item.kind).toBe('dent');
    expect(await tree.find('none.png')).toBeUndefined();
  });

  test('needs no labels.csv', () => {
    expect(itemFromTable('a.png', undefined)).toMatchObject({ label: 'unknown', kind: '' });
  });
});
