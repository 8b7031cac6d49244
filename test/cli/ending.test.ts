/** Ctrl-C, SIGTERM and a closed terminal end any command at any moment, and nothing is left half-written. */
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, startCli } from '../support/cli.ts';
import type { Ended, Started } from '../support/cli.ts';
import { seededRandom } from '../support/random.ts';
import { smallDataset, smallRun } from '../support/smallRun.ts';

const folder = mkdtempSync(join(tmpdir(), 'segdec-ending-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const isLong = process.env['SEGDEC_LONG'] !== undefined;
let data = '';
const run = join(folder, 'run');
/** Where commands keep temporary files: none may stay. */
const temporary = join(folder, 'temporary');

beforeAll(async () => {
  data = await smallDataset(folder);
  await mkdir(temporary);
  const { code, stderr } = await cli(smallRun(data, run, ['--epochs', '1']));
  expect(code, stderr).toBe(0);
  const exported = await cli(['export', run, '--safetensors', join(folder, 'w.safetensors')]);
  expect(exported.code, exported.stderr).toBe(0);
}, 60_000);

/** Blocks the process that does the work (no other that it starts), as a call into the runtime does. */
const blocked = join(folder, 'blocked.mjs');
const blocking = `if (process.argv[1]?.endsWith('command.js')) setTimeout(() => {
  process.stderr.write('blocked\\n');
  for (;;);
}, Number(process.env.BLOCK_AFTER));`;

async function startBlocked(args: readonly string[], after: number): Promise<Started> {
  await writeFile(blocked, blocking);
  const started = startCli(args, {
    env: { NODE_OPTIONS: `--import=${blocked}`, BLOCK_AFTER: String(after), TMPDIR: temporary },
  });
  await new Promise<void>((found) => {
    started.child.stderr?.on('data', (text: string) => {
      if (text.includes('blocked')) found();
    });
  });
  return started;
}

const leftovers = async (place: string): Promise<string[]> =>
  (await readdir(place, { recursive: true })).filter((name) =>
    /\.segdec-[0-9a-f]+\.tmp|lock-[0-9a-f]+\.json/.test(name),
  );

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends a command that hears nothing',
  async (signal) => {
    const { child, ended } = await startBlocked(['inspect', data], 0);
    child.kill(signal);
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('Stopping cleanly');
    expect(stderr).toContain('It did not end within 1.5 s');
  },
);

test('a second Ctrl-C ends a training that hears nothing, without a lock left; it goes on', async () => {
  const output = join(folder, 'twice');
  const args = smallRun(data, output, ['--epochs', '400']);
  const { child, ended } = await startBlocked(args, 2500);
  child.kill('SIGINT');
  await new Promise((wake) => setTimeout(wake, 1100));
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect(code).toBe(130);
  expect(stderr).not.toContain('It did not end');
  expect(await leftovers(folder)).toEqual([]);
});

test('when the process that was started is killed, the one that works ends too', async () => {
  const { child, ended } = startCli(smallRun(data, join(folder, 'orphan'), ['--epochs', '4000']));
  let isKilled = false;
  child.stderr?.on('data', () => {
    if (!isKilled) child.kill('SIGKILL');
    isKilled = true;
  });
  // Its streams are closed when the other has ended.
  expect((await ended).signal).toBe('SIGKILL');
});

test('a process that the system ends is told of', async () => {
  await writeFile(
    blocked,
    "if (process.argv[1]?.endsWith('command.js')) setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);",
  );
  const { code, stderr } = await cli(['inspect', data], {
    env: { NODE_OPTIONS: `--import=${blocked}` },
  });
  expect(code).toBe(70);
  expect(stderr).toMatch(/ended by SIGKILL; where memory ran out/);
});

/** Runs with stdout going somewhere odd. */
async function into(stdout: 'closed' | number, args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [resolve('dist/cli.js'), ...args], {
    stdio: ['ignore', stdout === 'closed' ? 'pipe' : stdout, 'pipe'],
  });
  if (stdout === 'closed') child.stdout?.destroy();
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return await new Promise((done) => {
    child.on('close', (code, signal) => done({ code, signal, stdout: '', stderr }));
  });
}

test('nobody reads: a command ends quietly', async () => {
  for (const args of [['inspect', data], ['predict', run, data], ['runs', data], ['--help']]) {
    const { code, stderr } = await into('closed', args);
    expect(stderr, args[0]).not.toMatch(/EPIPE|This is a fault/);
    expect([0, 130], args[0]).toContain(code);
  }
});

test.skipIf(process.platform !== 'linux')('a full disk behind stdout is a sentence', async () => {
  for (const args of [['inspect', data], ['predict', run, data, '--csv'], ['--help']]) {
    const { code, stderr } = await into(openSync('/dev/full', 'w'), args);
    expect(stderr, args[0]).toMatch(/The output could not be written: the disk is full \(ENOSPC\)/);
    expect(code, args[0]).toBe(2);
  }
});

/** Commands with a place of their own for what they write, by number. */
const commands: readonly ((place: string) => readonly string[])[] = [
  () => ['inspect', data],
  (place) => smallRun(data, place, ['--epochs', '30']),
  () => ['evaluate', run],
  (place) => ['predict', run, data, '--output', place, '--heatmaps'],
  (place) => ['export', run, '--onnx', join(place, 'm.onnx')],
  (place) => ['import', join(folder, 'w.safetensors'), '--output', join(place, 'imported')],
  (place) => ['masks', 'export', data, '--format', 'coco', '--output', join(place, 'masks')],
  (place) => ['sample', join(place, 'sample')],
  () => ['runs', data],
  () => ['resume', run],
];

test('signals at random moments', async () => {
  const count = isLong ? 200 : 15;
  const seed = Number(process.env['SEGDEC_SEED'] ?? 20_261_128);
  const random = seededRandom(seed);
  /** Commands that keep a checkpoint have longer. */
  const longest = { train: { took: 0, what: '' }, others: { took: 0, what: '' } };
  const codes = new Map<number | null, number>();
  for (let i = 0; i < count; i += 1) {
    const place = join(folder, `random-${i}`);
    const make = commands[i % commands.length];
    const args = make?.(place) ?? [];
    if (args[0] !== 'train' && args[0] !== 'predict') await mkdir(place, { recursive: true });
    const signal = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const)[Math.floor(random() * 3)] ?? 'SIGINT';
    const { child, ended } = startCli(args, { env: { TMPDIR: temporary } });
    let asked = Number.NaN;
    const timer = setTimeout(
      () => {
        asked = performance.now();
        child.kill(signal);
      },
      60 + random() * 1200,
    );
    const { code, signal: by, stderr } = await ended;
    clearTimeout(timer);
    const took = performance.now() - asked;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    const what = `${args.join(' ')}: ${signal} ${by ?? ''} ${stderr}`;
    const kind = args[0] === 'train' || args[0] === 'resume' ? 'train' : 'others';
    if (took > longest[kind].took) longest[kind] = { took, what };
    // Before Node listens the system's own end is right, too; a fast command may be done.
    if (by === null) expect([0, 130], what).toContain(code);
    else expect(by, what).toBe(signal);
    expect(await leftovers(place).catch(() => []), what).toEqual([]);
    expect(
      (await readdir(temporary)).filter((name) => name.includes('segdec')),
      what,
    ).toEqual([]);
    for (const name of await readdir(place).catch(() => []))
      if (name.endsWith('.json')) JSON.parse(await readFile(join(place, name), 'utf8'));
    const names = await readdir(place).catch((): string[] => []);
    if (args[0] === 'train' && names.includes('run.json') && code === 130) {
      const resumed = startCli(['resume', place]);
      resumed.child.stderr?.on('data', (text: string) => {
        if (text.includes('Epoch')) resumed.child.kill('SIGINT');
      });
      const { code: end, stderr: said } = await resumed.ended;
      expect([0, 130], said).toContain(end);
    }
  }
  const seen = [...codes].map(([code, times]) => `${times} x ${code ?? 'signal'}`).join(', ');
  const slowest = Object.values(longest).map(
    ({ took, what }) => `\n${Math.round(took)} ms: ${what.trim()}`,
  );
  console.log(`${count} signals, seed ${seed}: ${seen}; the longest ends${slowest.join('')}`);
}, 600_000);
