/** What works when the server cannot be started, crashes again and again, or must run nothing. */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { writeSampleDataset } from '../../server/data/synthetic.ts';
import { newFolder } from './support/folders.ts';
import {
  expand,
  imageRow,
  labelRows,
  programsOf,
  quickProject,
  writeProject,
} from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session, SessionOptions } from './support/session.ts';
import { describeInHost } from './support/setup.ts';
import { waitUntil } from './support/waitUntil.ts';

describeInHost('without its server', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await newFolder();
    await writeSampleDataset(folder, { images: 24, size: { width: 64, height: 128 } });
    await writeProject(folder, quickProject);
  });
  const open = async (options: SessionOptions = {}): Promise<Session> => {
    const session = await openSession({ workspace: folder, ...options });
    // After the frame of these tests has kept the evidence of a failure.
    onTestFinished(async () => {
      await session.close();
      await rm(folder, { recursive: true, force: true });
    });
    return session;
  };

  test('a server that cannot be started leaves activation and labelling alone, and says why', async () => {
    const now = await open({
      settings: { 'segdec.server.runtime': '/nowhere/node' },
    });
    const { workbench, page } = now;
    await workbench.showContainer('SegDec');
    // The folders as they are: nobody has read the layout.
    await expand(workbench, 'train/ok');
    await imageRow(workbench, '0000.png').click();
    await page.keyboard.press('2');
    await waitUntil('the label', async () =>
      (await labelRows(folder)).some((row) => row.includes('0000.png,defective')),
    );
    await workbench.runCommand('Restart Server');
    await workbench.notification(/\/nowhere\/node \(setting segdec\.server\.runtime\)/);
    expect(programsOf(now, 'server')).toEqual([]);
  });

  test('a server that crashes is started again four times; the fifth time it says so and offers a restart', async () => {
    const now = await open();
    const { workbench } = now;
    await workbench.showContainer('SegDec');
    await imageRow(workbench, 'Train').waitFor();
    const killed = new Set<number>();
    for (let crash = 0; crash < 5; crash += 1) {
      const server = await waitUntil('the server', () =>
        programsOf(now, 'server').find(({ pid }) => !killed.has(pid)),
      );
      killed.add(server.pid);
      process.kill(server.pid, 'SIGKILL');
    }
    const toast = await workbench.notification(/crashed five times in three minutes/);
    await imageRow(workbench, 'Train').waitFor();
    await toast.locator('.monaco-button', { hasText: 'Restart Server' }).click();
    await waitUntil('a new server', () =>
      programsOf(now, 'server').some(({ pid }) => !killed.has(pid)),
    );
  });

  test('an untrusted workspace is looked at and labelled, and nothing of its settings is run', async () => {
    await mkdir(join(folder, '.vscode'));
    const marker = join(folder, 'was-run');
    await writeFile(join(folder, 'evil.sh'), `#!/bin/sh\ntouch '${marker}'\n`, { mode: 0o755 });
    await writeFile(
      join(folder, '.vscode', 'settings.json'),
      JSON.stringify({
        'segdec.server.runtime': join(folder, 'evil.sh'),
        'segdec.server.arguments': ['--import', join(folder, 'evil.mjs')],
        'segdec.threads': 1000,
        'segdec.memory': 0.001,
        'segdec.trace.server': 'verbose',
        'segdec.runs.notify': true,
        'segdec.inlayHints.enabled': true,
        'segdec.decorations.enabled': true,
        'segdec.diagnostics.findings': true,
        'segdec.diagnostics.mistakes': true,
      }),
    );
    const now = await open({ trust: true });
    const { workbench, page } = now;
    await workbench.answerDialog(/No, I don't trust|Don't Trust|browse/i);
    await workbench.showContainer('SegDec');
    await expand(workbench, 'Train');
    await expand(workbench, 'OK');
    await imageRow(workbench, '0000.png').click();
    await page.keyboard.press('2');
    await waitUntil('the label', async () =>
      (await labelRows(folder)).some((row) => row.includes('0000.png,defective')),
    );
    expect(await workbench.commandsOffered('Train segdec')).not.toContain('SegDec: Train segdec');
    const servers = programsOf(now, 'server');
    expect(servers).toHaveLength(1);
    expect(servers[0]?.command).not.toContain('evil');
    expect(programsOf(now, 'runProcess')).toEqual([]);
    expect(programsOf(now, 'inferenceProcess')).toEqual([]);
    expect(existsSync(marker)).toBe(false);
  });
});
