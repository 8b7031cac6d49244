/**
 * Models that crash, hang or take too much, run by the built command: it ends with exit 2 and a sentence
 * that names the model, or at once when it is told to, and leaves no process behind.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import sharp from 'sharp';
import { cli, startCli } from '../support/cli.ts';
import type { Started } from '../support/cli.ts';
import { hostileModels } from '../support/hostileModels.ts';
import { changed, slowModel, smallModel } from '../support/modelFiles.ts';
import { descendants, isThere } from '../support/runClient.ts';

const folder = mkdtempSync(join(tmpdir(), 'segdec-models-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const slow = join(folder, 'slow.onnx');
const small = join(folder, 'small.onnx');
const image = join(folder, 'image.png');
const onLinux = describe.skipIf(process.platform !== 'linux');

beforeAll(async () => {
  await writeFile(slow, slowModel());
  await writeFile(small, smallModel(64, 128));
  const pixels = { width: 64, height: 128, channels: 1, background: '#808080' } as const;
  await sharp({ create: { ...pixels, channels: 3 } })
    .png()
    .toFile(image);
});

/** Hundredths of a second that a process has computed. */
function computed(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

interface Computing extends Started {
  /** The process that runs the model. */
  readonly pid: number;
}

/** `predict` with the slow model, once its model is loaded and computes. */
async function startSlow(): Promise<Computing> {
  const args = ['predict', slow, image, '--deadline', '100000', '--threads', '1', '--json'];
  const started = startCli(args);
  await new Promise<void>((resolve) => {
    let said = '';
    started.child.stdout?.on('data', (text: string) => {
      said += text;
      if (said.includes('"predictions"')) resolve();
    });
  });
  const below = descendants(started.child.pid ?? 0);
  const pid = below.find(({ command }) => command.includes('inferenceProcess'))?.pid ?? 0;
  const before = computed(pid);
  while (computed(pid) < before + 50) await wait(20);
  return { ...started, pid };
}

/** Waits for the end of a process; the test's own time limit ends the waiting. */
async function gone(pid: number): Promise<void> {
  while (isThere(pid)) await wait(20);
}

onLinux('a model that computes for many minutes', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends it, and the process that runs it',
    { timeout: 60_000 },
    async (signal) => {
      const { child, ended, pid } = await startSlow();
      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      expect(code, stderr).toBe(130);
      expect(JSON.parse(stdout)).toMatchObject({ predictions: [] });
      await gone(pid);
    },
  );

  test('a command that is killed leaves no process behind', { timeout: 60_000 }, async () => {
    const { child, ended, pid } = await startSlow();
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    await gone(pid);
  });

  test.each(['SIGFPE', 'SIGKILL'] as const)(
    'a crash by %s is a sentence with the model and the image',
    { timeout: 60_000 },
    async (signal) => {
      const { ended, pid } = await startSlow();
      process.kill(pid, signal);
      const { code, stderr } = await ended;
      expect(code, stderr).toBe(2);
      expect(stderr).toContain(slow);
      expect(stderr).toContain(`${image} was ended (${signal})`);
    },
  );
});

describe('a model is ended, and exit 2 says why', () => {
  test('beyond its deadline', { timeout: 60_000 }, async () => {
    // Long enough to load it, far too short to run it; refused by the walk without the work's being allowed.
    const refused = await cli(['predict', slow, image]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /slow\.onnx: The model is refused: .* multiplications.*--deadline/,
    );
    const { code, stderr } = await cli(['predict', small, image, '--deadline', '0.02']);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/small\.onnx took longer than 0\.02 s for .*--deadline/);
  });

  test('beyond its memory', { timeout: 60_000 }, async () => {
    const { code, stderr } = await cli(['predict', small, image, '--model-memory', '0.02']);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/small\.onnx took more memory than a model may have.*--model-memory/);
  });

  test('or is never run, with its name', { timeout: 60_000 }, async () => {
    const chosen = ['a loop of 2^31', 'an integer division by zero', 'data in a relative file'];
    for (const [name, refusal, change] of hostileModels) {
      if (!chosen.includes(name)) continue;
      const file = join(folder, 'evil.onnx');
      await writeFile(file, changed(smallModel(64, 128), change));
      const { code, stderr } = await cli(['predict', file, image]);
      expect(code, name).toBe(2);
      expect(stderr).toMatch(refusal);
      expect(stderr).toContain(file);
    }
    for (const [link, target] of [
      ['zero.onnx', '/dev/zero'],
      ['passwd.onnx', '/etc/passwd'],
      ['nowhere.onnx', join(folder, 'nowhere')],
    ] as const) {
      await symlink(target, join(folder, link));
      const { code, stderr } = await cli(['predict', join(folder, link), image]);
      expect(code, link).toBe(2);
      expect(stderr).toContain(link);
    }
  });
});
