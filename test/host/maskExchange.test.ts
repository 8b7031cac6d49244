/** Masks come from another program and go to one in a real VS Code: picked, tried, asked about, imported, exported. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newFolder } from './support/folders.ts';
import {
  drawn,
  imageSize,
  maskFile,
  pixelsOf,
  readMaskFile,
  writeTestImage,
} from './support/maskPage.ts';
import { labelRows, writeProject } from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';
import { waitUntil } from './support/waitUntil.ts';

const rectangle = pixelsOf({ kind: 'rectangle', from: { x: 10, y: 10 }, to: { x: 30, y: 20 } });

/** A COCO file with a rectangle in one image, and one image that is not in the folder. */
const coco = {
  images: [
    { id: 1, file_name: 'part0.png', ...imageSize },
    { id: 2, file_name: 'elsewhere.png', ...imageSize },
  ],
  categories: [{ id: 1, name: 'scratch' }],
  annotations: [1, 2].map((id) => ({
    ...{ id, image_id: id, category_id: 1, iscrowd: 0 },
    segmentation: [[10, 10, 30, 10, 30, 20, 10, 20]],
  })),
};

describeInHost('masks of other programs', () => {
  let folder: string;
  let outside: string;
  let session: Session;

  beforeAll(async () => {
    [folder, outside] = [await newFolder(), await newFolder()];
    for (let i = 0; i < 3; i += 1) await writeTestImage(join(folder, `part${i}.png`), 100 + i);
    await writeFile(join(outside, 'coco.json'), JSON.stringify(coco));
    await writeProject(folder, {});
    session = await openSession({ workspace: folder });
    await session.workbench.showContainer('SegDec');
  });
  afterAll(async () => {
    await session.close();
    for (const each of [folder, outside]) await rm(each, { recursive: true, force: true });
  });

  test('COCO comes in after a question with numbers, with labels', async () => {
    const { workbench, page } = session;
    await workbench.runCommand('SegDec: Import Masks…');
    await workbench.pickItem('COCO');
    // Who leaves the dialog of files comes back to the formats.
    await page.locator('.quick-input-title', { hasText: 'File to import masks from' }).waitFor();
    await page.keyboard.press('Escape');
    await workbench.pickItem('COCO');
    await workbench.typePath(join(outside, 'coco.json'));
    const dialog = page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    expect(await dialog.innerText()).toContain('Import masks of 1 image?');
    expect(await dialog.innerText()).toContain('For no image, or more than one: 1.');
    await workbench.answerDialog('Import');
    await workbench.notification('SegDec: masks of 1 image were imported.');
    expect(drawn(await readMaskFile(maskFile(folder, 'part0.png')))).toBe(drawn(rectangle));
    expect(await labelRows(folder)).toContainEqual(
      expect.stringMatching(/^part0\.png,defective,mask/),
    );
    await workbench.answerNotification('were imported', 'Show Findings');
    await page.locator('.view-lines', { hasText: 'elsewhere.png' }).waitFor();
    await workbench.treeRow('Defective, with mask', 'Images').waitFor();
  });

  test('they go out as COCO again', async () => {
    const { workbench } = session;
    const file = join(outside, 'out.json');
    await workbench.runCommand('SegDec: Export Masks…');
    await workbench.pickItem('COCO');
    await workbench.typePath(file);
    await workbench.notification('were exported');
    const written = await waitUntil('the file', async () => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return text === '' ? undefined : (JSON.parse(text) as typeof coco);
    });
    expect(written.annotations).toHaveLength(1);
    expect(written.annotations[0]).toMatchObject({
      area: rectangle.count(),
      bbox: [10, 10, 20, 10],
    });
  });
});
