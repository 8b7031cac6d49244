/** The extension's side of web views: pages under a strict policy, checked messages, pictures, listings. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CancellationToken } from 'vscode';
import type { Sample } from '../../protocol/dataset.ts';
import type { ImageQuery } from '../../protocol/explorer.ts';
import { requests } from '../../protocol/messages.ts';
import type { Request } from '../../protocol/messages.ts';
import { fromGrid, fromTraining, receive, toGrid, toTraining } from '../../protocol/webview.ts';
import { Listing, countUnlabelled } from '../../extension/grid/listing.ts';
import { PictureQueue } from '../../extension/grid/pictureQueue.ts';
import type { Picture } from '../../extension/grid/pictureQueue.ts';
import { contentPolicy, escapeHtml, pageHtml } from '../../extension/webviews/page.ts';
import { indexed } from '../support/imageIndex.ts';

describe('the page', () => {
  const parts = {
    ...{ title: '<b>"x"', language: 'en', nonce: 'abc', source: 'https://source' },
    ...{ script: 'https://source/a.js?x=1&y=2', style: 'https://source/a.css' },
  };

  test('allows its own script, style, pictures and font, and nothing else', () => {
    const policy = contentPolicy('https://source', 'abc');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'nonce-abc'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('*');
    expect(pageHtml(parts).match(/<script/g)?.length).toBe(1);
    expect(pageHtml(parts)).not.toMatch(/ on\w+=| style=/);
  });

  test('escapes what is put into it', () => {
    const html = pageHtml(parts);
    expect(html).toContain('<title>&lt;b&gt;&quot;x&quot;</title>');
    expect(html).toContain('a.js?x=1&amp;y=2');
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});

describe('messages', () => {
  test.each([
    ['to the grid', toGrid],
    ['from the grid', fromGrid],
    ['to the training view', toTraining],
    ['from the training view', fromTraining],
  ] as const)('%s: what is not understood is named and dropped', (_, schema) => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withTypedArray: true }), (value) => {
        const warnings: string[] = [];
        const message = receive<unknown>(schema, value, (warning) => warnings.push(warning));
        expect(message === undefined).toBe(warnings.length === 1);
      }),
    );
  });

  test('one that is malformed says where', () => {
    const warnings: string[] = [];
    receive(fromGrid, { type: 'mark', id: 1, mark: 'ok', images: [1] }, (text) =>
      warnings.push(text),
    );
    expect(warnings[0]).toContain('images.0');
    expect(receive(fromGrid, { type: 'open', image: 'a', more: 1 }, () => undefined)).toEqual({
      type: 'open',
      image: 'a',
    });
  });

  test('bytes do not pass', () => {
    const bytes = Buffer.from('pixels');
    const message = {
      type: 'pictures',
      kind: 'plain',
      side: 192,
      pictures: [{ image: 'a', uri: bytes }],
    };
    expect(receive(toGrid, message, () => undefined)).toBeUndefined();
  });
});

describe('pictures', () => {
  interface Asked {
    readonly images: readonly string[];
    readonly token: CancellationToken;
    readonly answer: () => void;
    readonly fail: () => void;
  }

  function queue(batch: number, atOnce: number) {
    const asked: Asked[] = [];
    const delivered: Picture[] = [];
    const failures: unknown[] = [];
    const pictures = new PictureQueue({
      ...{ batch, atOnce },
      fetch: ({ images }, token) =>
        new Promise((resolve, reject) => {
          const answer = () =>
            resolve(images.map((image) => (image === 'broken' ? null : `/cache/${image}`)));
          asked.push({ images, token, answer, fail: () => reject(new Error('no')) });
        }),
      deliver: (_, __, some) => delivered.push(...some),
      failed: (error) => failures.push(error),
      newCancellation: () => {
        const token = { isCancellationRequested: false };
        return {
          token: token as CancellationToken,
          cancel: () => (token.isCancellationRequested = true),
          dispose: () => undefined,
        };
      },
    });
    return { asked, delivered, failures, pictures };
  }
  const settled = () => new Promise((resolve) => setTimeout(resolve));

  test('are fetched a few at a time, the most wanted first', async () => {
    const { asked, delivered, pictures } = queue(2, 2);
    pictures.want('plain', 192, ['a', 'b', 'c', 'd', 'broken']);
    expect(asked.map(({ images }) => images)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    asked[0]?.answer();
    await settled();
    expect(asked.at(-1)?.images).toEqual(['broken']);
    asked.forEach(({ answer }) => answer());
    await settled();
    expect(delivered.at(-1)).toEqual({ image: 'broken', file: null });
    expect(delivered.map(({ file }) => file)).toContain('/cache/a');
  });

  test('that nobody waits for any more are cancelled; others are not asked for twice', async () => {
    const { asked, delivered, pictures } = queue(2, 2);
    pictures.want('plain', 192, ['a', 'b', 'c', 'd', 'e']);
    pictures.want('plain', 192, ['x', 'd', 'c']);
    expect(asked.map(({ token }) => token.isCancellationRequested)).toEqual([true, false, false]);
    expect(asked[2]?.images).toEqual(['x']);
    asked.forEach(({ answer }) => answer());
    await settled();
    expect(delivered.map(({ image }) => image).sort()).toEqual(['c', 'd', 'x']);
    pictures.want('overlay', 192, ['a']);
    pictures.dispose();
    expect(asked.at(-1)?.token.isCancellationRequested).toBe(true);
  });

  test('that fail cost themselves', async () => {
    const { asked, delivered, failures, pictures } = queue(1, 1);
    pictures.want('plain', 192, ['a', 'b']);
    asked[0]?.fail();
    await settled();
    asked[1]?.answer();
    await settled();
    expect(failures.length).toBe(1);
    expect(delivered.map(({ image }) => image)).toEqual(['b']);
  });
});

describe('a listing', () => {
  const samples: Sample[] = Array.from({ length: 2500 }, (_, i) => ({
    image: `${i % 2 === 0 ? 'left' : 'right'}/${String(i).padStart(4, '0')}.png`,
    label: (['ok', 'defective', 'unlabelled'] as const)[i % 3] ?? 'ok',
    split: i % 5 === 0 ? 'test' : 'train',
    ...{ kind: '', weak: false },
  }));
  const sorted = samples.sort((a, b) => (a.image < b.image ? -1 : 1));
  const query: ImageQuery = { groupBy: 'split', sortBy: 'name', filter: {} };

  function server() {
    let index = indexed(1, sorted, undefined);
    const asked: string[] = [];
    const answers: Record<string, (params: never) => unknown> = {
      [requests.datasetGroups.type.method]: ({
        query: q,
        parent,
      }: {
        query: ImageQuery;
        parent: string;
      }) => index.groups(q, parent),
      [requests.datasetPage.type.method]: (p: {
        query: ImageQuery;
        group: string | null;
        offset: number;
        limit: number;
        version: number | null;
      }) => {
        if (p.version !== null && p.version !== index.version) throw new Error('stale');
        return index.page(p.query, p.group, p.offset, p.limit);
      },
      [requests.datasetLocate.type.method]: (p: {
        query: ImageQuery;
        image: string;
        flat: boolean;
      }) => index.locate(p.query, p.image, p.flat) ?? null,
    };
    return {
      asked,
      change: () => (index = indexed(index.version + 1, sorted.slice(100), undefined)),
      ask: {
        request: async <P, R>({ type }: Request<P, R>, params: P): Promise<R> => {
          asked.push(type.method);
          return answers[type.method]?.(params as never) as R;
        },
      },
    };
  }

  test('is read page by page, each once', async () => {
    const { ask, asked } = server();
    const listing = await Listing.read(ask, { project: 'p', query, group: null });
    expect(listing.total).toBe(2500);
    const names = async (from: number, to: number) =>
      (await listing.page(from, to)).map(({ image }) => image);
    expect(await names(1200, 1203)).toEqual(sorted.slice(1200, 1203).map(({ image }) => image));
    const before = asked.length;
    expect((await names(1200, 1203)).length).toBe(3);
    expect(asked.length).toBe(before);
    expect((await names(2490, 9999)).length).toBe(10);
  });

  test('of a group has all below it, in the order of the tree', async () => {
    const { ask } = server();
    const listing = await Listing.read(ask, { project: 'p', query, group: 'split/test' });
    const items = await listing.page(0, listing.total);
    expect(items.length).toBe(500);
    expect(new Set(items.map(({ split }) => split))).toEqual(new Set(['test']));
    const states = items.map(({ state }) => state);
    expect([...new Set(states)]).toEqual(['ok', 'weak', 'unlabelled']);
    expect(states).toEqual(
      [...states].sort(
        (a, b) => ['ok', 'weak', 'unlabelled'].indexOf(a) - ['ok', 'weak', 'unlabelled'].indexOf(b),
      ),
    );
    const wanted = [items[3], items[499]].flatMap((item) => item?.image ?? []);
    expect(await listing.places([...wanted, 'none.png'])).toEqual([3, 499, null]);
    const many = items.map(({ image }) => image);
    expect(await listing.places(many)).toEqual(many.map((_, i) => i));
    expect(listing.heldPlaces([wanted[1] ?? '', 'none.png'])).toEqual([499, null]);
  });

  test('of folders is found by folder', async () => {
    const { ask } = server();
    const folders = { ...query, groupBy: 'folder' } as const;
    const listing = await Listing.read(ask, {
      project: 'p',
      query: folders,
      group: 'folder/right',
    });
    expect(listing.total).toBe(1250);
    expect(await listing.places(['right/0003.png', 'left/0002.png'])).toEqual([1, null]);
  });

  test('counts what has no label, within the filter', async () => {
    const { ask } = server();
    const count = (filter: ImageQuery['filter'], group: string | null = null) =>
      countUnlabelled(ask, { project: 'p', query: { ...query, filter }, group });
    const all = samples.filter(({ label }) => label === 'unlabelled').length;
    expect(await count({})).toBe(all);
    expect(await count({ states: ['ok'] })).toBe(0);
    expect(await count({ text: 'left/' })).toBeLessThan(all);
    expect(await count({}, 'split/test')).toBeLessThan(all / 2);
  });

  test('of an older version serves what was read and fails for the rest', async () => {
    const { ask, change } = server();
    const listing = await Listing.read(ask, { project: 'p', query, group: null });
    const read = await listing.page(0, 200);
    change();
    expect(await listing.page(0, 200)).toEqual(read);
    await expect(listing.page(200, 400)).rejects.toThrow('stale');
  });
});
