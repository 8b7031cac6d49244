/** The largest images in a real VS Code: painted on and saved up to 16,384 pixels a side, shown beyond; memory stays bounded. */
import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newFolder } from './support/folders.ts';
import { maskFile } from './support/maskPage.ts';
import { writeProject } from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';

const largest = 16_384;
const mebibyte = 1024;

/** Resident memory of the browser's largest page, in MiB: VS Code itself or a web view. */
function largestPage(): number {
  const sizes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer')) return 0;
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / mebibyte;
      } catch {
        // It ended meanwhile.
        return 0;
      }
    });
  return Math.max(...sizes);
}

async function writeLarge(file: string, width: number, height: number): Promise<void> {
  const noise = { type: 'gaussian' as const, mean: 128, sigma: 12 };
  const part = { width: 2048, height: 2000, channels: 3 as const, background: '#888' };
  const input = await sharp({ create: { ...part, noise } })
    .png()
    .toBuffer();
  const create = { width, height, channels: 3 as const, background: '#888' };
  const image = sharp({ create, limitInputPixels: false }).composite([{ input, tile: true }]);
  await image.jpeg({ quality: 85 }).toFile(file);
}

describeInHost('large images', () => {
  let folder: string;
  let session: Session;

  beforeAll(async () => {
    folder = await newFolder();
    await mkdir(join(folder, 'defective'));
    await writeLarge(join(folder, 'defective/largest.jpg'), largest, largest);
    await writeLarge(join(folder, 'defective/long.jpg'), 20_000, 2000);
    await writeProject(folder, {});
    session = await openSession({ workspace: folder });
  });
  afterAll(async () => {
    await session.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(name: string): Promise<FrameLocator> {
    const { workbench } = session;
    await workbench.openFile(name);
    await workbench.runCommand('Open in Mask Editor');
    const frame = await workbench.webviewWith('.stage', { timeout: 60_000 });
    await frame.locator('.note').waitFor({ state: 'hidden', timeout: 120_000 });
    return frame;
  }

  test('16,384 x 16,384 pixels are painted on, looked at from near, and saved', async () => {
    const { page } = session;
    const frame = await open('largest.jpg');
    const stage = await frame.locator('.stage').boundingBox();
    if (stage === null) throw new Error('the stage has no place');
    const [x, y] = [stage.x + stage.width / 2, stage.y + stage.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (let i = 1; i <= 40; i += 1) await page.mouse.move(x + 4 * i, y + 2 * i);
    await page.mouse.up();
    const sizes = [];
    for (let notch = 0; notch < 30; notch += 1) {
      await page.mouse.wheel(0, -100);
      await page.waitForTimeout(60);
      sizes.push(largestPage());
    }
    await page.locator('.part.editor .tab.active.dirty').first().waitFor();
    await page.keyboard.press('Control+S');
    const dirty = page.locator('.part.editor .tab.active.dirty').first();
    await dirty.waitFor({ state: 'detached', timeout: 60_000 });
    console.log(`The browser's largest page has ${Math.max(...sizes).toFixed(0)} MiB.`);
    expect(Math.max(...sizes)).toBeLessThan(1024);
    const file = maskFile(folder, 'largest.png');
    const info = await sharp(file, { limitInputPixels: false }).metadata();
    expect({ width: info.width, height: info.height }).toEqual({ width: largest, height: largest });
    await session.workbench.runCommand('View: Close All Editors');
  });

  test('a longer one is shown, and its size is the reason why it is not painted on', async () => {
    const frame = await open('long.jpg');
    const notice = frame.locator('[data-notice="readOnly"]');
    await notice.waitFor();
    expect(await notice.textContent()).toContain('has 20000x2000 pixels');
    expect(await notice.textContent()).toContain('up to 16384 on a side');
  });
});
