/** From an empty window to a trained model: what someone does in the first five minutes, without a terminal. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEgressProxy } from '../support/egressProxy.ts';
import type { EgressProxy } from '../support/egressProxy.ts';
import { newFolder } from './support/folders.ts';
import {
  collapse,
  expand,
  imageRow,
  labelRows,
  quickProject,
  runRow,
  startTraining,
  stateOf,
  writeProject,
} from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';
import { waitUntil } from './support/waitUntil.ts';

describeInHost('someone who opens an empty folder', () => {
  let folder: string;
  let egress: EgressProxy;
  let session: Session;

  beforeAll(async () => {
    folder = await newFolder();
    egress = await startEgressProxy();
    session = await openSession({ workspace: folder, egress });
  });
  afterAll(async () => {
    await session.close();
    await egress.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('creates the sample dataset', async () => {
    const { workbench } = session;
    await workbench.runCommand('Create Sample Dataset');
    await workbench.notification(/160 images are in/, { timeout: 60_000 });
    await writeProject(folder, quickProject);
    await workbench.showContainer('SegDec');
    await imageRow(workbench, 'train').waitFor();
    await imageRow(workbench, 'test').waitFor();
  });

  test('labels three images with a key, and takes one back', async () => {
    const { workbench, page } = session;
    const before = await labelRows(folder);
    await expand(workbench, 'train');
    await expand(workbench, 'OK');
    for (const name of ['0000.png', '0002.png', '0006.png']) {
      await imageRow(workbench, name).click();
      await page.keyboard.press('2');
      await waitUntil(`${name} in labels.csv`, async () =>
        (await labelRows(folder)).some((row) => row.startsWith(`train/ok/${name},defective`)),
      );
      // It leaves the group of good images: only then do the other rows stand still.
      await imageRow(workbench, name).waitFor({ state: 'hidden' });
    }
    await workbench.runCommand('Undo Labels');
    const rows = await waitUntil('the undo', async () => {
      const now = await labelRows(folder);
      return now.length === before.length + 2 ? now : undefined;
    });
    expect(rows.filter((row) => row.startsWith('train/ok/'))).toHaveLength(2);
    expect(rows.filter((row) => before.includes(row))).toEqual(before);
    await workbench.runCommand('Undo Labels');
    await workbench.runCommand('Undo Labels');
    await waitUntil('all undone', async () => (await labelRows(folder)).join() === before.join());
  });

  test('trains', async () => {
    const { workbench } = session;
    const run = await startTraining(workbench, folder);
    await runRow(workbench).waitFor();
    await waitUntil('the end of training', async () => (await stateOf(run)) === 'finished', {
      timeout: 150_000,
    });
    await workbench.notification(/is trained, AP/);
  });

  test('sees scores in the tree, in labels.csv and in a hover with a picture', async () => {
    const { workbench, page } = session;
    await collapse(workbench, 'Train');
    await expand(workbench, 'Test');
    await expand(workbench, 'Defective, with mask');
    const row = workbench.page.locator('.part.sidebar .monaco-list-row', {
      hasText: /0\.\d{3}\s(TP|FN)/,
    });
    await row.first().waitFor();
    await workbench.openFile('labels.csv');
    const hint = page.locator('.part.editor .view-line', { hasText: /0\.\d{3}\s(TP|FN)/ });
    await hint.first().waitFor();
    await page
      .locator('.view-line', { hasText: 'train/defective' })
      .first()
      .hover({
        position: { x: 60, y: 8 },
      });
    await page.locator('.monaco-hover img').first().waitFor();
  });

  test('and nothing has left the machine', async () => {
    // VS Code's built-in image preview reports to its maker, whatever the settings say: not ours to stop.
    const ours = (await egress.attempts()).filter((one) => !one.includes('events.data.microsoft'));
    expect(ours).toEqual([]);
  });
});
