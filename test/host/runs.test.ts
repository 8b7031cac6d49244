/** Runs outlive the window and the server, and are cancelled, resumed and found dead from the editor. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSampleDataset } from '../../server/data/synthetic.ts';
import { newFolder } from './support/folders.ts';
import {
  processOf,
  processesWith,
  programsOf,
  quickProject,
  runRow,
  startTraining,
  stateOf,
  stepsOf,
  writeProject,
} from './support/segdec.ts';
import { openSession } from './support/session.ts';
import type { Session } from './support/session.ts';
import { describeInHost } from './support/setup.ts';
import { waitUntil } from './support/waitUntil.ts';

/** So many epochs that no test sees their end. */
const endless = { ...quickProject, settings: { epochs: 5000 } };

describeInHost('a run that goes on', () => {
  let folder: string;
  let session: Session;
  let run: string;

  beforeAll(async () => {
    folder = await newFolder();
    await writeSampleDataset(folder, { images: 24, size: { width: 64, height: 128 } });
    await writeProject(folder, endless);
    session = await openSession({ workspace: folder });
    await session.workbench.showContainer('SegDec');
    run = await startTraining(session.workbench, folder);
    await waitUntil('a first step', async () => (await stepsOf(run)) > 0);
  });
  afterAll(async () => {
    for (const pid of await processesWith(run)) process.kill(pid, 'SIGKILL');
    await session.close();
    await rm(folder, { recursive: true, force: true });
  });

  const described = async (text: RegExp): Promise<void> => {
    await runRow(session.workbench).filter({ hasText: text }).waitFor({ timeout: 30_000 });
  };

  test('shows its epoch in the view and in the status bar', async () => {
    await described(/epoch \d+\/5000/);
    await waitUntil('the status bar', async () =>
      /epoch \d+\/5000/.test(await session.workbench.statusBar()),
    );
  });

  test('goes on when the window reloads, and the view picks it up', async () => {
    const pid = await processOf(run);
    await session.workbench.reload();
    const steps = await stepsOf(run);
    await session.workbench.showContainer('SegDec');
    await described(/epoch \d+\/5000/);
    await waitUntil('more steps', async () => (await stepsOf(run)) > steps);
    expect(await processOf(run)).toBe(pid);
  });

  test('is untouched by a server that is killed, which is back within seconds', async () => {
    const pid = await processOf(run);
    const [server] = programsOf(session, 'server');
    process.kill(server?.pid ?? 0, 'SIGKILL');
    const began = performance.now();
    await waitUntil('another server', () =>
      programsOf(session, 'server').some((one) => one.pid !== server?.pid),
    );
    console.log(`The server was back after ${Math.round(performance.now() - began)} ms.`);
    const steps = await stepsOf(run);
    await waitUntil('more steps', async () => (await stepsOf(run)) > steps);
    expect(await processOf(run)).toBe(pid);
    await described(/epoch \d+\/5000/);
  });

  test('is cancelled with a checkpoint, and resumed', async () => {
    // Right after the server was killed: the command waits for the list of the new one.
    const [server] = programsOf(session, 'server');
    process.kill(server?.pid ?? 0, 'SIGKILL');
    await session.workbench.runCommand('Cancel a Run');
    await waitUntil('the end', async () => (await stateOf(run)) === 'cancelled');
    await described(/cancelled/);
    await session.workbench.runCommand('Resume a Run');
    await waitUntil('the start', async () => (await stateOf(run)) === 'running');
    await described(/epoch \d+\/5000/);
  });

  test('that is killed is shown as stopped, and can be resumed', async () => {
    process.kill(await processOf(run), 'SIGKILL');
    await described(/stopped/);
    const [server] = programsOf(session, 'server');
    expect(server).toBeDefined();
    await session.workbench.runCommand('Resume a Run');
    await described(/epoch \d+\/5000/);
    await session.workbench.runCommand('Cancel a Run');
    await described(/cancelled/);
  });
});
