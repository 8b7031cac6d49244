/** A disk that is really full: a small tmpfs, for which the test must be root. */
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvents } from '../../server/runs/eventLog.ts';
import { cli } from '../support/cli.ts';
import { smallDataset, smallRun } from '../support/smallRun.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'segdec-disk-'));
const disk = join(folder, 'disk');
let data = '';

/** Mounting needs root, and a container may refuse it even then. */
async function mounted(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  await mkdir(disk);
  return await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).then(
    () => true,
    () => false,
  );
}
const can = await mounted();
const note = can ? '' : ' (skipped: no tmpfs can be mounted here)';

beforeAll(async () => {
  data = await smallDataset(folder);
});
afterAll(async () => {
  if (can) await run('umount', [disk]);
  await rm(folder, { recursive: true, force: true });
});

const resize = (size: string) => run('mount', ['-o', `remount,size=${size}`, disk]);

test.skipIf(!can)(
  `a checkpoint on a full disk ends the run, which goes on when there is room${note}`,
  async () => {
    const output = join(disk, 'run');
    // Room for run.json and events, not for the weights of a network of this width.
    await writeFile(join(disk, 'ballast'), new Uint8Array(920 * 1024));
    const { code, stderr } = await cli(smallRun(data, output, ['--width', '0.1']));
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/Could not write .*checkpoint\.safetensors: the disk is full/);
    const left = (await readdir(output)).sort();
    expect(left.filter((name) => name.startsWith('.segdec-') || name.startsWith('lock-'))).toEqual(
      [],
    );
    await readEvents(join(output, 'events.jsonl'));
    await resize('16m');
    const resumed = await cli(['resume', output]);
    expect(resumed.code, resumed.stderr).toBe(0);
    await resize('1m').catch(() => undefined);
    await rm(output, { recursive: true });
  },
);

test.skipIf(!can)(
  `predictions on a full disk end with exit code 2 and no half file${note}`,
  async () => {
    const trained = join(folder, 'trained');
    expect((await cli(smallRun(data, trained, ['--epochs', '1']))).code).toBe(0);
    await resize('1m').catch(() => undefined);
    const output = join(disk, 'predicted');
    await mkdir(output);
    await rm(join(disk, 'ballast'), { force: true });
    // Fill what is left to the last page.
    await writeFile(join(disk, 'filler'), new Uint8Array(64 * 1024 * 1024)).catch(() => undefined);
    const { code, stderr } = await cli([
      'predict',
      trained,
      data,
      '--output',
      output,
      '--heatmaps',
    ]);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/the disk is full/);
    expect((await readdir(output)).filter((name) => name !== 'heatmaps')).toEqual([]);
  },
);
