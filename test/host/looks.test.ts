/**
 * What people see, in three themes: pictures go to .cache/screenshots, to be looked at. With SEGDEC_LOOKS=more
 * dialogs and problems are among them, with SEGDEC_LOOKS=full the model is trained well first as well, as for the
 * pictures of the README.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSampleDataset } from '../../server/data/synthetic.ts';
import { cli } from '../support/cli.ts';
import { newFolder } from './support/folders.ts';
import * as quickInput from './support/quickInput.ts';
import { expand, imageRow, quickProject, runRow, writeProject } from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';
import { waitUntil } from './support/waitUntil.ts';

const looks = process.env['SEGDEC_LOOKS'];
const isFull = looks === 'full';
const pictures = join('.cache', 'screenshots');
/** Themes by their titles, with a part of the class that the workbench has under them. */
const themes = {
  'Dark Modern': 'dark_modern',
  'Light Modern': 'light_modern',
  'Dark High Contrast': 'hc_black',
} as const;
type Theme = keyof typeof themes;
const themeTitles = Object.keys(themes) as Theme[];
const fileName = (view: string, theme: Theme): string =>
  `${view}-${theme.toLowerCase().replaceAll(' ', '-')}`;

describeInHost('what people see', () => {
  let parent: string;
  let folder: string;
  let session: Session;
  const violations: string[] = [];

  beforeAll(async () => {
    parent = await newFolder();
    folder = join(parent, 'surfaces');
    await mkdir(pictures, { recursive: true });
    await writeSampleDataset(folder, isFull ? {} : { images: 48 });
    await writeProject(folder, { ...quickProject, validation: 0.2 });
    const length = isFull ? ['--width', '0.5', '--epochs', '10'] : ['--epochs', '3'];
    const trained = await cli(['train', folder, '--validation-every', '1', ...length]);
    expect(trained.code, trained.stderr).toBe(0);
    session = await openSession({ workspace: folder, viewport: { width: 1360, height: 850 } });
    session.page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) violations.push(message.text());
    });
    await session.workbench.showContainer('SegDec');
    await imageRow(session.workbench, 'Test').waitFor();
  }, 600_000);
  afterAll(async () => {
    await session.close();
    await rm(parent, { recursive: true, force: true });
  });

  const useTheme = async (theme: Theme): Promise<void> => {
    await session.workbench.runCommand('Preferences: Color Theme');
    await session.workbench.typeText(theme);
    await session.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await session.page.locator(`.monaco-workbench[class*="${themes[theme]}"]`).waitFor();
  };
  const picture = async (name: string): Promise<void> => {
    await session.page.mouse.move(700, 845);
    await session.page.screenshot({ path: join(pictures, `${name}.png`) });
  };

  test('the grid beside the tree', async () => {
    const { workbench } = session;
    await expand(workbench, 'Test');
    await expand(workbench, 'Defective, with mask');
    await workbench.runCommand('Open Image Grid');
    const grid = await workbench.webviewWith('[role="grid"], [role="listbox"]');
    await waitUntil('the thumbnails', async () => (await grid.locator('img').count()) > 8);
    for (const theme of themeTitles) {
      await useTheme(theme);
      await waitUntil('drawn thumbnails', async () => {
        const widths = await grid
          .locator('img')
          .evaluateAll((images) =>
            images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
          );
        return widths.filter((width) => width > 0).length > 8;
      });
      await picture(fileName('grid', theme));
    }
  });

  test('the training view', async () => {
    const { workbench } = session;
    await runRow(workbench).click();
    const training = await workbench.webviewWith('canvas');
    await training.locator('canvas').first().waitFor();
    for (const theme of themeTitles) {
      await useTheme(theme);
      await picture(fileName('training', theme));
    }
  });

  test('labels.csv with hints, and a hover with the picture', async () => {
    const { workbench, page } = session;
    await workbench.openFile('labels.csv');
    await page
      .locator('.part.editor .view-line', { hasText: /0\.\d{3}\s(TP|FN)/ })
      .first()
      .waitFor();
    for (const theme of themeTitles) {
      await useTheme(theme);
      const row = page.locator('.view-line', { hasText: 'train/defective' }).nth(1);
      await row.hover({ position: { x: 60, y: 8 } });
      await page.locator('.monaco-hover img').first().waitFor();
      await page.screenshot({ path: join(pictures, `${fileName('hover', theme)}.png`) });
      await page.keyboard.press('Escape');
      await page.mouse.move(700, 845);
    }
  });

  test('the mask editor, with the heat map', async () => {
    const { workbench, page } = session;
    await workbench.treeRow('TP', 'Images').click();
    const editor = await workbench.webviewWith('.stage', { timeout: 60_000 });
    await editor.locator('.note').waitFor({ state: 'hidden' });
    await editor.locator('.stage').focus();
    await page.keyboard.press('m');
    await editor.getByRole('button', { name: 'View', exact: true }).click();
    await editor
      .getByRole('checkbox', { name: 'Heat map' })
      .and(editor.locator(':checked'))
      .waitFor();
    await page.keyboard.press('Escape');
    for (const theme of themeTitles) {
      await useTheme(theme);
      await picture(fileName('mask', theme));
    }
  });

  // Not among the tests otherwise: its pictures are for eyes alone, and it asserts little.
  if (looks !== undefined)
    test('problems, and the dialogs', async () => {
      const { workbench, page } = session;
      const rows = page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row');
      await workbench.runCommand('View: Close All Editors');
      await workbench.runCommand('Problems: Focus on Problems View');
      for (const theme of themeTitles) {
        await useTheme(theme);
        await page.locator('.markers-panel .monaco-list-row').first().waitFor();
        await picture(fileName('problems', theme));
        await page
          .locator('.markers-panel a', { hasText: /false-alarm|missed-defect/ })
          .first()
          .click();
        await rows.first().waitFor();
        await picture(fileName('problem-fixes', theme));
        await quickInput.dismiss(page);
        for (const [name, command] of [
          ['import', 'SegDec: Import Masks…'],
          ['export', 'SegDec: Export Masks…'],
          ['train', 'SegDec: Train segdec'],
          ['filter', 'SegDec: Filter Images…'],
        ] as const) {
          await workbench.runCommand(command);
          await rows.first().waitFor();
          await picture(fileName(name, theme));
          await quickInput.dismiss(page);
        }
      }
      await workbench.runCommand('Predict a Folder…');
      await workbench.typePath(join(folder, 'test', 'ok'));
      await rows
        .filter({ hasText: /0\.\d{3}/ })
        .first()
        .waitFor({ timeout: 60_000 });
      await rows.first().click();
      await picture('predictions');
      await quickInput.dismiss(page);
      for (const theme of themeTitles) {
        await useTheme(theme);
        await workbench.runCommand('Open Predictions…');
        await rows.filter({ hasText: 'test/ok' }).first().waitFor();
        await picture(fileName('open-predictions', theme));
        await rows.first().click();
        await rows
          .filter({ hasText: /0\.\d{3}/ })
          .first()
          .waitFor();
        await picture(fileName('predictions', theme));
        await quickInput.dismiss(page);
      }
    });

  test('and no page broke its content security policy', () => {
    expect(violations.filter((text) => text.includes('segdec'))).toEqual([]);
  });
});
