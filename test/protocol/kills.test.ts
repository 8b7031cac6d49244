/**
 * Processes that die (docs/trust.md, row 4): a run outlives the server, the server outlives runs and
 * predictions, nothing is left behind when the client goes; and nothing at all is started untrusted.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { errorCodes, notices, requests } from '../../protocol/messages.ts';
import { readEvents } from '../../server/runs/eventLog.ts';
import { smallDataset } from '../support/smallRun.ts';
import {
  descendants,
  endRun,
  endless,
  isThere,
  pidOf,
  quick,
  startRun,
  startRunClient,
} from '../support/runClient.ts';
import type { RunClient } from '../support/runClient.ts';
import { temporaryFolder } from '../support/temporary.ts';

const onLinux = test.skipIf(process.platform !== 'linux');
const long = process.env['SEGDEC_LONG'] !== undefined;
const kills = long ? 100 : 20;

async function killed({ child, client }: RunClient): Promise<void> {
  const closed = once(child, 'exit');
  client.connection.dispose();
  child.kill('SIGKILL');
  await closed;
}

/** Waits until a process has ended, which it does after its cause; one that stays fails by the test's time. */
async function gone(pid: number): Promise<void> {
  while (isThere(pid)) await wait(20);
}

onLinux(
  `a run goes on while its server is killed ${kills} times, and each new server follows it`,
  async () => {
    const folder = await smallDataset(await temporaryFolder());
    let server = await startRunClient(folder);
    const run = await startRun(server, folder, endless);
    const pid = await pidOf(run);
    let slowest = 0;
    for (let i = 0; i < kills; i += 1) {
      await killed(server);
      const began = performance.now();
      server = await startRunClient(folder);
      slowest = Math.max(slowest, performance.now() - began);
      expect(await server.ask(requests.runList, { project: folder })).toMatchObject([
        { run, state: 'running' },
      ]);
      expect(await pidOf(run)).toBe(pid);
    }
    console.log(`up again and listed within ${Math.round(slowest)} ms`);
    const before = (await readEvents(join(run, 'events.jsonl'))).events.length;
    await server.ask(requests.runCancel, { run });
    await server.run(run, 'its end', ({ state }) => state === 'cancelled');
    expect((await readEvents(join(run, 'events.jsonl'))).events.length).toBeGreaterThan(before);
  },
);

onLinux(
  `a run that is killed ${kills} times is shown as stopped, and resumed, by the same server`,
  async () => {
    const folder = await smallDataset(await temporaryFolder());
    const server = await startRunClient(folder);
    const run = await startRun(server, folder, endless);
    for (let i = 0; i < kills; i += 1) {
      await server.run(run, 'running', ({ state }) => state === 'running');
      await endRun(run);
      await server.run(run, 'being stopped', ({ state }) => state === 'stopped');
      await server.ask(requests.runResume, { run });
    }
    await server.run(run, 'an epoch', ({ epoch }) => (epoch ?? 0) >= 1);
    expect(server.child.exitCode).toBeNull();
  },
);

onLinux(`a prediction after each of ${kills} kills of the inference process works`, async () => {
  const folder = await smallDataset(await temporaryFolder());
  const server = await startRunClient(folder);
  const project = folder;
  const run = await startRun(server, project, { ...quick, epochs: 1 });
  await server.run(run, 'its end', ({ state, active }) => state === 'finished' && active);
  const files = [join(folder, 'test', 'ok', '0004.png')];
  const inference = (): number =>
    descendants(server.child.pid ?? 0).find(({ command }) => command.includes('inferenceProcess'))
      ?.pid ?? 0;
  const [first] = await server.ask(requests.predictFiles, { project, files });
  expect(first).toMatchObject({ file: files[0] });
  for (let i = 0; i < kills; i += 1) {
    const pid = inference();
    if (i % 2 === 0) process.kill(pid, 'SIGKILL');
    else {
      // While a request is under way it costs that one, or comes too late for it.
      const asked = server.ask(requests.predictFiles, {
        project,
        files: [join(folder, 'test', 'ok')],
      });
      await wait(20 * (i % 5));
      process.kill(pid, 'SIGKILL');
      await asked.catch((error: unknown) =>
        expect(error).toMatchObject({ code: errorCodes.badInput }),
      );
    }
    await gone(pid);
    expect(await server.ask(requests.predictFiles, { project, files })).toEqual([first]);
  }
});

onLinux('nothing is left behind when the client goes, but training goes on', async () => {
  const folder = await smallDataset(await temporaryFolder());
  const server = await startRunClient(folder);
  const project = folder;
  const done = await startRun(server, project, { ...quick, epochs: 1 });
  await server.run(done, 'its end', ({ state, active }) => state === 'finished' && active);
  const run = await startRun(server, project, endless);
  const images = ['test/ok/0004.png'];
  await server.ask(requests.pictureGet, { project, images, kind: 'plain', side: 64 });
  await server.ask(requests.predictFiles, { project, files: [join(folder, 'test')] });
  const evaluating = server.refusal(requests.runEvaluate, { run: done });
  evaluating.catch(() => undefined);
  const top = server.child.pid ?? 0;
  for (; descendants(top).length < 4;) await wait(20);
  const below = descendants(top);
  // The run is nobody's child: an editor that ends its server ends the children, too.
  const trained = await pidOf(run);
  expect(below.map(({ pid }) => pid)).not.toContain(trained);
  server.client.connection.dispose();
  server.child.stdin?.end();
  for (const { pid } of [{ pid: top }, ...below]) await gone(pid);
  expect(isThere(trained ?? 0)).toBe(true);
});

onLinux('an untrusted workspace is looked at and labelled; nothing is started in it', async () => {
  const folder = await smallDataset(await temporaryFolder());
  const before = await startRunClient(folder);
  const run = await startRun(before, folder, { ...quick, epochs: 1 });
  await before.run(run, 'its end', ({ state }) => state === 'finished');
  await killed(before);

  const settings = { threads: 1, server: { runtime: '/bin/false', arguments: ['--evil'] } };
  const server = await startRunClient(folder, { trusted: false, settings });
  const project = folder;
  const refusals = [
    server.refusal(requests.runEstimate, { project, options: quick }),
    server.refusal(requests.runStart, { project, options: quick }),
    server.refusal(requests.runResume, { run }),
    server.refusal(requests.runEvaluate, { run }),
    server.refusal(requests.runExport, { run, file: join(folder, 'model.onnx') }),
    server.refusal(requests.predictFiles, { project, files: [join(folder, 'test')] }),
    server.refusal(requests.doctorRun, {}),
  ];
  for (const { code } of await Promise.all(refusals)) expect(code).toBe(errorCodes.untrusted);
  expect(descendants(server.child.pid ?? 0)).toEqual([]);
  expect(existsSync(join(folder, 'model.onnx'))).toBe(false);
  // Looking: runs, scores, pictures.
  expect(await server.ask(requests.runList, { project })).toMatchObject([{ run, active: true }]);
  const images = ['test/ok/0004.png'];
  const [picture] = await server.ask(requests.pictureGet, {
    ...{ project, images, kind: 'overlay', side: 64 },
  });
  expect(picture).toMatch(/\.jpg$/);
  const only = descendants(server.child.pid ?? 0).map(({ command }) => command);
  expect(only.every((command) => command.includes('decodeWorker'))).toBe(true);

  await server.client.connection.sendNotification(notices.trustGranted.type, {});
  const predicted = await server.ask(requests.predictFiles, {
    project,
    files: [join(folder, 'test', 'ok', '0004.png')],
  });
  expect(predicted).toHaveLength(1);
});
