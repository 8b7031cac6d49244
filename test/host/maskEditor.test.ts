/** The mask editor in a real VS Code: each tool paints what is in the saved file, and undo goes across saves. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Shape } from '../../protocol/mask/raster.ts';
import { newFolder } from './support/folders.ts';
import {
  MaskPage,
  brightPart,
  differing,
  drawn,
  imageSize,
  maskFile,
  pixelsOf,
  readMaskFile,
  writeTestImage,
} from './support/maskPage.ts';
import { collapse, expand, imageRow, labelRows, writeProject } from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';
import { waitUntil } from './support/waitUntil.ts';

type Place = readonly [number, number];
const point = ([x, y]: Place) => ({ x, y });
const stroke = (from: Place, to: Place): Shape => ({
  ...{ kind: 'stroke', from: point(from), to: point(to), diameter: 12, square: false },
});
const polygon = (...places: readonly Place[]): Shape => ({
  kind: 'polygon',
  points: places.map(point),
});
const rectangle = (from: Place, to: Place): Shape => ({
  ...{ kind: 'rectangle', from: point(from), to: point(to) },
});
const { left, top, width, height } = brightPart;
const bright = rectangle([left, top], [left + width, top + height]);

interface ToolCase {
  readonly tool: string;
  readonly key: string;
  readonly use: (mask: MaskPage) => Promise<void>;
  readonly shape: Shape;
  /** Pixels at an edge that may differ, where the pointer's place is rounded to the screen's pixels. */
  readonly tolerance?: number;
}

const corners: readonly Place[] = [
  ...([[8, 6] as const, [28, 6], [28, 16]] as const),
  ...([[18, 16] as const, [18, 40], [8, 40]] as const),
];

/** A press is a click of its own only some time after the one before. */
async function clickEach(mask: MaskPage, places: readonly Place[]): Promise<void> {
  for (const place of places) {
    await mask.click(...place);
    await mask.page.waitForTimeout(450);
  }
}

/** The image that is painted on. */
const name = 'scratched1.png';

const tools: readonly ToolCase[] = [
  {
    ...{ tool: 'brush', key: 'b', shape: stroke([20, 24], [40, 24]) },
    use: (mask) => mask.drag([20, 24], [30, 24], [40, 24]),
  },
  {
    ...{ tool: 'polygon', key: 'p', shape: polygon(...corners) },
    use: async (mask) => {
      await clickEach(mask, corners);
      await mask.page.keyboard.press('Enter');
    },
  },
  {
    ...{ tool: 'rectangle', key: 'r', shape: rectangle([5, 7], [25, 17]) },
    use: (mask) => mask.drag([5, 7], [15, 10], [25, 17]),
  },
  {
    ...{ tool: 'rotatedRectangle', key: 'Shift+R', shape: rectangle([10, 10], [40, 22]) },
    use: async (mask) => {
      await mask.drag([10, 10], [25, 10], [40, 10]);
      await mask.page.waitForTimeout(450);
      await mask.click(25, 22);
    },
  },
  {
    ...{ tool: 'ellipse', key: 'o', tolerance: 4 },
    use: (mask) => mask.drag([20, 14], [30, 20], [44, 34]),
    shape: { kind: 'ellipse', centre: { x: 32, y: 24 }, halfX: 12, halfY: 10, angle: 0 },
  },
  {
    ...{ tool: 'fill', key: 'f', shape: rectangle([0, 0], [imageSize.width, imageSize.height]) },
    use: (mask) => mask.click(3, 3),
  },
  {
    ...{ tool: 'wand', key: 'w', shape: bright },
    use: async (mask) => {
      await mask.click(30, 20);
      await mask.page.keyboard.press('Enter');
    },
  },
  {
    ...{ tool: 'smartSelect', key: 's', shape: bright },
    use: async (mask) => {
      await mask.drag([24, 14], [30, 20], [34, 24]);
      await mask.page.keyboard.press('Enter');
    },
  },
];

describeInHost('the mask editor', () => {
  let folder: string;
  let session: Session;
  let mask: MaskPage;

  beforeAll(async () => {
    folder = await newFolder();
    for (let i = 0; i < 4; i += 1) {
      await writeTestImage(join(folder, `defective/scratched${i}.png`), 120 + i);
      await writeTestImage(join(folder, `ok/good${i}.png`), 60 + i);
    }
    await writeProject(folder, {});
    session = await openSession({ workspace: folder });
    await session.workbench.showContainer('SegDec');
  });
  afterAll(async () => {
    await session.close();
    await rm(folder, { recursive: true, force: true });
  });

  const saved = async (name: string): Promise<string> =>
    drawn(await readMaskFile(maskFile(folder, name)));

  test('a click in the tree opens it, and the tree keeps the keys', async () => {
    const { workbench, page } = session;
    await expand(workbench, 'Train');
    await expand(workbench, 'Defective, without mask');
    await imageRow(workbench, 'scratched').click();
    mask = await MaskPage.shown(workbench);
    expect(await page.locator('.part.sidebar .monaco-list.element-focused').count()).toBe(1);
    await collapse(workbench, 'Train');
  });

  test.each(tools)('$tool paints its pixels in the saved file', async (wanted) => {
    const { page } = session;
    if (wanted.tool === 'brush') mask = await MaskPage.open(session.workbench, name);
    expect(await saved(name)).toBe('no file');
    await mask.choose(wanted.key, wanted.tool);
    await wanted.use(mask);
    await mask.isDirty(true);
    expect(await saved(name)).toBe('no file');
    await mask.save();
    const found = await readMaskFile(maskFile(folder, name));
    const expected = pixelsOf(wanted.shape);
    const isAlike = found && differing(found, expected) <= (wanted.tolerance ?? 0);
    if (isAlike !== true) expect(drawn(found)).toBe(drawn(expected));
    // Undo across the save: the file goes with the last pixel.
    await page.keyboard.press('Control+Z');
    await mask.isDirty(true);
    await mask.save();
    expect(await saved(name)).toBe('no file');
  });

  test('the eraser takes pixels away; undo and redo across saves', async () => {
    const { page } = session;
    await mask.choose('b', 'brush');
    await mask.drag([20, 24], [40, 24]);
    await mask.isDirty(true);
    await mask.save();
    await mask.choose('e', 'eraser');
    await mask.drag([40, 24], [50, 24]);
    await mask.isDirty(true);
    await mask.save();
    const brush = stroke([20, 24], [40, 24]);
    const painted = drawn(pixelsOf(brush));
    const erased = drawn(pixelsOf(brush, { ...stroke([40, 24], [50, 24]), remove: true }));
    expect(await saved(name)).toBe(erased);
    await page.keyboard.press('Control+Z');
    await mask.isDirty(true);
    await mask.save();
    expect(await saved(name)).toBe(painted);
    await page.keyboard.press('Control+Shift+Z');
    await mask.isDirty(true);
    await mask.save();
    expect(await saved(name)).toBe(erased);
  });

  test('the ignore brush has a file of its own', async () => {
    await mask.choose('g', 'ignoreBrush');
    await mask.drag([10, 40], [20, 40]);
    await mask.isDirty(true);
    await mask.save();
    const file = join(folder, 'ignore', 'defective', `${name}.png`);
    expect(drawn(await readMaskFile(file))).toBe(drawn(pixelsOf(stroke([10, 40], [20, 40]))));
  });

  test('keys mark the image and go to the next one', async () => {
    const { page, workbench } = session;
    await page.keyboard.press('1');
    await waitUntil('the label', async () =>
      (await labelRows(folder)).some((row) => row.startsWith('defective/scratched1.png,ok')),
    );
    await page.keyboard.press('2');
    await waitUntil('the label', async () =>
      (await labelRows(folder)).some((row) => row.startsWith('defective/scratched1.png,defective')),
    );
    const before = await page.locator('.part.editor .tab.active').getAttribute('aria-label');
    const start = Date.now();
    await page.keyboard.press('.');
    await waitUntil('another image', async () => {
      const now = await page.locator('.part.editor .tab.active').getAttribute('aria-label');
      return now !== before;
    });
    mask = await MaskPage.shown(workbench);
    console.log(`The next image was on the screen after ${Date.now() - start} ms.`);
  });
});
