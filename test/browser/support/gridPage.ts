/** What tests do with the grid's page, and the browser around it. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launch } from './browser.ts';
import { openGrid } from './gridFixture.ts';
import type { GridFixture, GridOptions, GridPageOptions } from './gridFixture.ts';
import { makePictures } from './pictures.ts';

export const cells = (page: Page): Locator => page.getByRole('option');

/** Name of the image that has the keyboard's focus. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.getAttribute('data-image') ?? '');

/** Names of the selected images that are drawn. */
export const selected = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('[aria-selected="true"]')]
      .map((cell) => cell.getAttribute('data-image') ?? '')
      .sort(),
  );

export const isReady = (page: Page): Promise<unknown> =>
  page.waitForSelector('.cell[data-image*="part_"]');

/** All cells in sight have their picture. */
export const pictured = (page: Page): Promise<unknown> =>
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

/** A browser for all tests of a file; each test opens its own grid, which must end without faults. */
export function gridsInBrowser(): {
  readonly open: (options?: GridOptions, page?: GridPageOptions) => Promise<Page>;
  readonly grid: () => GridFixture;
} {
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
  return {
    open: async (options = {}, page = {}) => {
      grid = await openGrid(browser, options, { picture, ...page });
      return grid.view.page;
    },
    grid: () => grid,
  };
}
