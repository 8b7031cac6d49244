/** The image grid in a browser, with the extension's own session at the other end: 10,000 images. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Sample } from '../../protocol/dataset.ts';
import { launch, whyNot } from './support/browser.ts';
import { project } from './support/fakeServer.ts';
import { makeSamples, openGrid } from './support/gridFixture.ts';
import type { GridFixture, GridOptions, GridPageOptions } from './support/gridFixture.ts';
import { makePictures } from './support/pictures.ts';

describe.skipIf(whyNot !== undefined)('the grid', () => {
  let browser: Browser;
  let picture: (file: string) => Uint8Array;
  let grid: GridFixture;

  beforeAll(async () => {
    [browser, picture] = await Promise.all([launch(), makePictures()]);
  });
  afterAll(async () => await browser.close());
  afterEach(async () => {
    expect(grid.view.faults).toEqual([]);
    expect(grid.errors).toEqual([]);
    await grid.view.close();
  });

  async function open(options: GridOptions = {}, page: GridPageOptions = {}): Promise<Page> {
    grid = await openGrid(browser, options, { picture, ...page });
    return grid.view.page;
  }

  const cells = (page: Page) => page.getByRole('option');
  /** Name of the image that has the keyboard's focus. */
  const focused = (page: Page) =>
    page.evaluate(() => document.activeElement?.getAttribute('data-image') ?? '');
  /** Names of the selected images that are drawn. */
  const selected = (page: Page) =>
    page.evaluate(() =>
      [...document.querySelectorAll('[aria-selected="true"]')]
        .map((cell) => cell.getAttribute('data-image') ?? '')
        .sort(),
    );
  const isReady = (page: Page) => page.waitForSelector('.cell[data-image*="part_"]');

  /** All cells in sight have their picture. */
  const pictured = (page: Page) =>
    page.waitForFunction(() => {
      const box = document.querySelector('.scroller')?.getBoundingClientRect();
      const inSight = [...document.querySelectorAll('.cell')].filter((cell) => {
        const { top, bottom } = cell.getBoundingClientRect();
        return box !== undefined && bottom > box.top && top < box.bottom;
      });
      return (
        inSight.length > 0 &&
        inSight.every((cell) => {
          const image = cell.querySelector('img');
          return image !== null && image.complete && image.naturalWidth > 0;
        })
      );
    });

  test('shows images, counts, and how far the labelling is', async () => {
    const page = await open();
    await isReady(page);
    await pictured(page);
    await expect.poll(() => page.textContent('.count')).toBe('10,000 images');
    await expect
      .poll(() => page.textContent('.progress-text'))
      .toMatch(/^6,\d+ of 10,000 labelled$/);
    const first = cells(page).first();
    expect(await first.getAttribute('aria-setsize')).toBe('10000');
    expect(await first.getAttribute('aria-posinset')).toBe('1');
    expect(await first.textContent()).toMatch(/^.*part_00000\.png.*Defective/);
    expect(await page.getByRole('listbox').getAttribute('aria-multiselectable')).toBe('true');
  });

  test('scrolls through 10,000 images with few elements, and each cell in sight gets its picture', async () => {
    const page = await open();
    await isReady(page);
    const elements: number[] = [];
    for (const share of [0.1, 0.5, 0.9, 0.2, 1, 0]) {
      await page.evaluate((at) => {
        const scroller = document.querySelector('.scroller');
        if (scroller !== null) scroller.scrollTop = at * scroller.scrollHeight;
      }, share);
      await page.mouse.move(500, 400);
      await page.mouse.wheel(0, 240);
      await pictured(page);
      elements.push(await page.evaluate(() => document.querySelectorAll('*').length));
    }
    console.log(`Elements while scrolling: ${elements.join(', ')}.`);
    expect(Math.max(...elements)).toBeLessThan(2000);
    expect(await cells(page).count()).toBeLessThan(150);
    // Sparse: not all of the 50 pages were needed.
    const pages = grid.view.saidOf('page').length;
    expect(pages).toBeLessThan(30);
  });

  test('while it scrolls on, pictures of what went by are cancelled', async () => {
    const page = await open();
    await isReady(page);
    await pictured(page);
    grid.server.pictureDelay = 400;
    for (let i = 1; i <= 8; i += 1) {
      await page.evaluate((at) => {
        const scroller = document.querySelector('.scroller');
        if (scroller !== null) scroller.scrollTop = at * 20_000;
      }, i);
      await page.waitForTimeout(120);
    }
    grid.server.pictureDelay = 5;
    await pictured(page);
    const ends = grid.server.pictures.map(({ ended }) => ended);
    expect(ends.filter((ended) => ended === 'cancelled').length).toBeGreaterThan(3);
    const most = Math.max(...grid.server.pictures.map(({ images }) => images.length));
    expect(most).toBeLessThanOrEqual(200);
  });

  test('arrow keys, Home, End and pages move the focus; it survives scrolling away', async () => {
    const page = await open();
    await isReady(page);
    await cells(page).first().click();
    const columns = await page.evaluate(() => {
      const tops = [...document.querySelectorAll('.cell')].map(
        (c) => c.getBoundingClientRect().top,
      );
      return tops.filter((top) => top === tops[0]).length;
    });
    expect(columns).toBeGreaterThan(3);
    const position = async () =>
      Number(await page.evaluate(() => document.activeElement?.getAttribute('aria-posinset')));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    expect(await position()).toBe(2 + columns);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowLeft');
    expect(await position()).toBe(1);
    await page.keyboard.press('PageDown');
    expect(await position()).toBeGreaterThan(columns);
    await page.keyboard.press('End');
    await expect.poll(position).toBe(10_000);
    await expect.poll(() => focused(page)).toContain('part_');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    const name = await focused(page);
    await page.mouse.move(500, 400);
    await page.mouse.wheel(0, 50_000);
    await pictured(page);
    expect(await focused(page)).toBe(name);
    await page.keyboard.press('ArrowRight');
    expect(await position()).toBe(3);
    const inSight = await page.evaluate(() => document.activeElement?.getBoundingClientRect().top);
    expect(inSight).toBeLessThan(760);
  });

  test('selects by keys and mouse, and marks all of it in one step', async () => {
    const page = await open();
    await isReady(page);
    await cells(page).nth(2).click();
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    expect((await selected(page)).length).toBe(3);
    await cells(page)
      .nth(7)
      .click({ modifiers: ['Control'] });
    await cells(page)
      .nth(3)
      .click({ modifiers: ['Control'] });
    const chosen = await selected(page);
    expect(chosen.length).toBe(3);
    expect(await page.textContent('.count')).toBe('3 selected of 10,000');
    await page.keyboard.press('2');
    await expect.poll(() => grid.labels.written.length).toBe(1);
    expect([...(grid.labels.written[0]?.images ?? [])].sort()).toEqual(chosen);
    expect(grid.labels.written[0]?.change).toEqual({ label: 'defective' });
    expect(grid.labels.written[0]?.title).toBe('Mark defective: 3 images');
    // Several stay where they are: the focus does not advance.
    expect(await selected(page)).toEqual(chosen);
    await cells(page).nth(0).click();
    await cells(page)
      .nth(9)
      .click({ modifiers: ['Shift'] });
    expect(await page.textContent('.count')).toBe('10 selected of 10,000');
    await page.keyboard.press('Escape');
    expect(await page.textContent('.count')).toBe('10,000 images');
  });

  test('Ctrl+A selects all, whose names are fetched, and 1 marks them', async () => {
    const page = await open({ samples: makeSamples(3000) });
    await isReady(page);
    await cells(page).first().click();
    await page.keyboard.press('Control+a');
    expect(await page.textContent('.count')).toBe('3,000 selected of 3,000');
    await page.keyboard.press('1');
    await expect.poll(() => grid.labels.written[0]?.images.length).toBe(3000);
    expect(grid.labels.written[0]?.change).toEqual({ label: 'ok', supervision: '' });
    await expect.poll(() => page.textContent('.progress-text')).toBe('3,000 of 3,000 labelled');
  });

  test('triage: 1, 2 and 0 mark the focused image and go on to the next', async () => {
    const page = await open();
    await isReady(page);
    await cells(page).first().click();
    const names = await page.evaluate(() =>
      [...document.querySelectorAll('.cell')].slice(0, 4).map((c) => c.getAttribute('data-image')),
    );
    for (const key of ['1', '2', '0']) await page.keyboard.press(key);
    await expect.poll(() => grid.labels.written.length).toBe(3);
    expect(grid.labels.written.map(({ images }) => images)).toEqual(
      names.slice(0, 3).map((name) => [name]),
    );
    expect(grid.labels.written.map(({ change }) => change.label)).toEqual(['ok', 'defective', '']);
    expect(await focused(page)).toBe(names[3]);
    const second = page.locator(`.cell[data-image="${names[1] ?? ''}"]`);
    await expect.poll(() => second.getAttribute('data-label')).toBe('defective');
    await page.getByLabel('Advance after marking').uncheck();
    await page.locator(`.cell[data-image="${names[3] ?? ''}"]`).click();
    await page.keyboard.press('1');
    await expect.poll(() => grid.labels.written.length).toBe(4);
    expect(await focused(page)).toBe(names[3]);
    expect(grid.view.saidOf('taste').at(-1)?.taste.advance).toBe(false);
  });

  test('a mark while the newer listing comes in is of the image that is seen', async () => {
    const page = await open();
    await isReady(page);
    await cells(page).nth(20).click();
    const expected: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      expected.push(await focused(page));
      await page.keyboard.press(i % 2 === 0 ? '1' : '2');
      grid.server.change((samples) => grid.labels.settled(samples));
      if (i % 3 === 0) await page.waitForTimeout(80);
    }
    await expect.poll(() => grid.labels.written.length).toBe(12);
    expect(grid.labels.written.flatMap(({ images }) => images)).toEqual(expected);
    expect(new Set(expected).size).toBe(12);
  });

  test('triage of unlabelled images: what is marked leaves, and the next takes its place', async () => {
    const page = await open();
    await isReady(page);
    grid.explorer.change({ filter: { states: ['unlabelled'] } });
    await expect.poll(() => page.textContent('.count')).toMatch(/^3,\d+ images$/);
    const total = Number((await page.textContent('.count'))?.replace(/\D/g, ''));
    await cells(page).nth(4).click();
    for (let i = 1; i <= 5; i += 1) {
      const before = await focused(page);
      await page.keyboard.press('1');
      grid.server.change((samples) => grid.labels.settled(samples));
      await expect
        .poll(() => page.textContent('.count'))
        .toBe(`${(total - i).toLocaleString('en')} images`);
      expect(await focused(page)).not.toBe(before);
      expect(await page.locator(`.cell[data-image="${before}"]`).count()).toBe(0);
    }
    expect(new Set(grid.labels.written.flatMap(({ images }) => images)).size).toBe(5);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-posinset'))).toBe(
      '5',
    );
  });

  test('focus, selection and place on the screen stay with their images when the dataset changes', async () => {
    const page = await open();
    await isReady(page);
    await cells(page).nth(30).click();
    await page.keyboard.press('Shift+ArrowRight');
    const [name, chosen] = [await focused(page), await selected(page)];
    const top = () => page.evaluate(() => document.activeElement?.getBoundingClientRect().top);
    const before = await top();
    const added = Array.from({ length: 700 }, (_, i): Sample => {
      const image = `a new/${String(i).padStart(4, '0')}.png`;
      return { image, label: 'unlabelled', split: 'train', kind: '', weak: false };
    });
    grid.server.change((samples) => [...added, ...samples]);
    await expect.poll(() => page.textContent('.count')).toBe('2 selected of 10,700');
    expect(await focused(page)).toBe(name);
    expect(await selected(page)).toEqual(chosen);
    expect(Math.abs(((await top()) ?? 0) - (before ?? 0))).toBeLessThan(2);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-posinset'))).toBe(
      '732',
    );
  });

  test('space looks at one image large: other images, heat map, marks, Escape', async () => {
    const page = await open();
    await isReady(page);
    await cells(page).nth(3).click();
    const first = await focused(page);
    await page.keyboard.press(' ');
    const large = page.getByRole('dialog');
    await expect.poll(() => large.getByRole('heading').textContent()).toBe(first);
    await page.waitForFunction(() =>
      document.querySelector<HTMLImageElement>('.picture img')?.src.includes('plain-1600'),
    );
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => large.getByRole('heading').textContent()).not.toBe(first);
    expect(await page.textContent('.large-position')).toBe('5 of 10,000');
    await page.keyboard.press('h');
    await page.waitForFunction(() =>
      document.querySelector<HTMLImageElement>('.picture img')?.src.includes('overlay-1600'),
    );
    const seen = await large.getByRole('heading').textContent();
    await page.keyboard.press('2');
    await expect.poll(() => grid.labels.written.at(-1)?.images).toEqual([seen]);
    expect(await page.textContent('.large-position')).toBe('6 of 10,000');
    const last = await large.getByRole('heading').textContent();
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.querySelector('dialog')?.open)).toBe(false);
    expect(await focused(page)).toBe(last);
    expect(grid.view.saidOf('taste').at(-1)?.taste.kind).toBe('overlay');
  });

  test('Enter and a double click open an image', async () => {
    const page = await open();
    await isReady(page);
    await cells(page).nth(1).click();
    const name = await focused(page);
    await page.keyboard.press('Enter');
    await expect.poll(() => grid.opened).toEqual([name]);
    await cells(page).nth(2).dblclick();
    await expect.poll(() => grid.opened.length).toBe(2);
  });

  test('names are text, whatever they are', async () => {
    const image = (name: string): Sample => ({
      ...{ image: name, label: 'ok', split: 'train', weak: false },
      kind: '<img src=x onerror=alert(1)>',
    });
    const names = [
      '<img src=x onerror=window.hacked=1>.png',
      '"><script>window.hacked=1<!--.png',
      "'`${1}.png",
    ];
    const page = await open({ samples: names.map(image) });
    await page.waitForSelector('.cell[data-image]');
    await expect.poll(() => cells(page).count()).toBe(3);
    await cells(page).first().click();
    await page.keyboard.press(' ');
    await page.waitForTimeout(200);
    const texts = await page.evaluate(() =>
      [...document.querySelectorAll('.cell .name')].map((name) => name.textContent),
    );
    expect([...texts].sort()).toEqual([...names].sort());
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  });

  test('the server is away: it says so, shows what it has, and labels are written', async () => {
    const page = await open();
    await isReady(page);
    await pictured(page);
    grid.server.goAway();
    await expect.poll(() => page.textContent('.status-text')).toContain('will not be restarted');
    await cells(page).nth(1).click();
    await page.keyboard.press('2');
    await expect.poll(() => grid.labels.written.length).toBe(1);
    await expect.poll(() => cells(page).nth(1).getAttribute('data-label')).toBe('defective');
    await page.getByRole('button', { name: 'Restart Server' }).click();
    await expect.poll(() => grid.opened).toEqual(['server.restart']);
    grid.server.comeBack();
    await expect.poll(() => page.isHidden('.status')).toBe(true);
    grid.server.change((samples) => grid.labels.settled(samples));
    await expect.poll(() => grid.view.saidOf('refresh').length).toBeGreaterThan(1);
  });

  test('a group of the tree stands for all below it', async () => {
    const samples = makeSamples(900);
    const group = { id: 'split/test', name: 'Test', groupBy: 'split' } as const;
    const page = await open({ samples, place: { project, group } });
    await isReady(page);
    const tests = samples.filter(({ split }) => split === 'test').length;
    await expect.poll(() => page.textContent('.count')).toBe(`${tests} images`);
    await page.getByRole('listbox').press('End');
    await cells(page).first().click();
    await page.keyboard.press('End');
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-posinset')))
      .toBe(String(tests));
  });

  test('the box filters by name; an empty result says why', async () => {
    const page = await open();
    await isReady(page);
    await page.getByRole('searchbox').fill('part_0001');
    await expect.poll(() => page.textContent('.count')).toBe('10 images');
    await page.getByRole('searchbox').fill('nothing like this');
    await expect.poll(() => page.textContent('.empty p')).toBe('No image meets the filter.');
    await page.getByRole('button', { name: 'Clear filter by name' }).click();
    await expect.poll(() => page.textContent('.count')).toBe('10,000 images');
  });

  test('an image that cannot be read says so and costs nothing else', async () => {
    const samples = makeSamples(20);
    const broken: Sample = { ...samples[0], image: 'line 1/broken.png' } as Sample;
    const page = await open({ samples: [broken, ...samples] });
    await isReady(page);
    await expect
      .poll(() => page.locator('.cell[data-image*="broken"] .note').textContent())
      .toBe('Cannot be read');
    await expect.poll(() => page.locator('.cell img:not([hidden])').count()).toBe(20);
  });

  test('comes back where it was', async () => {
    const page = await open();
    await isReady(page);
    await cells(page).first().click();
    await page.keyboard.press('End');
    await expect.poll(() => focused(page)).toContain('part_');
    const name = await focused(page);
    await expect.poll(() => JSON.stringify(grid.view.state)).toContain(name);
    const { state } = grid.view;
    await grid.view.close();
    const again = await open({}, { state });
    await again.waitForSelector(`.cell[data-image="${name}"]`);
    await again.bringToFront();
    const where = await again.evaluate(() =>
      document.querySelector('.cell[tabindex="0"]')?.getAttribute('data-image'),
    );
    expect(where).toBe(name);
  });
});
