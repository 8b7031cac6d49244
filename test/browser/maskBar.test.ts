/** The bar above the mask editor, where there is little room. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch, whyNot } from './support/browser.ts';
import { openMask } from './support/maskFixture.ts';

describe.skipIf(whyNot !== undefined)('the bar of the mask editor', () => {
  let browser: Browser;
  beforeAll(async () => (browser = await launch()));
  afterAll(async () => await browser.close());

  test('a long label gives way in a narrow editor; score and outcome stay, the tooltip has all', async () => {
    const mask = await openMask(browser, {});
    const { page } = mask.view;
    await page.locator('.label-state').waitFor();
    const kind = 'a kind of defect with a very long name from a folder of somebody else';
    const label = { state: 'mask', kind, score: 0.123, outcome: 'FN' } as const;
    for (const width of [1000, 560, 420]) {
      await page.setViewportSize({ width, height: 600 });
      mask.view.post({ type: 'label', label });
      const figures = page.locator('.label-state .outcome');
      await expect.poll(() => figures.textContent()).toBe('✕ FN');
      const box = await figures.boundingBox();
      expect(await page.textContent('.label-score')).toBe('Score 0.123');
      expect(box?.x, `at ${width}`).toBeGreaterThan(0);
      expect((box?.x ?? 0) + (box?.width ?? 0), `at ${width}`).toBeLessThanOrEqual(width);
      const title = await page.getAttribute('.label-state', 'title');
      expect(title).toContain(`${kind} · Score 0.123 · FN`);
      const name = page.locator('.label-name');
      expect(await name.evaluate((text) => text.clientWidth), `at ${width}`).toBeGreaterThan(30);
      expect(await name.evaluate((text) => text.scrollWidth > text.clientWidth)).toBe(true);
      // Nothing of the bars lies over the figures.
      const hit = await figures.evaluate((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        const above = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return element.contains(above);
      });
      expect(hit, `at ${width}`).toBe(true);
    }
    await mask.view.close();
  });
});
