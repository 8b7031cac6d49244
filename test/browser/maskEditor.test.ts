/** The mask editor's page in a browser, with a document in memory at the other end. */
import { mkdir } from 'node:fs/promises';
import type { AxeResults } from 'axe-core';
import axe from 'axe-core';
import fc from 'fast-check';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { eachShapeSpan } from '../../protocol/mask/raster.ts';
import type { Shape, Size } from '../../protocol/mask/raster.ts';
import { fitView, toImage } from '../../webview-ui/maskEditor/view.ts';
import { mapSizeOf } from '../../protocol/mapGeometry.ts';
import { apart, hotMap, inputAndImages, placeOf } from '../support/hotMap.ts';
import { launch, whyNot } from './support/browser.ts';
import type { MaskFixture } from './support/maskFixture.ts';
import { openMask } from './support/maskFixture.ts';
import { themeNames } from './support/themes.ts';

const folder = '.cache/screenshots';

/** Shown and answered. */
async function ready({ view }: MaskFixture): Promise<Page> {
  await expect.poll(() => view.saidOf('painted').length, { timeout: 20_000 }).toBe(1);
  return view.page;
}

/** The middle of the stage, and the zoom that was told last. */
async function middle(page: Page): Promise<{ x: number; y: number }> {
  const box = await page.locator('.stage').boundingBox();
  if (box === null) throw new Error('there is no stage');
  return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
}

const told = ({ view }: MaskFixture) => view.saidOf('readings').at(-1);

/** How many pixels of the mask's canvas show something. */
const shown = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('canvas.mask');
    const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
    let sum = 0;
    for (let at = 3; at < (data?.length ?? 0); at += 4) if (data?.[at] !== 0) sum += 1;
    return sum;
  });

function maskOf(shape: Shape, width: number, height: number): MaskBits {
  const bits = new MaskBits(width, height);
  eachShapeSpan(shape, bits, (y, x0, x1) => bits.fill(y, x0, x1, true));
  return bits;
}

async function dab(mask: MaskFixture): Promise<void> {
  const { page } = mask.view;
  const edits = mask.view.saidOf('edit').length;
  const { x, y } = await middle(page);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 40, y + 10, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => mask.view.saidOf('edit').length).toBe(edits + 1);
}

describe.skipIf(whyNot !== undefined)('the mask editor', () => {
  let browser: Browser;
  beforeAll(async () => (browser = await launch()));
  afterAll(async () => await browser.close());

  test.each([0.5, 1, 8])('the brush paints the pixels under it at zoom %d', async (zoom) => {
    const mask = await openMask(browser, { width: 2048, height: 1024 });
    const page = await ready(mask);
    mask.view.post({ type: 'action', action: 'zoomToPixels' });
    await expect.poll(() => told(mask)?.zoom).toBe(1);
    const { x, y } = await middle(page);
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, (-100 * Math.log(zoom)) / Math.log(1.25));
    await expect.poll(() => told(mask)?.zoom).toBeCloseTo(zoom, 5);
    await page.mouse.move(x + 3, y + 3);
    await page.mouse.move(x, y);
    await page.waitForTimeout(250);
    const cursor = told(mask)?.cursor;
    await page.mouse.down();
    await page.mouse.up();
    await expect.poll(() => mask.layers.defect.count()).toBe(25);
    // A square of 5 around the pixel under the pointer.
    const { x: px = 0, y: py = 0 } = cursor ?? {};
    expect(mask.layers.defect.has(px, py)).toBe(true);
    expect(mask.layers.defect.has(px - 4, py)).toBe(false);
    await expect.poll(() => shown(page)).toBeGreaterThanOrEqual(Math.floor(25 * zoom ** 2));
    expect(await shown(page)).toBeLessThanOrEqual((5 * zoom + 1) ** 2);
    expect(mask.view.faults).toEqual([]);
    await mask.view.close();
  });

  test('a polygon by clicks and Enter; Ctrl+Z meanwhile takes back a point', async () => {
    const mask = await openMask(browser, { taste: { tool: 'polygon' } });
    const page = await ready(mask);
    const { x, y } = await middle(page);
    const corners = [
      [0, 0],
      [80, 0],
      [80, 60],
      [-50, 90],
    ] as const;
    for (const [dx, dy] of corners) {
      await page.mouse.click(x + dx, y + dy);
      await page.waitForTimeout(450);
    }
    await page.keyboard.press('Control+z');
    await page.keyboard.press('Enter');
    await expect.poll(() => mask.view.saidOf('edit').length).toBe(1);
    const zoom = told(mask)?.zoom ?? 1;
    const expected = maskOf(
      {
        kind: 'polygon',
        points: corners.slice(0, 3).map(([u, v]) => ({ x: 300 + u / zoom, y: 200 + v / zoom })),
      },
      ...([640, 400] as const),
    ).count();
    expect(Math.abs(mask.layers.defect.count() - expected)).toBeLessThan(expected * 0.05);
    expect(mask.view.saidOf('do')).toEqual([]);
    await mask.view.close();
  });

  test('undo, an edit of another view, and a refusal', async () => {
    const mask = await openMask(browser);
    const page = await ready(mask);
    await dab(mask);
    await expect.poll(() => shown(page)).toBeGreaterThan(100);
    mask.undo();
    await expect.poll(() => shown(page)).toBe(0);
    mask.refuses = true;
    await dab(mask);
    await expect.poll(() => page.textContent('[data-notice="refused"]')).toContain('Not taken: no');
    await expect.poll(() => shown(page)).toBe(0);
    await mask.view.close();
  });

  test('without an answer it stops painting, keeps the stroke and offers it after the reload', async () => {
    const mask = await openMask(browser);
    const page = await ready(mask);
    mask.view.isUnheard = true;
    await dab(mask);
    await page.waitForSelector('.status[data-state="lost"] a', { timeout: 5000 });
    expect(await page.textContent('.status[data-state="lost"]')).toContain('1 strokes are kept.');
    await page.mouse.down();
    await page.mouse.up();
    expect(mask.view.saidOf('edit').length).toBe(1);
    const { state } = mask.view;
    await mask.view.close();
    const again = await openMask(browser, {}, { state });
    await ready(again);
    await again.view.page.locator('[data-notice="kept"] .primary').click();
    await expect.poll(() => again.layers.defect.count()).toBeGreaterThan(100);
    await again.view.close();
  });

  test('no text, name or tooltip of the page shows a place that was to be filled', async () => {
    const page = await ready(await openMask(browser, {}));
    const raw = await page.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((element) => {
        const texts = [...element.attributes].map(({ value }) => value);
        if (element.children.length === 0) texts.push(element.textContent);
        return texts.filter((text) => /\{\d+\}/.test(text));
      }),
    );
    expect(raw).toEqual([]);
    expect(await page.locator('[data-action="describe"]').textContent()).toBe('Describe mask');
  });

  test('read-only: nothing is painted, and it says why', async () => {
    const mask = await openMask(browser, { readOnly: 'The folder cannot be written.' });
    const page = await ready(mask);
    const { x, y } = await middle(page);
    await page.mouse.click(x, y);
    await page.waitForTimeout(200);
    expect(mask.view.saidOf('edit')).toEqual([]);
    expect(await page.textContent('[data-notice="readOnly"]')).toBe(
      'The folder cannot be written.',
    );
    await mask.view.close();
  });

  test('the keyboard alone paints', async () => {
    const mask = await openMask(browser);
    const page = await ready(mask);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect.poll(() => mask.layers.defect.count()).toBe(25);
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => mask.layers.defect.count()).toBeGreaterThan(25);
    await mask.view.close();
  });

  test('the wand reads the image', async () => {
    const mask = await openMask(browser, { taste: { tool: 'wand', tolerance: 30 } });
    const page = await ready(mask);
    const { x, y } = await middle(page);
    // On the scratch, which crosses the middle's column at sine's height.
    await page.mouse.move(x, y);
    await page.mouse.click(x, y + 20);
    await page.waitForTimeout(500);
    await page.keyboard.press('Enter');
    await expect.poll(() => mask.layers.defect.count()).toBeGreaterThan(50);
    await mask.view.close();
  });

  test('the prediction is taken over: a region that is clicked, or all of it', async () => {
    const mask = await openMask(browser, { heat: true, taste: { tool: 'acceptPrediction' } });
    const page = await ready(mask);
    const { x, y } = await middle(page);
    await page.locator('.tools [data-tool="acceptPrediction"][aria-disabled="false"]').waitFor();
    // Nothing is predicted up there.
    await page.mouse.click(x, y - 150);
    await page.keyboard.press('Enter');
    expect(mask.layers.defect.isEmpty).toBe(true);
    await page.keyboard.press('Escape');
    await page.waitForTimeout(500);
    await page.mouse.click(x, y + 20 * (told(mask)?.zoom ?? 1));
    await page.keyboard.press('Enter');
    await expect.poll(() => mask.layers.defect.count()).toBeGreaterThan(50);
    const region = mask.layers.defect.clone();
    // On the scratch, and not beside it.
    expect(region.has(320, 219)).toBe(true);
    expect(region.has(320, 260)).toBe(false);
    mask.view.post({ type: 'action', action: 'acceptWholePrediction' });
    await expect.poll(() => mask.view.saidOf('edit').length).toBeGreaterThan(0);
    await expect.poll(() => mask.layers.defect.count()).toBeGreaterThanOrEqual(region.count());
    expect(mask.view.faults).toEqual([]);
    await mask.view.close();
  });

  test.each(inputAndImages.images)('the heat map lies where it belongs on %o', async (image) => {
    const map = mapSizeOf(inputAndImages.input);
    const cell = { x: 5, y: 9 };
    const mask = await openMask(browser, {
      ...{ ...image, heat: hotMap(map, cell), taste: { heatMap: true } },
    });
    const page = await ready(mask);
    const drawn = (): Promise<{ x: number; y: number; sum: number } & Size> =>
      page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('canvas.heat');
        const [width, height] = [canvas?.width ?? 0, canvas?.height ?? 0];
        const data = canvas?.getContext('2d')?.getImageData(0, 0, width, height).data;
        let [x, y, sum] = [0, 0, 0];
        for (let i = 0; i < width * height; i += 1) {
          const alpha = data?.[4 * i + 3] ?? 0;
          sum += alpha;
          x += alpha * ((i % width) + 0.5);
          y += alpha * (Math.floor(i / width) + 0.5);
        }
        return { x: x / sum, y: y / sum, sum, width, height };
      });
    await expect.poll(async () => (await drawn()).sum).toBeGreaterThan(0);
    const { x, y, ...stage } = await drawn();
    const on = toImage(fitView(stage, image), { x, y });
    expect(apart(on, placeOf(cell, map, image))).toBeLessThan(0.5);
    await mask.view.close();
  });

  test.each(themeNames)('axe finds nothing serious, %s', async (theme) => {
    const prepare: NonNullable<Parameters<typeof openMask>[1]>['prepare'] = (layers) => {
      const paint = (bits: MaskBits, shape: Shape): void =>
        eachShapeSpan(shape, bits, (y, x0, x1) => bits.fill(y, x0, x1, true));
      const at = { halfX: 60, halfY: 30, angle: 0.3 };
      paint(layers.defect, { kind: 'ellipse', centre: { x: 250, y: 190 }, ...at });
      paint(layers.ignore, { kind: 'ellipse', centre: { x: 450, y: 120 }, ...at });
    };
    const taste = { tool: 'polygon', pattern: true, heatMap: theme === 'light' } as const;
    const mask = await openMask(browser, { prepare, taste, heat: true }, { theme });
    const page = await ready(mask);
    const { x, y } = await middle(page);
    for (const [dx, dy] of [
      [-300, 60],
      [-220, 150],
      [-320, 160],
    ] as const) {
      await page.mouse.click(x + dx, y + dy);
      await page.waitForTimeout(420);
    }
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: `${folder}/mask-${theme}.png` });
    await page.getByRole('button', { name: 'View', exact: true }).click();
    await page.screenshot({ path: `${folder}/mask-view-${theme}.png` });
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(async () => {
      const { axe: inPage } = window as unknown as { axe: { run(): Promise<AxeResults> } };
      return await inPage.run();
    });
    const serious = violations.filter(
      ({ impact }) => impact === 'serious' || impact === 'critical',
    );
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)).toEqual([]);
    expect(mask.view.faults).toEqual([]);
    await mask.view.close();
  });

  test('painting on 4096 x 4096 pixels, measured', async () => {
    const mask = await openMask(browser, { width: 4096, height: 4096, taste: { brushSize: 60 } });
    const page = await ready(mask);
    const { x, y } = await middle(page);
    await page.evaluate(() => {
      const times: number[] = [];
      Object.assign(window, { segdecFrames: times });
      let last = performance.now();
      const frame = (now: number): void => {
        times.push(now - last);
        last = now;
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
    await page.mouse.move(x - 200, y);
    await page.mouse.down();
    for (let i = 0; i < 200; i += 1) {
      await page.mouse.move(x + 200 * Math.cos(i / 9), y + 200 * Math.sin(i / 7));
    }
    await page.mouse.up();
    await expect.poll(() => mask.view.saidOf('edit').length).toBe(1);
    const frames = await page.evaluate(() =>
      (window as unknown as { segdecFrames: number[] }).segdecFrames.slice().sort((a, b) => a - b),
    );
    const at = (share: number): string =>
      (frames[Math.floor(share * (frames.length - 1))] ?? 0).toFixed(1);
    console.log(
      `Painting at 4096 x 4096: median frame ${at(0.5)} ms, 99th percentile ${at(0.99)} ms.`,
    );
    await expect.poll(() => mask.layers.defect.isEmpty).toBe(false);
    await mask.view.close();
  });

  test('10,000 random messages', { timeout: 160_000 }, async () => {
    const mask = await openMask(browser, { width: 300, height: 200 });
    const page = await ready(mask);
    const small = fc.integer({ min: -2, max: 2000 });
    const bytes = fc.option(fc.uint8Array({ maxLength: 40 }));
    const part = fc.record({
      ...{
        version: small,
        id: fc.option(small),
        defect: bytes,
        ignore: bytes,
        message: fc.string(),
      },
      ...{ tile: small, levels: small, width: small, height: small, base: fc.string() },
      ...{
        ending: fc.constantFrom('png', 'jpg'),
        threshold: fc.double(),
        uri: fc.option(fc.string()),
      },
      action: fc.constantFrom(
        'invert',
        'grow',
        'press',
        'cursorLeft',
        'zoomIn',
        'showSpecks',
        'accept',
      ),
      tool: fc.constantFrom('brush', 'polygon', 'wand', 'pan', 'fill', 'nothing'),
      toggles: fc.array(
        fc.record({
          layer: fc.constantFrom('defect', 'ignore'),
          box: fc.record({ x: small, y: small, width: small, height: small }),
          runs: fc.uint8Array({ maxLength: 20 }),
        }),
        { maxLength: 2 },
      ),
    });
    const type = fc.constantFrom(
      ...['start', 'layers', 'applied', 'refused', 'tiles', 'unreadable', 'heatMap', 'label'],
      ...['readOnly', 'settings', 'status', 'tool', 'action', 'previousMask'],
    );
    const message = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, maxDepth: 2 }),
      fc.tuple(type, part).map(([name, parts]) => ({ ...parts, type: name })),
    );
    for (let batch = 0; batch < 20; batch += 1) {
      const sent = fc.sample(message, { seed: 20_261_125 + batch, numRuns: 500 });
      await page.evaluate(async (values) => {
        for (const value of values) window.postMessage(value, '*');
        await new Promise((resolve) => requestAnimationFrame(resolve));
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }, sent);
    }
    const faults = mask.view.faults.filter((fault) => !fault.startsWith('policy: img-src'));
    expect(faults).toEqual([]);
    mask.view.post({ type: 'readOnly', message: 'Still here.' });
    await expect.poll(() => page.textContent('[data-notice="readOnly"]')).toBe('Still here.');
    await mask.view.close();
  });
});
