/** The image grid and the training view in a real VS Code: pictures, labels, undo, and their return after a reload. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSampleDataset } from '../../server/data/synthetic.ts';
import { newFolder } from './support/folders.ts';
import {
  labelRows,
  processesWith,
  quickProject,
  startTraining,
  stateOf,
  writeProject,
} from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';
import { waitUntil } from './support/waitUntil.ts';

const endless = { ...quickProject, settings: { epochs: 5000 } };

describeInHost('the web views', () => {
  let folder: string;
  let session: Session;
  const violations: string[] = [];

  beforeAll(async () => {
    folder = await newFolder();
    await writeSampleDataset(folder, { images: 60, size: { width: 64, height: 128 } });
    await writeProject(folder, endless);
    session = await openSession({ workspace: folder });
    session.page.on('console', (line) => {
      const text = line.text();
      // Pages of web views come from an origin of their own, `fake.html`; the workbench has violations too.
      const from = `${line.location().url} ${text}`;
      if (text.includes('Content Security Policy') && from.includes('fake.html')) {
        violations.push(text);
      }
    });
    await session.workbench.showContainer('SegDec');
  });
  afterAll(async () => {
    for (const pid of await processesWith(folder)) process.kill(pid, 'SIGKILL');
    await session.close();
    await rm(folder, { recursive: true, force: true });
  });

  const grid = (): Promise<FrameLocator> =>
    session.workbench.webviewWith('.cell[data-image$=".png"]', { timeout: 60_000 });
  const training = (): Promise<FrameLocator> =>
    session.workbench.webviewWith('.run-facts dd', { timeout: 60_000 });

  /** For a person to look at. */
  async function keep(name: string): Promise<void> {
    const shots = process.env['SEGDEC_SCREENSHOTS'];
    if (shots === undefined) return;
    await mkdir(shots, { recursive: true });
    await session.page.screenshot({ path: join(shots, `${name}.png`) });
  }

  const loaded = (frame: FrameLocator): Promise<number> =>
    frame
      .locator('.cell img:not([hidden])')
      .evaluateAll(
        (images) =>
          images.filter((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0)
            .length,
      );

  test('the grid shows pictures of all images in sight', async () => {
    await session.workbench.runCommand('Open Image Grid');
    const frame = await grid();
    await waitUntil('pictures', async () => (await loaded(frame)) >= 10);
    expect(await frame.locator('.count').textContent()).toBe('60 images');
    await waitUntil('progress', async () =>
      ((await frame.locator('.progress-text').textContent()) ?? '').includes('of 60 labelled'),
    );
    await keep('host-grid');
  });

  test('keys write labels, and Ctrl+Z takes them back', async () => {
    const frame = await grid();
    const { page } = session;
    const before = await labelRows(folder);
    await frame.locator('.cell').nth(3).click();
    const image = await frame.locator('.cell:focus').getAttribute('data-image');
    await page.keyboard.press('2');
    await waitUntil('the label', async () =>
      (await labelRows(folder)).some((row) => row.startsWith(`${image},defective`)),
    );
    await frame.locator(`.cell[data-image="${image}"][data-label="defective"]`).waitFor();
    await waitUntil(
      'the next image',
      async () => (await frame.locator('.cell:focus').getAttribute('data-image')) !== image,
    );
    await page.keyboard.press('Control+Z');
    await waitUntil('the undo', async () => (await labelRows(folder)).join() === before.join());
  });

  test('space shows one image large', async () => {
    const frame = await grid();
    await frame.locator('.cell').nth(5).click();
    await session.page.keyboard.press(' ');
    await frame.locator('dialog[open]').waitFor();
    await frame.locator('dialog[data-sharp="true"]').waitFor();
    await keep('host-large');
    await session.page.keyboard.press('Escape');
    await frame.locator('dialog[open]').waitFor({ state: 'detached' });
  });

  test('the grid comes back when its tab is shown again, and after a reload, where it was', async () => {
    const { workbench, page } = session;
    let frame = await grid();
    await frame.locator('.cell').first().click();
    await page.keyboard.press('End');
    const focused = () => frame.locator('.cell[tabindex="0"]').getAttribute('data-image');
    const last = await waitUntil('the last image', async () => {
      const name = await focused();
      return (await frame.locator('.cell[tabindex="0"]').getAttribute('aria-posinset')) === '60'
        ? (name ?? undefined)
        : undefined;
    });
    // The page keeps its state once a second; nothing outside shows when it did.
    await page.waitForTimeout(1500);
    await workbench.openFile('segdec.json');
    await workbench.tab('Images').click();
    frame = await grid();
    await waitUntil('the same image', async () => (await focused()) === last);
    await workbench.reload();
    await workbench.tab('Images').click();
    frame = await grid();
    await waitUntil('the same image', async () => (await focused()) === last);
    await waitUntil('pictures', async () => (await loaded(frame)) >= 4);
  });

  test('a run is shown as it trains, also after a reload, and is cancelled from there', async () => {
    const { workbench } = session;
    const run = await startTraining(workbench, folder);
    let frame = await training();
    const epoch = async () =>
      Number(
        /^([\d,]+) of 5,000/.exec(
          (await frame.locator('[data-fact="epoch"] dd').textContent()) ?? '',
        )?.[1] ?? 0,
      );
    await waitUntil('a third epoch', async () => (await epoch()) > 2, { timeout: 60_000 });
    await keep('host-training');
    const before = await epoch();
    await workbench.reload();
    frame = await training();
    await waitUntil('more epochs', async () => (await epoch()) > before, { timeout: 60_000 });
    await frame.locator('.actions button', { hasText: 'Cancel' }).click();
    await waitUntil('the end', async () => (await stateOf(run)) === 'cancelled', {
      timeout: 60_000,
    });
    await frame.locator('.run-state[data-state="cancelled"]').waitFor();
    await frame.locator('.actions button', { hasText: 'Resume' }).waitFor();
    await keep('host-training-cancelled');
  });

  test('when the extension host dies, a mark is missed at once, and a link reloads the window', async () => {
    const { workbench, page, server } = session;
    await workbench.tab('Images').click();
    let frame = await grid();
    await frame.locator('.cell').first().click();
    for (const pid of server.extensionHosts()) process.kill(pid, 'SIGKILL');
    await waitUntil('another extension host', () => server.extensionHosts().length > 0);
    await page.keyboard.press('1');
    await frame.locator('.status[data-state="lost"]').waitFor({ timeout: 20_000 });
    await keep('host-lost');
    await page.evaluate('globalThis.segdecBeforeReload = true');
    await frame.locator('.status a').click();
    await waitUntil('the reload', async () =>
      page.evaluate<boolean>('globalThis.segdecBeforeReload !== true').catch(() => false),
    );
    await workbench.tab('Images').click({ timeout: 60_000 });
    frame = await grid();
    await frame.locator('.cell').first().click();
    await page.keyboard.press('2');
    await frame.locator('.cell').first().and(frame.locator('[data-label="defective"]')).waitFor();
  });

  test('no page broke its policy', () => {
    expect(violations).toEqual([]);
  });
});
