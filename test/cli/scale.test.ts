/** Very many files, and very long lists (docs/trust.md, row 16). */
import { mkdir, writeFile } from 'node:fs/promises';
import { createWriteStream, linkSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { imageFiles, imageInputs } from '../../server/runs/imageFiles.ts';
import { cli } from '../support/cli.ts';
import { smallDataset, smallRun } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { plainPng } from '../support/tree.ts';

const long = process.env['SEGDEC_LONG'] !== undefined;
const files = 100_000;
const lines = 1_000_000;
const scored = long ? 10_000 : 500;

/** Bytes in use once nothing is left to throw away. */
function heap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

/** A list of files that are not there. */
async function longList(folder: string, count: number): Promise<string> {
  const path = join(folder, 'list.txt');
  const stream = createWriteStream(path);
  for (let n = 0; n < count; n += 1000) {
    const part = Array.from({ length: 1000 }, (_, i) => `part/of/a/path/${n + i}.png\n`).join('');
    if (!stream.write(part)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
  return path;
}

test(`a list of ${lines} lines is read line by line: at most 1 MB for 100,000`, async () => {
  const folder = await temporaryFolder();
  await longList(folder, lines);
  const inputs = await imageInputs(['@list.txt'], folder);
  const used: number[] = [];
  let count = 0;
  for await (const file of imageFiles(inputs, folder)) {
    count += 1;
    if (count % 100_000 === 0) used.push(heap());
    if (count === lines) expect(file).toBe(join(folder, `part/of/a/path/${lines - 1}.png`));
  }
  expect(count).toBe(lines);
  const slope = ((used.at(-1) ?? NaN) - (used[0] ?? NaN)) / (used.length - 1);
  console.log(`${(slope / 1e6).toFixed(3)} MB for 100,000 lines`);
  expect(slope).toBeLessThanOrEqual(1e6);
});

test(`a folder of ${files} images is listed whole`, async () => {
  const folder = await temporaryFolder();
  for (const [value, label] of ['ok', 'defective'].entries()) {
    await mkdir(join(folder, label));
    const first = join(folder, label, '0.png');
    await writeFile(first, await plainPng(value));
    // Links, of which a file takes 65,000 on common disks; at once, which is several times as fast.
    for (let n = 1; n < files / 2; n += 1) linkSync(first, join(folder, label, `${n}.png`));
  }
  const { code, stdout, stderr } = await cli(['inspect', folder, '--quick', '--json']);
  expect(code, stderr).toBe(0);
  const report = JSON.parse(stdout) as { samples: number; positives: number };
  expect(report).toMatchObject({ samples: files, positives: files / 2 });
});

test(`of a list of ${2 * scored} files, ${scored} are scored and the others are told`, async () => {
  const folder = await temporaryFolder();
  const run = join(folder, 'run');
  const data = await smallDataset(folder);
  const trained = await cli(smallRun(data, run, ['--epochs', '1']));
  expect(trained.code, trained.stderr).toBe(0);
  const image = join(folder, 'a.png');
  await writeFile(image, await plainPng(7));
  await writeFile(join(folder, 'list.txt'), `a.png\ngone.png\n`.repeat(scored));
  const { code, stdout, stderr } = await cli(
    ['predict', run, '@list.txt', '--threads', '1', '--csv'],
    { cwd: folder },
  );
  expect(code, stderr.slice(-300)).toBe(0);
  const rows = stdout.trimEnd().split('\n').slice(1);
  expect(rows).toHaveLength(2 * scored);
  expect(rows.filter((row) => /^a\.png,0\.\d+,/.test(row))).toHaveLength(scored);
  expect(rows.filter((row) => row.startsWith('gone.png,,,'))).toHaveLength(scored);
});
