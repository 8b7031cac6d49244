/** What the grid's page keeps: pages of a listing, a listing that arrives, addresses of pictures. */
import { describe, expect, test } from 'vitest';
import type { ImageItem } from '../../protocol/explorer.ts';
import { gridPage } from '../../protocol/webview.ts';
import { Arrival } from '../../webview-ui/grid/arrival.ts';
import type { ListingMessage } from '../../webview-ui/grid/arrival.ts';
import { Pages } from '../../webview-ui/grid/pages.ts';
import { PictureStore } from '../../webview-ui/grid/pictureStore.ts';
import { sideFor } from '../../webview-ui/grid/wishes.ts';

const item = (image: string, part: Partial<ImageItem> = {}): ImageItem => ({
  ...{ image, label: 'ok', state: 'ok', split: 'train', kind: '', reviewed: '' },
  ...{ mask: false, score: null, outcome: '' },
  ...part,
});
const items = (from: number, count: number): ImageItem[] =>
  Array.from({ length: count }, (_, i) => item(`${from + i}.png`));

describe('pages', () => {
  test('are asked for once, only where positions need them', () => {
    const pages = new Pages(1, 1000);
    expect(pages.ask([0, 10])).toEqual([0]);
    expect(pages.ask([0, gridPage + 1])).toEqual([gridPage]);
    expect(pages.ask([-30, gridPage])).toEqual([]);
    expect(pages.ask([990, 5000])).toEqual([800]);
    expect(new Pages(1, 0).ask([0, 100])).toEqual([]);
  });

  test('hold items and names by position, and find images', () => {
    const pages = new Pages(1, 1000);
    pages.take(200, items(200, 200));
    pages.takeNames(500, ['500.png', '501.png']);
    expect(pages.item(250)?.image).toBe('250.png');
    expect(pages.item(500)).toBeUndefined();
    expect(pages.name(500)).toBe('500.png');
    expect(pages.positionOf('501.png')).toBe(501);
    expect(pages.has([200, 400])).toBe(true);
    expect(pages.has([199, 210])).toBe(false);
    expect(
      pages.namesOf([
        [399, 401],
        [500, 501],
      ]),
    ).toEqual(['399.png', '500.png']);
    expect(
      pages.nameless([
        [398, 402],
        [500, 503],
      ]),
    ).toEqual([
      [400, 402],
      [502, 503],
    ]);
  });

  test('take changes of items that they hold, and of no others', () => {
    const pages = new Pages(1, 1000);
    pages.take(0, items(0, 3));
    pages.takeNames(7, ['7.png']);
    pages.update([item('1.png', { label: 'defective' }), item('7.png'), item('other.png')]);
    expect(pages.item(1)?.label).toBe('defective');
    expect(pages.item(7)).toBeUndefined();
  });
});

describe('a listing that arrives', () => {
  const listing = (part: Partial<ListingMessage>): ListingMessage => ({
    ...{ type: 'listing', id: 1, version: 2, total: 900, reading: false, filtered: false },
    ...{ text: '', threshold: null, places: [], selected: [] },
    ...part,
  });

  test('places the images that it was asked for', () => {
    const asked = { id: 1, places: ['a', 'b'], selected: ['c', 'd'] };
    const arrival = new Arrival(listing({ places: [null, 41], selected: [7, null] }), asked);
    expect(arrival.positionOf('a')).toBeUndefined();
    expect(arrival.firstOf(['a', 'b'])).toBe(41);
    expect(arrival.selectedOf(['c', 'd', 'e'])).toEqual([[7, 8]]);
    expect(arrival.pages.name(41)).toBe('b');
  });

  test('is ready when what will be seen came', () => {
    const arrival = new Arrival(listing({}), { id: 1, places: [], selected: [] });
    arrival.need([880, 1300]);
    expect(arrival.needed).toEqual([480, 900]);
    expect(arrival.ready).toBe(false);
    arrival.pages.take(400, items(400, 500));
    expect(arrival.ready).toBe(true);
  });

  test('of nothing is ready at once', () => {
    const arrival = new Arrival(listing({ total: 0 }), { id: 1, places: [], selected: [] });
    arrival.need([0, 50]);
    expect(arrival.ready).toBe(true);
  });
});

describe('pictures', () => {
  const picture = (image: string, uri: string | null = `uri:${image}`) => ({ image, uri });

  test('are told apart by kind and size; another size stands in', () => {
    const store = new PictureStore();
    store.take({ kind: 'plain', side: 192, pictures: [picture('a'), picture('b', null)] });
    expect(store.find('plain', 192, 'a')).toBe('uri:a');
    expect(store.find('plain', 384, 'a')).toBe('uri:a');
    expect(store.find('overlay', 192, 'a')).toBeUndefined();
    expect(store.find('plain', 192, 'b')).toBeNull();
    expect(store.absent('plain', 192, ['c', 'a', 'd', 'b'])).toEqual(['c', 'd']);
    expect(store.absent('plain', 384, ['a'])).toEqual(['a']);
  });

  test('are shown on while they may have changed', () => {
    const store = new PictureStore();
    store.take({ kind: 'plain', side: 192, pictures: [picture('a'), picture('b')] });
    expect(store.doubtful('plain', 192, ['a', 'b'])).toEqual([]);
    store.doubt();
    expect(store.find('plain', 192, 'a')).toBe('uri:a');
    expect(store.absent('plain', 192, ['a'])).toEqual([]);
    store.take({ kind: 'plain', side: 192, pictures: [picture('b')] });
    expect(store.doubtful('plain', 192, ['a', 'b'])).toEqual(['a']);
  });

  test('that cannot be loaded are asked for once more', () => {
    const store = new PictureStore();
    const taken = { kind: 'plain', side: 192, pictures: [picture('a')] } as const;
    store.take(taken);
    store.fail('plain', 192, 'a');
    expect(store.absent('plain', 192, ['a'])).toEqual(['a']);
    store.take(taken);
    store.fail('plain', 192, 'a');
    expect(store.absent('plain', 192, ['a'])).toEqual([]);
    expect(store.find('plain', 192, 'a')).toBeNull();
  });

  test('the oldest are forgotten', () => {
    const store = new PictureStore(3);
    for (const image of ['a', 'b', 'c', 'a', 'd']) {
      store.take({ kind: 'plain', side: 192, pictures: [picture(image)] });
    }
    expect(store.absent('plain', 192, ['a', 'b', 'c', 'd'])).toEqual(['b']);
  });

  test('are asked for at the least size that is large enough', () => {
    expect([80, 192, 193, 500, 4000].map(sideFor)).toEqual([192, 192, 384, 768, 768]);
  });
});
