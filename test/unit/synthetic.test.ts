/** The synthetic dataset: the same bytes for a seed, mixed labels, defects where the masks say. */
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import { writeSampleDataset } from '../../server/data/synthetic.ts';
import { temporaryFolder } from '../support/temporary.ts';

async function files(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
  return names.map((name) => name.slice(folder.length + 1)).sort();
}

async function digest(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of await files(folder)) {
    hash.update(name).update(await readFile(join(folder, name)));
  }
  return hash.digest('hex');
}

describe('the synthetic dataset', () => {
  test('has the same bytes for the same seed and others for another', async () => {
    const size = { width: 64, height: 72 };
    const make = async (seed: number): Promise<string> => {
      const folder = await temporaryFolder();
      await writeSampleDataset(folder, { seed, images: 24, size });
      return await digest(folder);
    };
    const [first, again, other] = [await make(3), await make(3), await make(4)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('mixes usable masks, missing masks and masks that labels.csv withholds', async () => {
    const folder = await temporaryFolder();
    const summary = await writeSampleDataset(folder, {
      images: 48,
      size: { width: 64, height: 64 },
    });
    const names = await files(folder);
    const train = names.filter((name) => name.startsWith('train/defective/'));
    const masks = new Set(names.filter((name) => name.startsWith('train/masks/')));
    const withMask = train.filter((name) => masks.has(name.replace('/defective/', '/masks/')));
    const rows = (await readFile(join(folder, 'labels.csv'), 'utf8')).trim().split('\r\n').slice(1);
    expect(summary).toMatchObject({ images: 48, defective: 24 });
    expect(train.length).toBe(16);
    expect(withMask.length).toBe(12);
    expect(rows.length).toBe(4);
    for (const row of rows) expect(withMask).toContain(row.split(',')[0]);
    expect(new Set(train.map((name) => name.split('/')[2])).size).toBe(4);
  });

  test('draws defects inside their masks and leaves good images alone', async () => {
    const folder = await temporaryFolder();
    await writeSampleDataset(folder, { images: 24, size: { width: 64, height: 64 } });
    for (const name of (await files(folder)).filter((file) => file.includes('/masks/'))) {
      const mask = await sharp(join(folder, name)).raw().toBuffer();
      const marked = mask.filter((value) => value > 0).length;
      expect(new Set(mask)).toEqual(new Set([0, 255]));
      expect(marked).toBeGreaterThan(8);
      expect(marked).toBeLessThan(mask.length / 4);
    }
  });

  test('refuses a folder that holds something, and sizes that cannot be drawn', async () => {
    const folder = await temporaryFolder();
    await writeSampleDataset(folder, { images: 8, size: { width: 64, height: 64 } });
    await expect(writeSampleDataset(folder)).rejects.toThrow(UserError);
    const size = { width: 8, height: 8 };
    await expect(writeSampleDataset(join(folder, 'new'), { size })).rejects.toThrow(/64 to 4096/);
  });
});
