/** The image grid in a browser, with the extension's own session at the other end: 10,000 images. */
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../protocol/dataset.ts';
import { whyNot } from './support/browser.ts';
import { project } from './support/fakeServer.ts';
import { makeSamples } from './support/gridFixture.ts';
import { cells, focused, gridsInBrowser, isReady, pictured } from './support/gridPage.ts';

describe.skipIf(whyNot !== undefined)('the grid', () => {
  const { open, grid } = gridsInBrowser();

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
    const pages = grid().view.saidOf('page').length;
    expect(pages).toBeLessThan(30);
  });

  test('while it scrolls on, pictures of what went by are cancelled', async () => {
    const page = await open();
    await isReady(page);
    await pictured(page);
    grid().server.pictureDelay = 400;
    for (let i = 1; i <= 8; i += 1) {
      await page.evaluate((at) => {
        const scroller = document.querySelector('.scroller');
        if (scroller !== null) scroller.scrollTop = at * 20_000;
      }, i);
      await page.waitForTimeout(120);
    }
    grid().server.pictureDelay = 5;
    await pictured(page);
    const ends = grid().server.pictures.map(({ ended }) => ended);
    expect(ends.filter((ended) => ended === 'cancelled').length).toBeGreaterThan(3);
    const most = Math.max(...grid().server.pictures.map(({ images }) => images.length));
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

  test('Enter and a double click open an image', async () => {
    const page = await open();
    await isReady(page);
    await cells(page).nth(1).click();
    const name = await focused(page);
    await page.keyboard.press('Enter');
    await expect.poll(() => grid().opened).toEqual([name]);
    await cells(page).nth(2).dblclick();
    await expect.poll(() => grid().opened.length).toBe(2);
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
    await expect.poll(() => JSON.stringify(grid().view.state)).toContain(name);
    const { state } = grid().view;
    await grid().view.close();
    const again = await open({}, { state });
    await again.waitForSelector(`.cell[data-image="${name}"]`);
    await again.bringToFront();
    const where = await again.evaluate(() =>
      document.querySelector('.cell[tabindex="0"]')?.getAttribute('data-image'),
    );
    expect(where).toBe(name);
  });
});
