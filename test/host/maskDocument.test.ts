/** A mask as a document in a real VS Code: kept when closed dirty, in step between editors, asked about when its file changed. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pngMask } from '../../server/data/masks/pngMask.ts';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { closeFolder } from '../support/readOnlyFolder.ts';
import { newFolder } from './support/folders.ts';
import {
  MaskPage,
  imageSize,
  maskFile,
  pixelsOf,
  readMaskFile,
  writeTestImage,
} from './support/maskPage.ts';
import { programsOf, writeProject } from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';
import { waitUntil } from './support/waitUntil.ts';

const brush = pixelsOf({
  ...{ kind: 'stroke', from: { x: 20, y: 24 }, to: { x: 40, y: 24 } },
  ...{ diameter: 12, square: false },
});
const other = pixelsOf({ kind: 'rectangle', from: { x: 2, y: 2 }, to: { x: 12, y: 8 } });

describeInHost('a mask as a document', () => {
  let folder: string;
  let session: Session;

  beforeAll(async () => {
    folder = await newFolder();
    for (let i = 0; i < 8; i += 1) {
      await writeTestImage(join(folder, `defective/part${i}.png`), 120 + i);
    }
    await writeTestImage(join(folder, 'ok/good.png'), 60);
    await writeMask('part4.png', new MaskBits(10, 10));
    await writeProject(folder, {});
    session = await openSession({ workspace: folder });
  });
  afterAll(async () => {
    await session.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function writeMask(name: string, bits: MaskBits): Promise<void> {
    const file = maskFile(folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, pngMask(bits));
  }

  const folderOf = (name: string): string => (name === 'good.png' ? 'ok' : 'defective');
  const open = (name: string): Promise<MaskPage> =>
    MaskPage.open(session.workbench, `${folderOf(name)}/${name}`);
  const saved = (name: string) => readMaskFile(maskFile(folder, name));

  async function drawBrush(mask: MaskPage): Promise<void> {
    await mask.choose('b', 'brush');
    await mask.drag([20, 24], [30, 24], [40, 24]);
    await mask.isDirty(true);
  }

  async function closeEditors(): Promise<void> {
    const { workbench, page } = session;
    await waitUntil('no editors', async () => {
      if ((await page.locator('.part.editor .tab').count()) === 0) return true;
      // Not offered any more once the last one has closed.
      await workbench.runCommand('View: Close All Editors', { timeout: 5000 }).catch(() => false);
      return false;
    });
  }

  test('edits that were not saved come back after a reload, and can be saved', async () => {
    const { workbench } = session;
    await drawBrush(await open('part0.png'));
    await workbench.reload();
    const mask = await MaskPage.shown(workbench);
    await mask.isDirty(true);
    await mask.reads(`${brush.count()} px`);
    expect(await saved('part0.png')).toBeUndefined();
    await mask.frame.locator('.stage').focus();
    await mask.save();
    expect((await saved('part0.png'))?.equals(brush)).toBe(true);
    await closeEditors();
  });

  test('closed without saving, the file is what comes back', async () => {
    const { workbench, page } = session;
    await writeMask('part1.png', other);
    const mask = await open('part1.png');
    await mask.reads(`${other.count()} px`);
    await drawBrush(mask);
    await workbench.runCommand('View: Close Editor');
    await workbench.answerDialog("Don't Save");
    await page.locator('.part.editor .tab.dirty').first().waitFor({ state: 'detached' });
    await closeEditors();
    const again = await open('part1.png');
    await again.frame.locator('.stage').focus();
    await again.reads(`${other.count()} px`);
    expect((await saved('part1.png'))?.equals(other)).toBe(true);
    await closeEditors();
  });

  test('two editors of one image stay in step, also by undo', async () => {
    const { workbench, page } = session;
    const mask = await open('part2.png');
    await workbench.runCommand('View: Split Editor Right');
    await waitUntil('two editors', async () => (await workbench.webviews()).length === 2);
    const [first, second] = await workbench.webviews();
    if (first === undefined || second === undefined) throw new Error('two editors were there');
    await first.locator('.note').waitFor({ state: 'hidden' });
    await second.locator('.note').waitFor({ state: 'hidden' });
    // The middle of the image is the middle of both stages.
    await second.locator('.stage').click();
    await mask.isDirty(true);
    const text = await waitUntil(
      'an area',
      async () => /[1-9]\d* px, 1 region/.exec(await workbench.statusBar())?.[0],
    );
    await first.locator('.stage').focus();
    await mask.reads(text);
    await page.keyboard.press('Control+Z');
    await mask.reads('0 px, 0 regions');
    await second.locator('.stage').focus();
    await mask.reads('0 px, 0 regions');
    await page.keyboard.press('Control+Shift+Z');
    await first.locator('.stage').focus();
    await mask.reads(text);
    await page.keyboard.press('Control+S');
    await mask.isDirty(false);
    expect((await saved('part2.png'))?.isEmpty).toBe(false);
    await closeEditors();
  });

  test('a mask of another size than its image is not edited, and both sizes are told', async () => {
    const mask = await open('part4.png');
    const notice = mask.frame.locator('[data-notice="readOnly"]');
    await notice.waitFor();
    expect(await notice.textContent()).toContain(
      `The mask masks/part4.png has 10x10 pixels and its image ${imageSize.width}x${imageSize.height}`,
    );
    await mask.click(30, 20);
    await mask.reads('0 px');
    await mask.isDirty(false);
    await closeEditors();
  });

  test('a good image gets a mask of its own, beside those of the defective ones', async () => {
    const mask = await open('good.png');
    await drawBrush(mask);
    await mask.save();
    const file = join(folder, 'masks/ok/good.png');
    expect((await readMaskFile(file))?.equals(brush)).toBe(true);
    await closeEditors();
  });

  test('a mask that cannot be written is read-only from the start', async ({ skip }) => {
    await writeMask('part5.png', other);
    const reopen = closeFolder(join(folder, 'masks'));
    if (reopen === undefined) skip('no folder can be made read-only here');
    try {
      const mask = await open('part5.png');
      const notice = mask.frame.locator('[data-notice="readOnly"]');
      await notice.waitFor();
      expect(await notice.textContent()).toContain('masks/part5.png cannot be written');
      await mask.frame.locator('.stage').focus();
      await mask.reads(`${other.count()} px`);
      await mask.click(30, 20);
      await mask.isDirty(false);
      await closeEditors();
    } finally {
      reopen?.();
    }
  });

  test('a file that changed meanwhile is shown, or asked about when there are edits', async () => {
    const { workbench } = session;
    const mask = await open('part6.png');
    await writeMask('part6.png', other);
    await mask.frame.locator('.stage').focus();
    await mask.reads(`${other.count()} px`);
    await mask.isDirty(false);
    await drawBrush(mask);
    const larger = pixelsOf({ kind: 'rectangle', from: { x: 2, y: 2 }, to: { x: 22, y: 8 } });
    await writeMask('part6.png', larger);
    await workbench.answerNotification('was changed on disk, and you have edits', "Use the File's");
    await mask.reads(`${larger.count()} px`);
    await mask.isDirty(false);
    // What was drawn is a step back.
    await mask.frame.locator('.stage').focus();
    await mask.page.keyboard.press('Control+Z');
    await mask.isDirty(true);
    await mask.save();
    const both = other.clone();
    both.unite(brush);
    expect((await saved('part6.png'))?.equals(both)).toBe(true);
    await closeEditors();
  });

  test('an image that is replaced by one of another size is shown and painted as that', async () => {
    const { workbench } = session;
    const mask = await open('part3.png');
    const stage = mask.frame.locator('.stage');
    expect(await stage.getAttribute('aria-label')).toContain('64 by 48 pixels');
    const create = { width: 96, height: 40, channels: 3 as const, background: '#808080' };
    await sharp({ create }).png().toFile(join(folder, 'defective/part3.png'));
    await waitUntil('the page of the new size', async () => {
      const frame = await workbench.webviewWith('.stage');
      const label = await frame.locator('.stage').getAttribute('aria-label');
      return label?.includes('96 by 40 pixels');
    });
    const frame = await workbench.webviewWith('.stage');
    await frame.locator('.note').waitFor({ state: 'hidden' });
    await frame.locator('.stage').click();
    await mask.isDirty(true);
    await mask.save();
    const { width, height } = await sharp(maskFile(folder, 'part3.png')).metadata();
    expect({ width, height }).toEqual({ width: 96, height: 40 });
    await closeEditors();
  });

  test('a save while the server is away is made good when it is back', async () => {
    await rm(maskFile(folder, 'part2.png'), { force: true });
    const mask = await open('part2.png');
    await mask.reads('0 px');
    await drawBrush(mask);
    for (const { pid } of programsOf(session, 'server')) process.kill(pid, 'SIGKILL');
    await session.page.keyboard.press('Control+S');
    await mask.isDirty(false);
    expect((await saved('part2.png'))?.equals(brush)).toBe(true);
    await closeEditors();
  });

  test('the mask may go while there are edits: Keep Mine saves them', async () => {
    const { workbench } = session;
    await writeMask('part7.png', other);
    const mask = await open('part7.png');
    await mask.frame.locator('.stage').focus();
    await mask.reads(`${other.count()} px`);
    await drawBrush(mask);
    await rm(maskFile(folder, 'part7.png'));
    await workbench.answerNotification('was changed on disk, and you have edits', 'Keep Mine');
    await mask.frame.locator('.stage').focus();
    await mask.save();
    const info = await sharp(maskFile(folder, 'part7.png')).metadata();
    expect({ width: info.width, height: info.height }).toEqual(imageSize);
  });
});
