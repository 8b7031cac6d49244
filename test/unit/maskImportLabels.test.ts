/** Import of masks: which entry gets an image, images that share a mask, and labels that have to follow. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  grey,
  imagesOf,
  imported,
  layersOf,
  masksOf,
  reader,
  textIfThere,
  writeFileIn,
  writeJson,
} from '../support/maskExchange.ts';
import { bitsWhere } from '../support/masks.ts';
import { closeFolder } from '../support/readOnlyFolder.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

const left = bitsWhere(10, 6, (x) => x < 3);
const right = bitsWhere(10, 6, (x) => x > 6);
const empty = bitsWhere(10, 6, () => false);

const dataset = async (
  images: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<string> => await imagesOf(await temporaryFolder(), images, files);

describe('which entry gets an image', () => {
  const rows = (images: readonly string[]): string =>
    ['ImageId,ClassId,EncodedPixels', ...images.map((image) => `${image},1,1 18`), ''].join('\n');
  const box = (name: string): string =>
    `<image name="${name}" width="10" height="6"><box label="x" xtl="0" ytl="0" xbr="3" ybr="6"/></image>`;

  test('a whole path goes before a name alone, in whatever order', async () => {
    const folder = await dataset(['x/a.png']);
    const source = await masksOf({ 'b/a.png': right, 'x/a.png': left });
    const report = await imported(folder, source);
    expect(report).toMatchObject({ written: 1, refused: 1, unmatched: 0 });
    expect(report.findings.shown[0]?.message).toBe(
      'b/a.png: only its file name fits x/a.png, and x/a.png has its whole path; leave one of the two out.',
    );
    expect((await layersOf(folder, 'x/a.png')).defect.equals(left)).toBe(true);
  });

  test.each([
    ['a.csv', rows(['elsewhere/a.png', 'x/a.png'])],
    ['a.xml', `<annotations>${box('elsewhere/a.png')}${box('x/a.png')}</annotations>`],
  ])('also in %s, which is read as a stream', async (name, text) => {
    const source = await writeFileIn(await temporaryFolder(), name, text);
    const report = await imported(await dataset(['x/a.png']), source);
    expect(report).toMatchObject({ entries: 2, written: 1, refused: 1 });
    expect(report.findings.shown.at(-1)?.message).toContain('elsewhere/a.png: only its file name');
  });

  test('two masks that fit one image by name alone are both refused', async () => {
    const folder = await dataset(['defective/a.png']);
    const source = await masksOf({ 'p/a.png': left, 'q/a.png': right });
    const report = await imported(folder, source);
    expect(report).toMatchObject({ written: 0, refused: 2 });
    for (const { message } of report.findings.shown) {
      expect(message).toContain(
        '2 entries fit defective/a.png by the file name alone (p/a.png, q/a.png)',
      );
    }
  });

  test('both layers of one image may fit by name alone', async () => {
    const folder = await dataset(['x/a.png']);
    const source = await masksOf({ 'masks/a.png': left, 'ignore/a.png.png': right });
    expect(await imported(folder, source)).toMatchObject({ written: 2, refused: 0 });
  });

  test('an entry that was refused does not block the next one', async () => {
    const folder = await dataset(['a.png']);
    await mkdir(join(folder, 'masks'));
    const size = { width: 10, height: 6 };
    const images = [
      { id: 1, file_name: 'a.png', width: 9, height: 6 },
      { id: 2, file_name: 'a.png', ...size },
    ];
    const annotations = images.map(({ id }) => ({
      ...{ id, image_id: id, category_id: 1 },
      segmentation: [[0, 0, 3, 0, 3, 6, 0, 6]],
    }));
    const source = await writeJson(await temporaryFolder(), 'a.json', { images, annotations });
    expect(await imported(folder, source)).toMatchObject({ written: 1, refused: 1 });
  });
});

test('of two images that share the place of their mask, the second is refused', async () => {
  const folder = await dataset(['defective/a.png']);
  await writeFileIn(folder, 'defective/a.webp', await grey(10, 6));
  const source = await masksOf({
    'masks/defective/a.png.png': left,
    'masks/defective/a.webp.png': right,
  });
  const report = await imported(folder, source, { existing: 'replace' });
  expect(report).toMatchObject({ written: 1, refused: 1 });
  expect(report.findings.shown[0]?.message).toContain(
    'masks/a.png is the mask of defective/a.png as well',
  );
  expect((await layersOf(folder, 'defective/a.png')).defect.equals(left)).toBe(true);
});

describe('labels', () => {
  test('are caught up on for masks of an import that broke off', async () => {
    const folder = await dataset(['a.png', 'b.png']);
    const source = await masksOf({ 'a.png': left, 'b.png': empty });
    await imported(folder, source);
    await rm(join(folder, 'labels.csv'));
    const again = await imported(folder, source);
    expect(again).toMatchObject({ written: 0, unchanged: 2, labelled: 1 });
    expect(await textIfThere(join(folder, 'labels.csv'))).toContain('\na.png,defective,mask');
  });

  test('that said something else are named, in a dry run too', async () => {
    const labels = 'image,label,supervision\na.png,ok,\nb.png,defective,weak\nc.png,,\n';
    const folder = await dataset(['a.png', 'b.png', 'c.png'], { 'labels.csv': labels });
    const source = await masksOf({ 'a.png': left, 'b.png': left, 'c.png': left });
    const dry = await imported(folder, source, { dryRun: true });
    const wet = await imported(folder, source);
    expect({ ...dry, dryRun: false }).toEqual(wet);
    expect(wet).toMatchObject({ labelled: 3 });
    expect(wet.findings.shown.map(({ image, message }) => [image, message])).toEqual([
      ['a.png', expect.stringContaining('labels.csv said ok of a.png')],
      ['b.png', expect.stringContaining('labels.csv said weak of b.png')],
    ]);
  });

  test('of a mask that was emptied are named', async () => {
    const folder = await dataset(['a.png', 'b.png']);
    await imported(folder, await masksOf({ 'a.png': left, 'b.png': left }));
    const none = await masksOf({ 'a.png': empty, 'b.png': right });
    const report = await imported(folder, none, { existing: 'replace' });
    expect(report).toMatchObject({ written: 2 });
    expect(report.findings.shown).toHaveLength(1);
    expect(report.findings.shown[0]?.message).toContain('The mask of a.png has no pixels any more');
  });

  test('that cannot be written do not hide what ended the import', async () => {
    const folder = await dataset(['a.png']);
    const box = '<box label="x" xtl="0" ytl="0" xbr="3" ybr="6"/>';
    const text = `<annotations><image name="a.png" width="10" height="6">${box}</image>${' '.repeat(200_000)}<image`;
    const source = await writeFileIn(await temporaryFolder(), 'a.xml', text);
    let isFirst = true;
    const importing = imported(folder, source, {
      inTurn: async (work) => {
        const done = await work();
        // Another program spoils the file after it was looked at.
        if (isFirst) await writeFile(join(folder, 'labels.csv'), 'image,label\na.png\n');
        isFirst = false;
        return done;
      },
    });
    await expect(importing).rejects.toThrow(/no XML.*could not be written:.*1 cell,/);
  });

  test('that may not be written are said before anything is', async ({ skip }) => {
    const folder = await dataset(['a.png'], { 'labels.csv': 'image,label\n' });
    const source = await masksOf({ 'a.png': left });
    const reopen = closeFolder(folder);
    if (reopen === undefined) skip('no folder can be made read-only here');
    try {
      await expect(imported(folder, source)).rejects.toThrow('cannot be written');
      expect(await readdir(folder)).toEqual(['a.png', 'labels.csv']);
      expect(await imported(folder, source, { dryRun: true })).toMatchObject({ refused: 1 });
    } finally {
      reopen?.();
    }
  });
});

test("classes of Severstal's table that are left out are named", async () => {
  const folder = await temporaryFolder();
  await writeFileIn(folder, 'train_images/a.jpg', await grey(1600, 256));
  await writeFileIn(folder, 'train.csv', 'ImageId,ClassId,EncodedPixels\na.jpg,3,1 5\n');
  const text = 'ImageId,ClassId,EncodedPixels\na.jpg,3,1 9\na.jpg,1,1 9\na.jpg,4,1 9\n';
  const source = await writeFileIn(await temporaryFolder(), 'rows.csv', text);
  const report = await imported(folder, source, { existing: 'replace' });
  expect(report).toMatchObject({ written: 1 });
  expect(report.findings.shown[0]?.message).toBe(
    'Rows of class 3 are taken, those of 1, 4 are left out; the option --class names the class to take.',
  );
});
