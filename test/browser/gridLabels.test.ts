/** Labelling in the grid: what is selected, marked, taken along when the dataset changes, and never lost. */
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../protocol/dataset.ts';
import { whyNot } from './support/browser.ts';
import { makeSamples } from './support/gridFixture.ts';
import { cells, focused, gridsInBrowser, isReady, pictured, selected } from './support/gridPage.ts';

describe.skipIf(whyNot !== undefined)('labelling in the grid', () => {
  const { open, grid } = gridsInBrowser();

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
    await expect.poll(() => grid().labels.written.length).toBe(1);
    expect([...(grid().labels.written[0]?.images ?? [])].sort()).toEqual(chosen);
    expect(grid().labels.written[0]?.change).toEqual({ label: 'defective' });
    expect(grid().labels.written[0]?.title).toBe('Mark defective: 3 images');
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
    await expect.poll(() => grid().labels.written[0]?.images.length).toBe(3000);
    expect(grid().labels.written[0]?.change).toEqual({ label: 'ok', supervision: '' });
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
    await expect.poll(() => grid().labels.written.length).toBe(3);
    expect(grid().labels.written.map(({ images }) => images)).toEqual(
      names.slice(0, 3).map((name) => [name]),
    );
    expect(grid().labels.written.map(({ change }) => change.label)).toEqual([
      'ok',
      'defective',
      '',
    ]);
    expect(await focused(page)).toBe(names[3]);
    const second = page.locator(`.cell[data-image="${names[1] ?? ''}"]`);
    await expect.poll(() => second.getAttribute('data-label')).toBe('defective');
    await page.getByLabel('Advance after marking').uncheck();
    await page.locator(`.cell[data-image="${names[3] ?? ''}"]`).click();
    await page.keyboard.press('1');
    await expect.poll(() => grid().labels.written.length).toBe(4);
    expect(await focused(page)).toBe(names[3]);
    expect(grid().view.saidOf('taste').at(-1)?.taste.advance).toBe(false);
  });

  test('a mark while the newer listing comes in is of the image that is seen', async () => {
    const page = await open();
    await isReady(page);
    await cells(page).nth(20).click();
    const expected: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      expected.push(await focused(page));
      await page.keyboard.press(i % 2 === 0 ? '1' : '2');
      grid().server.change((samples) => grid().labels.settled(samples));
      if (i % 3 === 0) await page.waitForTimeout(80);
    }
    await expect.poll(() => grid().labels.written.length).toBe(12);
    expect(grid().labels.written.flatMap(({ images }) => images)).toEqual(expected);
    expect(new Set(expected).size).toBe(12);
  });

  test('triage of unlabelled images: what is marked leaves, and the next takes its place', async () => {
    const page = await open();
    await isReady(page);
    grid().explorer.change({ filter: { states: ['unlabelled'] } });
    await expect.poll(() => page.textContent('.count')).toMatch(/^3,\d+ images$/);
    const total = Number((await page.textContent('.count'))?.replace(/\D/g, ''));
    await cells(page).nth(4).click();
    for (let i = 1; i <= 5; i += 1) {
      const before = await focused(page);
      await page.keyboard.press('1');
      grid().server.change((samples) => grid().labels.settled(samples));
      await expect
        .poll(() => page.textContent('.count'))
        .toBe(`${(total - i).toLocaleString('en')} images`);
      expect(await focused(page)).not.toBe(before);
      expect(await page.locator(`.cell[data-image="${before}"]`).count()).toBe(0);
    }
    expect(new Set(grid().labels.written.flatMap(({ images }) => images)).size).toBe(5);
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
    grid().server.change((samples) => [...added, ...samples]);
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
    await expect.poll(() => grid().labels.written.at(-1)?.images).toEqual([seen]);
    expect(await page.textContent('.large-position')).toBe('6 of 10,000');
    const last = await large.getByRole('heading').textContent();
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.querySelector('dialog')?.open)).toBe(false);
    await expect.poll(() => focused(page)).toBe(last);
    expect(grid().view.saidOf('taste').at(-1)?.taste.kind).toBe('overlay');
  });

  test('the server is away: it says so, shows what it has, and labels are written', async () => {
    const page = await open();
    await isReady(page);
    await pictured(page);
    grid().server.goAway();
    await expect.poll(() => page.textContent('.status-text')).toContain('will not be restarted');
    await cells(page).nth(1).click();
    await page.keyboard.press('2');
    await expect.poll(() => grid().labels.written.length).toBe(1);
    await expect.poll(() => cells(page).nth(1).getAttribute('data-label')).toBe('defective');
    await page.getByRole('button', { name: 'Restart Server' }).click();
    await expect.poll(() => grid().opened).toEqual(['server.restart']);
    grid().server.comeBack();
    await expect.poll(() => page.isHidden('.status')).toBe(true);
    grid().server.change((samples) => grid().labels.settled(samples));
    await expect.poll(() => grid().view.saidOf('refresh').length).toBeGreaterThan(1);
  });

  test('nobody hears the marks: it says so, with the way out, until somebody does', async () => {
    const page = await open();
    await isReady(page);
    await cells(page).first().click();
    grid().view.isUnheard = true;
    await page.keyboard.press('2');
    await expect.poll(() => page.textContent('.status-text')).toContain('were not written');
    const way = page.getByRole('link', { name: 'Reload Window' });
    expect(await way.getAttribute('href')).toBe('command:workbench.action.reloadWindow');
    expect(grid().labels.written).toEqual([]);
    grid().view.isUnheard = false;
    await page.keyboard.press('2');
    await expect.poll(() => page.isHidden('.status')).toBe(true);
  });

  test("Ctrl+Z in the box is the box's own; in the grid VS Code hears it", async () => {
    const page = await open();
    await isReady(page);
    await page.evaluate(() => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      window.addEventListener('keydown', ({ key, ctrlKey }) => {
        if (ctrlKey) heard.push(key);
      });
    });
    const heard = () =>
      page.evaluate(() => (window as unknown as { heard: string[] }).heard.join());
    await page.getByRole('searchbox').focus();
    await page.keyboard.press('Control+z');
    expect(await heard()).not.toContain('z');
    await cells(page).first().click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Control+z');
    expect(await heard()).toMatch(/z$/);
    expect(await heard()).not.toContain('a');
  });
});
