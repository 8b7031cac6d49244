/** Editing goes on every 300 ms while the extension host is killed: the editor says so, and the last second alone may be lost. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../support/random.ts';
import { newFolder } from './support/folders.ts';
import { MaskPage, imageSize, maskFile, readMaskFile, writeTestImage } from './support/maskPage.ts';
import { writeProject } from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';
import { waitUntil } from './support/waitUntil.ts';

const kills = process.env['SEGDEC_LONG'] === undefined ? 5 : 30;
const between = 300;
/** Milliseconds of drawing at most. */
const longest = 12_000;
/** Places of dots that do not touch. */
const [columns, spacing] = [15, 4];
const seed = 20261126;

interface Dot {
  readonly x: number;
  readonly y: number;
  /** When the button was lifted. */
  readonly drawn: number;
}

describeInHost('killed while drawing', () => {
  let folder: string;
  let session: Session;

  beforeAll(async () => {
    folder = await newFolder();
    for (let i = 0; i < kills; i += 1) {
      await writeTestImage(join(folder, `defective/part${i}.png`), 100 + i);
    }
    await writeProject(folder, {});
    session = await openSession({ workspace: folder });
    // A tab with edits makes the browser ask before it reloads.
    session.page.on('dialog', (dialog) => void dialog.accept());
  });
  afterAll(async () => {
    await session.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A brush of one pixel. */
  async function chooseSmallBrush(mask: MaskPage): Promise<void> {
    await mask.choose('b', 'brush');
    // More than there are sizes from the first to the smallest.
    for (let press = 0; press < 20; press += 1) await mask.page.keyboard.press('[');
    await waitUntil('a small brush', async () =>
      /Size 1\b/.test(await session.workbench.statusBar()),
    );
  }

  /** Draws dots until the editor says that nobody takes them; the extension host is killed after `time`. */
  async function drawUntilKilled(
    mask: MaskPage,
    time: number,
  ): Promise<{ readonly dots: readonly Dot[]; readonly killed: number }> {
    const lost = mask.frame.locator('.status[data-state="lost"]');
    const dots: Dot[] = [];
    const begun = Date.now();
    let killed = 0;
    const killer = sleep(time).then(() => {
      killed = Date.now();
      for (const pid of session.server.extensionHosts()) process.kill(pid, 'SIGKILL');
    });
    while (killed === 0 || !(await lost.isVisible())) {
      const [x, y] = [
        2 + spacing * (dots.length % columns),
        2 + spacing * Math.floor(dots.length / columns),
      ];
      await mask.click(x + 0.5, y + 0.5);
      dots.push({ x, y, drawn: Date.now() });
      const next = begun + dots.length * between;
      await sleep(Math.max(0, next - Date.now()));
      if (killed !== 0 && Date.now() > killed + 10_000) throw new Error('nothing was said');
    }
    await killer;
    return { dots, killed };
  }

  /** Goes where the editor's own link leads. */
  async function reload(mask: MaskPage): Promise<void> {
    const { page } = session;
    await page.evaluate('globalThis.segdecBeforeReload = true');
    await mask.frame.locator('.status a').click();
    await waitUntil('the reload', async () =>
      page.evaluate<boolean>('globalThis.segdecBeforeReload !== true').catch(() => false),
    );
  }

  const random = seededRandom(seed);
  const times = Array.from({ length: kills }, () => 1000 + random() * (longest - 1000));

  test.each(times)('kill after %i ms', async (time) => {
    const name = `part${times.indexOf(time)}.png`;
    const { workbench } = session;
    const mask = await MaskPage.open(workbench, name);
    await chooseSmallBrush(mask);
    const { dots, killed } = await drawUntilKilled(mask, time);
    await reload(mask);
    const again = await MaskPage.shown(workbench);
    await again.isDirty(true);
    await again.frame.locator('.stage').focus();
    await again.save();
    const found = await readMaskFile(maskFile(folder, name));
    if (found === undefined) throw new Error('there is no mask file');
    const isKept = ({ x, y }: Dot): boolean => found.has(x, y);
    const before = dots.filter(({ drawn }) => drawn < killed);
    const lost = before.filter((dot) => !isKept(dot));
    const oldest = Math.max(0, ...lost.map(({ drawn }) => killed - drawn));
    console.log(
      `Killed after ${Math.round(time)} ms (seed ${seed}): of ${before.length} strokes ${lost.length} lost, the oldest ${oldest} ms before.`,
    );
    expect(before.length).toBeGreaterThan(time / between / 3);
    expect(oldest).toBeLessThanOrEqual(1000);
    // Nothing but what was drawn.
    expect(found.count()).toBe(dots.filter(isKept).length);
    expect(found.width).toBe(imageSize.width);
    await workbench.runCommand('View: Close All Editors');
  });
});
