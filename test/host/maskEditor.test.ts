/** The mask editor in a real VS Code: a stroke reaches the saved file, and undo across the save takes it back. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newFolder } from './support/folders.ts';
import { writeProject } from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';
import { waitUntil } from './support/waitUntil.ts';

const size = { width: 64, height: 48 };

async function writeImage(folder: string, name: string, shade: number): Promise<void> {
  await mkdir(join(folder, name, '..'), { recursive: true });
  const background = { r: shade, g: shade, b: shade };
  const image = sharp({ create: { ...size, channels: 3, background } });
  await image.png().toFile(join(folder, name));
}

describeInHost('the mask editor', () => {
  let folder: string;
  let session: Session;

  beforeAll(async () => {
    folder = await newFolder();
    for (let i = 0; i < 4; i += 1) {
      await writeImage(folder, `defective/scratched${i}.png`, 120 + i);
      await writeImage(folder, `ok/good${i}.png`, 60 + i);
    }
    await writeProject(folder, {});
    session = await openSession({ workspace: folder });
    await session.workbench.showContainer('SegDec');
  });
  afterAll(async () => {
    await session.close();
    await rm(folder, { recursive: true, force: true });
  });

  const editor = (): Promise<FrameLocator> =>
    session.workbench.webviewWith('.stage', { timeout: 60_000 });

  /** Mask files, whatever the folder in masks/. */
  async function masks(): Promise<string[]> {
    if (!existsSync(join(folder, 'masks'))) return [];
    const names = await readdir(join(folder, 'masks'), { recursive: true });
    return names.filter((name) => name.endsWith('.png')).map((name) => join(folder, 'masks', name));
  }

  test('a stroke is in the saved file, of the image’s size and with two values', async () => {
    const { workbench, page } = session;
    await workbench.openFile('scratched1.png');
    await workbench.runCommand('Open in Mask Editor');
    const frame = await editor();
    await frame.locator('.note').waitFor({ state: 'hidden', timeout: 60_000 });
    const stage = await frame.locator('.stage').boundingBox();
    if (stage === null) throw new Error('the stage has no place');
    const [x, y] = [stage.x + stage.width / 2, stage.y + stage.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 30, y, { steps: 5 });
    await page.mouse.up();
    await page.locator('.part.editor .tab.dirty').first().waitFor();
    expect(await masks()).toEqual([]);
    await page.keyboard.press('Control+S');
    const [file] = await waitUntil('the mask', async () => {
      const found = await masks();
      return found.length === 0 ? undefined : found;
    });
    const mask = sharp(file).toColourspace('b-w').raw();
    const { data, info } = await mask.toBuffer({ resolveWithObject: true });
    expect({ width: info.width, height: info.height }).toEqual(size);
    expect([...new Set(data)].sort((a, b) => a - b)).toEqual([0, 255]);
    // The stroke went through the middle of the image.
    expect(data[(24 * size.width + 32) * info.channels]).toBe(255);
    expect(data[0]).toBe(0);
    await page.locator('.part.editor .tab.dirty').first().waitFor({ state: 'detached' });
  });

  test('undo after the save takes the stroke back, and saving that removes the file', async () => {
    const { page } = session;
    await page.keyboard.press('Control+Z');
    await page.locator('.part.editor .tab.dirty').first().waitFor();
    await page.keyboard.press('Control+S');
    await waitUntil('no mask', async () => (await masks()).length === 0);
  });
});
