/** What a new user meets after the first training: masks for good images, mistakes, values, runs, predictions. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSampleDataset } from '../../server/data/synthetic.ts';
import { readMetricsFile } from '../../server/runs/metricsFile.ts';
import { runPaths } from '../../server/runs/runFolder.ts';
import { readScores } from '../../server/runs/scoresFile.ts';
import { cli } from '../support/cli.ts';
import { newFolder } from './support/folders.ts';
import * as quickInput from './support/quickInput.ts';
import {
  expand,
  imageRow,
  labelRows,
  newestRun,
  quickProject,
  runRow,
  writeProject,
} from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';
import { waitUntil } from './support/waitUntil.ts';

const pictures = join('.cache', 'screenshots');

describeInHost('a new user', () => {
  let folder: string;
  let run: string;
  let session: Session;

  beforeAll(async () => {
    folder = await newFolder();
    await mkdir(pictures, { recursive: true });
    await writeSampleDataset(folder, { images: 24, size: { width: 64, height: 128 } });
    await writeProject(folder, quickProject);
    const trained = await cli(['train', folder]);
    expect(trained.code, trained.stderr).toBe(0);
    run = await newestRun(folder);
    session = await openSession({ workspace: folder });
    await session.workbench.showContainer('SegDec');
    await imageRow(session.workbench, 'Train').waitFor();
  }, 300_000);
  afterAll(async () => {
    await session.close();
    await rm(folder, { recursive: true, force: true });
  });

  const picture = (name: string): Promise<unknown> =>
    session.page.screenshot({ path: join(pictures, `new-user-${name}.png`) });

  /** The mask editor in front, ready to be painted in. */
  async function maskEditor(name: string): Promise<FrameLocator> {
    const { workbench, page } = session;
    await page.locator('.part.editor .tab.active', { hasText: name }).waitFor();
    const editor = await workbench.webviewWith('.stage', { timeout: 60_000 });
    await editor.locator('.note').waitFor({ state: 'hidden' });
    return editor;
  }

  const rowOf = async (image: string): Promise<string | undefined> =>
    (await labelRows(folder)).find((row) => row.startsWith(`${image},`));

  test('labels by keys in the tree, and the mask editor stays the editor', async () => {
    const { workbench, page } = session;
    await expand(workbench, 'Train');
    await expand(workbench, 'OK');
    await imageRow(workbench, '0000.png').click();
    await maskEditor('0000.png');
    await page.keyboard.press('2');
    await waitUntil('the label', async () => (await rowOf('train/ok/0000.png')) !== undefined);
    const next = page.locator('.part.editor .tab.active').filter({ hasNotText: '0000.png' });
    const name = (await next.textContent())?.trim() ?? '';
    expect(name).toMatch(/^\d{4}\.png/);
    await maskEditor(name);
  });

  test('gives a good image a mask: mark it defective, paint, save', async () => {
    const { workbench, page } = session;
    await workbench.openFile('train/ok/0000.png');
    await workbench.runCommand('Open in Mask Editor');
    const editor = await maskEditor('0000.png');
    expect(await editor.locator('[data-notice="readOnly"]').isVisible()).toBe(false);
    await editor.locator('.stage').focus();
    await page.keyboard.press('b');
    await editor.locator('.tools [data-tool="brush"][aria-pressed="true"]').waitFor();
    await editor.locator('.stage').click();
    await page.locator('.part.editor .tab.active.dirty').waitFor();
    await waitUntil('one region', async () => (await workbench.statusBar()).includes('1 region'));
    await picture('good-image-with-mask');
    await page.keyboard.press('Control+S');
    const mask = 'masks/train/ok/0000.png';
    await waitUntil('the mask file', () => existsSync(join(folder, mask)));
    await waitUntil('the row', async () => (await rowOf('train/ok/0000.png'))?.includes(mask));
    // Counted by the server, not by what was written a moment ago alone.
    const inspected = await cli(['inspect', folder, '--json']);
    expect(inspected.stdout).not.toContain(mask);
  });

  test('and Enter at the question about clearing it keeps the label', async () => {
    const { workbench, page } = session;
    await workbench.runCommand('Mask: Clear Mask…');
    await page.locator('.monaco-dialog-box').waitFor();
    await picture('clear-mask');
    await page.keyboard.press('Enter');
    await page.locator('.part.editor .tab.active.dirty').waitFor();
    expect(await rowOf('train/ok/0000.png')).toContain('defective');
    await page.keyboard.press('Control+Z');
    await workbench.runCommand('View: Close All Editors');
  });

  test('clicks a mistake among the problems: the mask editor opens, and the word offers fixes', async () => {
    const { workbench, page } = session;
    const scores = await readScores(runPaths(run).scores);
    const metrics = await readMetricsFile(runPaths(run).metrics);
    const threshold = metrics?.shippedThreshold.value ?? expect.fail('no threshold');
    const [image, score] =
      [...scores].find(([name]) => name.startsWith('test/ok/')) ?? expect.fail('no scores');
    const isAlarm = score >= threshold;
    const said = isAlarm ? 'False alarm' : 'Missed defect';
    if (!isAlarm) {
      // What the run passes is a missed defect once somebody says that there is one.
      await workbench.openFile(image);
      await workbench.runCommand('SegDec: Mark Defective');
      await waitUntil('the label', async () => (await rowOf(image))?.includes('defective'));
      await workbench.runCommand('View: Close All Editors');
    }
    await workbench.runCommand('Problems: Focus on Problems View');
    const rows = page.locator('.markers-panel .monaco-list-row');
    // A file, and below it what is wrong with it.
    const [file, row] = [rows.nth(0), rows.nth(1)];
    await row
      .filter({ hasText: said })
      .or(row.filter({ hasText: 'Missed defect' }))
      .waitFor();
    const name = (await file.locator('.label-name').textContent()) ?? '';
    await row.click();
    await maskEditor(name);
    await picture('problem');
    await row.locator('a', { hasText: /false-alarm|missed-defect/ }).click();
    await waitUntil('the fixes', async () =>
      (await quickInput.offered(page)).includes('Paint its mask'),
    );
    await picture('problem-fixes');
    await quickInput.dismiss(page);
    await workbench.runCommand('View: Close All Editors');
  });

  test('a mask that was drawn on a turned image: the word of the problem offers to read images as stored', async () => {
    const { workbench, page } = session;
    const [name = ''] = (await readdir(join(folder, 'test/masks'), { recursive: true })).filter(
      (file) => file.endsWith('.png'),
    );
    const image = join(folder, 'test/defective', name);
    await writeFile(image, await sharp(image).withMetadata({ orientation: 6 }).png().toBuffer());
    await workbench.runCommand('SegDec: Inspect Dataset');
    await workbench.notification(/findings/);
    await workbench.runCommand('Problems: Focus on Problems View');
    const code = page.locator('.markers-panel a', { hasText: 'orientation' });
    await code.first().click();
    await quickInput.pickItem(page, 'Read images as they are stored, without turning them');
    await workbench.notification('images are read as they are stored');
    await code.first().waitFor({ state: 'detached' });
    expect(JSON.parse(await readFile(join(folder, 'segdec.json'), 'utf8'))).toMatchObject({
      orientation: 'stored',
    });
    await workbench.runCommand('Notifications: Clear All Notifications');
    await workbench.runCommand('View: Close All Editors');
  });

  test('types a bad value in the train dialog: it is refused in its box, and Escape goes one step back', async () => {
    const { workbench, page } = session;
    const rows = page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row');
    const start = rows.filter({ hasText: 'Start training' });
    await workbench.runCommand('Train segdec');
    await start.waitFor();
    await picture('train-dialog');
    await rows.filter({ hasText: 'Epochs' }).click();
    await workbench.typeText('7');
    await rows.filter({ hasText: 'Epochs: 7' }).waitFor();
    await rows.filter({ hasText: 'Input size' }).click();
    await workbench.typeText('60x61');
    await waitUntil('the refusal', async () =>
      (await quickInput.inputMessage(page)).includes('a multiple of 8'),
    );
    // Of the right form, and too much for any machine: only the server knows that.
    await workbench.typeText('16384x16384');
    await waitUntil('the refusal', async () =>
      (await quickInput.inputMessage(page)).includes('16384'),
    );
    await picture('train-refused');
    await page.keyboard.press('Escape');
    await rows.filter({ hasText: 'Epochs: 7' }).waitFor();
    await rows.filter({ hasText: 'Show every value' }).click();
    await rows.filter({ hasText: 'splitSeed' }).first().waitFor();
    await picture('train-values');
    await page.keyboard.press('Escape');
    await rows.filter({ hasText: 'Epochs: 7' }).waitFor();
    await quickInput.dismiss(page);
  });

  test('predicts a folder, and opens the predictions again later', async () => {
    const { workbench, page } = session;
    await workbench.runCommand('Predict a Folder…');
    await workbench.typePath(join(folder, 'test', 'ok'));
    const rows = page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row');
    await rows
      .filter({ hasText: /0\.\d{3}/ })
      .first()
      .waitFor({ timeout: 60_000 });
    await picture('predictions');
    await rows.first().click();
    const heatMap = page.locator('.part.editor .tab', { hasText: /^\d{4}\.png\.jpg/ });
    await heatMap.first().waitFor();
    await quickInput.dismiss(page);
    const [kept = ''] = await readdir(join(folder, '.segdec', 'predictions'));
    const table = await readFile(join(folder, '.segdec/predictions', kept, 'predictions.csv'));
    expect(table.toString()).toMatch(/^image,score,threshold,verdict,picture,error\n\d{4}\.png,/);
    await workbench.runCommand('View: Close All Editors');
    await workbench.runCommand('Open Predictions…');
    await rows.filter({ hasText: 'test/ok' }).first().click();
    await rows
      .filter({ hasText: /0\.\d{3}/ })
      .first()
      .click();
    await heatMap.first().waitFor();
    await quickInput.dismiss(page);
  });

  test('deletes a run by its key with its page in front; the page offers nothing then', async () => {
    const { workbench, page } = session;
    await runRow(workbench).click();
    const training = await workbench.webviewWith('.run-header');
    // The click left the keys to the view.
    await page.keyboard.press('Delete');
    await page.locator('.monaco-dialog-box').waitFor();
    await picture('delete');
    // What Enter presses keeps it.
    await page.keyboard.press('Enter');
    await page.locator('.monaco-dialog-box').waitFor({ state: 'hidden' });
    expect(existsSync(run)).toBe(true);
    await training.locator('.run-header h1').click();
    await page.keyboard.press('Delete');
    await workbench.answerDialog(/^Delete$/);
    await waitUntil('the end of the folder', () => !existsSync(run));
    await training.locator('.run-state[data-state="gone"]').waitFor();
    expect(await training.locator('.actions button').count()).toBe(0);
    await picture('deleted');
  });
});
