/** A disk that is really full: a small tmpfs, for which the test must be root. */
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { mkdir, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvents } from '../../server/runs/eventLog.ts';
import { encodeGreyPng } from '../../server/files/png.ts';
import { cli } from '../support/cli.ts';
import { bytesOf, writeFileIn } from '../support/maskExchange.ts';
import { bitsWhere } from '../support/masks.ts';
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

test.skipIf(!can)(`masks on a full disk end with what was and was not written${note}`, async () => {
  await resize('1m');
  await rm(join(disk, 'filler'), { force: true });
  const images = Array.from({ length: 6 }, (_, i) => `p${i}.png`);
  const [width, height] = [512, 512];
  // Noise, which no compression makes small: some masks fit, and not all.
  const noisy = (i: number) =>
    bitsWhere(
      width,
      height,
      (x, y) => ((x * 7919) ^ (y * 104729 + i)) % 3 === 1 && (x * y * 31 + i) % 7 < 4,
    );
  const photo = await encodeGreyPng(new Uint8Array(width * height).fill(90), width, height);
  const source = join(folder, 'source');
  const dataset = join(disk, 'dataset');
  for (const [i, image] of images.entries()) {
    await writeFileIn(source, `masks/${image}`, await bytesOf(noisy(i)));
    await writeFileIn(dataset, image, photo);
  }
  const used = await stat(join(source, 'masks/p0.png'));
  await writeFileIn(dataset, 'labels.csv', 'image,label\n');
  const room = Math.floor(2.5 * used.size);
  const { bavail, bsize } = await statfs(disk);
  await writeFile(join(disk, 'filler'), new Uint8Array(bavail * bsize - room));
  const { code, stderr } = await cli(['masks', 'import', dataset, source]);
  expect(code, stderr).toBe(2);
  expect(stderr).toMatch(
    /the disk is full.*The masks of [12] images before were imported.*that of p[12]\.png and all behind it were not/,
  );
  const names = await readdir(dataset, { recursive: true });
  expect(names.filter((name) => name.includes('.segdec-'))).toEqual([]);
  // The same loop the other way, with the masks that lie elsewhere.
  const whole = join(folder, 'whole');
  for (const [i, image] of images.entries()) {
    await writeFileIn(whole, image, photo);
    await writeFileIn(whole, `masks/${image}`, await bytesOf(noisy(i)));
  }
  await rm(dataset, { recursive: true });
  await rm(join(disk, 'filler'));
  const free = await statfs(disk);
  await writeFile(join(disk, 'filler'), new Uint8Array(free.bavail * free.bsize - room));
  const exported = await cli([
    'masks',
    'export',
    whole,
    '--format',
    'png',
    '--output',
    join(disk, 'out'),
  ]);
  expect(exported.code, exported.stderr).toBe(2);
  expect(exported.stderr).toMatch(
    /the disk is full.*holds the masks of [12] images; those of all others were not/,
  );
});
