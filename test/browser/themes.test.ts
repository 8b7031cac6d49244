/** Both views in VS Code's themes: axe finds nothing serious, colours follow, and pictures of them can be kept. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AxeResults, RunOptions } from 'axe-core';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch, whyNot } from './support/browser.ts';
import { openGrid } from './support/gridFixture.ts';
import type { GridFixture } from './support/gridFixture.ts';
import { makePictures } from './support/pictures.ts';
import { themeNames } from './support/themes.ts';
import type { ThemeName } from './support/themes.ts';
import { RunWriter, openTraining, runItem } from './support/trainingFixture.ts';

/** Where to keep pictures of the views, for a person to look at. */
const folder = process.env['SEGDEC_SCREENSHOTS'];

async function keep(page: Page, name: string): Promise<void> {
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** What axe finds that keeps people from using a page. */
async function findings(page: Page, forced = false): Promise<string[]> {
  await page.evaluate(axe.source);
  // Forced colours are chosen by the browser after styles are computed: axe sees those from before.
  const options: RunOptions = { rules: { 'color-contrast': { enabled: !forced } } };
  const { violations } = await page.evaluate(async (rules) => {
    const { axe: inPage } = window as unknown as {
      axe: { run(options: RunOptions): Promise<AxeResults> };
    };
    return await inPage.run(rules);
  }, options);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({ html }) => html.slice(0, 160))
          .join(' | ')}`,
    );
}

const drawn = (page: Page) =>
  page.waitForFunction(() =>
    [...document.querySelectorAll('img')].every((image) => image.complete),
  );

describe.skipIf(whyNot !== undefined)('themes', () => {
  let browser: Browser;
  let picture: (file: string) => Uint8Array;

  beforeAll(async () => {
    [browser, picture] = await Promise.all([launch(), makePictures()]);
  });
  afterAll(async () => await browser.close());

  const choose = async ({ view: { page } }: GridFixture): Promise<void> => {
    await page.waitForSelector('.cell[data-image*="part_"]');
    await page.waitForFunction(
      () => document.querySelectorAll('.cell img:not([hidden])').length > 10,
    );
    await page.getByRole('option').nth(2).click();
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Control+ArrowDown');
    await page.waitForSelector('.progress-text:not(:empty)');
    await drawn(page);
  };

  test.each(themeNames)('the grid, %s', async (theme) => {
    const grid = await openGrid(browser, {}, { picture, theme });
    const { page } = grid.view;
    await choose(grid);
    expect(await findings(page)).toEqual([]);
    await keep(page, `grid-${theme}`);
    await page.keyboard.press(' ');
    await page.keyboard.press('h');
    await page.waitForFunction(() =>
      document.querySelector<HTMLImageElement>('.picture img')?.src.includes('overlay-1600'),
    );
    await drawn(page);
    expect(await findings(page)).toEqual([]);
    await keep(page, `large-${theme}`);
    await page.keyboard.press('Escape');
    grid.server.goAway();
    await page.waitForSelector('.status:not([hidden])');
    expect(await findings(page)).toEqual([]);
    await keep(page, `grid-away-${theme}`);
    expect(grid.view.faults).toEqual([]);
    await grid.view.close();
  });

  test.each(themeNames)('the training view, %s', async (theme) => {
    const writer = new RunWriter().start().epochs(1, 23).steps(24, 60);
    writer.say({
      kind: 'warning',
      message: 'The image is cut off and was left out.',
      file: 'train/part_017.png',
    });
    writer.say({ kind: 'error', message: 'The decoder ended; it was started again.' });
    const { view } = await openTraining(browser, writer, runItem({ epoch: 23 }), { theme });
    const { page } = view;
    await page.waitForSelector('.chart canvas');
    await page.waitForSelector('[data-fact="best"]');
    expect(await findings(page)).toEqual([]);
    await keep(page, `training-${theme}`);
    await page.getByRole('button', { name: 'Show as a table' }).first().click();
    await page.getByRole('application').first().focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('PageDown');
    expect(await findings(page)).toEqual([]);
    await keep(page, `training-table-${theme}`);
    expect(view.faults).toEqual([]);
    await view.close();
  });

  test('curves take the colours of a theme that is chosen later', async () => {
    const writer = new RunWriter().start().epochs(1, 23);
    const { view } = await openTraining(browser, writer, runItem({ state: 'finished' }), {
      theme: 'dark',
    });
    const { page } = view;
    await page.waitForSelector('[data-fact="best"]');
    const colours = () =>
      page.evaluate(() => {
        const canvas = document.querySelector('canvas');
        const context = canvas?.getContext('2d');
        if (canvas === null || !context) return [];
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        const seen = new Set<string>();
        for (let at = 0; at < data.length; at += 4) {
          if (data[at + 3] === 255) seen.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
        }
        return [...seen];
      });
    await expect.poll(colours).toContain('55,148,255');
    await view.setTheme('light' satisfies ThemeName);
    await expect.poll(colours).toContain('26,133,255');
    expect(await colours()).not.toContain('55,148,255');
    await view.close();
  });

  test('colours of the system, forced on the page, leave all to be told apart', async () => {
    const grid = await openGrid(browser, {}, { picture, theme: 'dark', forcedColors: true });
    await choose(grid);
    await keep(grid.view.page, 'grid-forced');
    expect(await findings(grid.view.page, true)).toEqual([]);
    await grid.view.close();
    const writer = new RunWriter().start().epochs(1, 23);
    const { view } = await openTraining(browser, writer, runItem({ state: 'finished' }), {
      forcedColors: true,
    });
    await view.page.waitForSelector('[data-fact="best"]');
    await keep(view.page, 'training-forced');
    expect(await findings(view.page, true)).toEqual([]);
    await view.close();
  });

  test('a narrow pane', async () => {
    const viewport = { width: 380, height: 700 };
    const grid = await openGrid(
      browser,
      { taste: { size: 88 } },
      { picture, theme: 'light', viewport },
    );
    await choose(grid);
    await keep(grid.view.page, 'grid-narrow');
    await grid.view.close();
    const writer = new RunWriter().start().epochs(1, 9).steps(10, 20);
    const { view } = await openTraining(browser, writer, runItem({ epoch: 9 }), {
      theme: 'dark',
      viewport,
    });
    await view.page.waitForSelector('[data-fact="best"], [data-fact="pace"]');
    await keep(view.page, 'training-narrow');
    expect(
      await view.page.evaluate(() => document.documentElement.scrollWidth),
    ).toBeLessThanOrEqual(380);
    await view.close();
  });
});
