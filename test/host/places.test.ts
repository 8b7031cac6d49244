/** A dataset outside of the open folder in a real VS Code: asked about once, remembered, not used before. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newFolder } from './support/folders.ts';
import { writeTestImage } from './support/maskPage.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';

describeInHost('a dataset outside of the open folder', () => {
  let folder: string;
  let outside: string;
  let session: Session;

  beforeAll(async () => {
    [folder, outside] = [await newFolder(), await newFolder()];
    for (let i = 0; i < 3; i += 1) await writeTestImage(join(outside, `far${i}.png`), 100 + i);
    await writeFile(join(folder, 'segdec.json'), JSON.stringify({ dataset: outside }));
    session = await openSession({ workspace: folder });
    await session.workbench.showContainer('SegDec');
  });
  afterAll(async () => {
    await session.close();
    for (const each of [folder, outside]) await rm(each, { recursive: true, force: true });
  });

  test('is not listed until the person says so, and is remembered then', async () => {
    const { workbench, page } = session;
    const question = `names the dataset ${outside}, which lies outside`;
    await workbench.answerNotification(question, 'Not Now');
    await page.getByText('names a dataset outside of this folder').waitFor();
    expect(await page.getByText('far0.png').count()).toBe(0);

    await workbench.runCommand('SegDec: Use a Folder Outside of the Project…');
    await workbench.answerNotification(question, 'Use This Folder');
    await workbench.treeRow('Not labelled', 'Images').waitFor();
    expect(await page.getByText('names a dataset outside of this folder').count()).toBe(0);

    await workbench.reload();
    await workbench.showContainer('SegDec');
    await workbench.treeRow('Not labelled', 'Images').waitFor();
    expect((await workbench.notifications()).join()).not.toContain('lies outside');
    expect((await readdir(outside)).sort()).toEqual(['far0.png', 'far1.png', 'far2.png']);
  });
});
