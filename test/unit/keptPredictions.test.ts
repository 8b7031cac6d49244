/** Predictions that are kept: found again with names, scores and pictures, written nowhere else. */
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FilePredictionResult } from '../../protocol/runView.ts';
import {
  commonFolder,
  keepPredictions,
  listPredictions,
  readPredictions,
} from '../../server/runs/keptPredictions.ts';
import { temporaryFolder } from '../support/temporary.ts';

const run = 'a run';

/** Predictions of images below a folder, with pictures named by a hash, as in the cache. */
async function predicted(
  source: string,
  names: readonly string[],
): Promise<FilePredictionResult[]> {
  const cache = await temporaryFolder();
  return await Promise.all(
    names.map(async (name, i) => {
      const overlay = join(cache, `${i}f3a9.jpg`);
      await writeFile(overlay, `picture of ${name}`);
      const score = i / 10;
      return { ...{ file: join(source, name), score, threshold: 0.25 }, defective: i > 2, overlay };
    }),
  );
}

test.each([
  [['/a/b/1.png', '/a/b/2.png'], '/a/b'],
  [['/a/b/1.png', '/a/c/d/2.png'], '/a'],
  [['/a/b/1.png'], '/a/b'],
  [['/a/1.png', '/b/1.png'], '/'],
  [['/ab/1.png', '/a/1.png'], '/'],
])('%j lie in %s', (files, folder) => {
  expect(commonFolder(files)).toBe(folder);
});

test('they are found again, the newest first, also when the images have gone', async () => {
  const home = await temporaryFolder();
  const names = ['1.png', '1.jpg', 'b/1.png', 'c/ä ö.png', '=1+1.png', `${'x'.repeat(250)}.png`];
  const broken = { file: '/gone/x.png', error: 'It cannot be read, "at all".' };
  const first = await keepPredictions(home, {
    run,
    predictions: [...(await predicted('/gone', names)), broken],
  });
  const second = await keepPredictions(home, {
    run,
    predictions: await predicted('/other', ['1.png', '2.png']),
  });
  const listed = await listPredictions(home);
  const counts = listed.map(({ source, images, defective }) => `${source} ${images} ${defective}`);
  expect(counts.sort()).toEqual(['/gone 7 3', '/other 2 0']);
  const times = listed.map(({ created }) => created);
  expect(times).toEqual([...times].sort().reverse());
  const [newer, older] = ['/other', '/gone'].map((of) =>
    listed.find(({ source }) => source === of),
  );
  expect(await readPredictions(home, newer?.folder ?? '')).toEqual(second);
  expect(await readPredictions(home, older?.folder ?? '')).toEqual(first);
  for (const [i, name] of names.entries()) {
    const one = first[i];
    if (one === undefined || 'error' in one) throw new Error(`${name} has no picture`);
    expect(readFileSync(one.overlay, 'utf8')).toBe(`picture of ${name}`);
    // Named by its image, never by a hash.
    const isLong = name.length > 200;
    expect(one.overlay.endsWith(isLong ? '.jpg' : `/heatmaps/${name}.jpg`)).toBe(true);
    expect(dirname(one.overlay).startsWith(older?.folder ?? '-')).toBe(true);
  }
  const table = readFileSync(older?.table ?? '', 'utf8').split('\n');
  expect(table[0]).toBe('image,score,threshold,verdict,picture,error');
  expect(table[1]).toBe('1.png,0,0.25,ok,heatmaps/1.png.jpg,');
  expect(table[5]).toMatch(/^\.\/=1\+1\.png,0\.4,0\.25,defective,/);
  expect(table[7]).toBe('x.png,,,,,"It cannot be read, ""at all""."');
});

describe('of a folder that somebody made', () => {
  test.each(['', '{', '{"format":2}', '{"format":1,"predictions":[]}', 'null'])(
    '%j costs itself alone',
    async (text) => {
      const home = await temporaryFolder();
      await keepPredictions(home, { run, predictions: await predicted('/a', ['1.png']) });
      const odd = join(home, '.segdec/predictions/odd');
      await mkdir(odd, { recursive: true });
      await writeFile(join(odd, 'predictions.json'), text);
      await mkdir(join(home, '.segdec/predictions/empty'));
      expect(await listPredictions(home)).toHaveLength(1);
      await expect(readPredictions(home, odd)).rejects.toThrow(/predictions\.json/);
    },
  );

  test('a picture or a folder elsewhere is not named, and nothing is written through a link', async () => {
    const [home, outside] = [await temporaryFolder(), await temporaryFolder()];
    await keepPredictions(home, { run, predictions: await predicted('/a', ['1.png']) });
    const [{ folder } = expect.fail('none')] = await listPredictions(home);
    const list = join(folder, 'predictions.json');
    const text = readFileSync(list, 'utf8').replace('heatmaps/1.png.jpg', '../../../../x.jpg');
    await writeFile(list, text);
    await expect(readPredictions(home, folder)).rejects.toThrow('leads out');
    await expect(readPredictions(home, '..')).rejects.toThrow('leads out');
    await rename(join(home, '.segdec'), join(outside, 'moved'));
    await symlink(join(outside, 'moved'), join(home, '.segdec'));
    const before = await readdir(join(outside, 'moved/predictions'));
    await expect(
      keepPredictions(home, { run, predictions: await predicted('/a', ['1.png']) }),
    ).rejects.toThrow('is a link');
    await expect(listPredictions(home)).rejects.toThrow('is a link');
    expect(await readdir(join(outside, 'moved/predictions'))).toEqual(before);
  });
});
