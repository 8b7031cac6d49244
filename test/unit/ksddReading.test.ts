/** The real KolektorSDD, read from names to labels. Skipped, saying so, where it is missing. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openDataset, resolveLabels } from '../../server/data/dataset.ts';
import { createImageReader } from '../../server/data/images/reader.ts';

const root = join(resolve(process.env['SEGDEC_SHARED'] ?? '../shared'), 'data', 'ksdd');
const reason = existsSync(root) ? '' : ` (skipped: ${root} is missing)`;

test.skipIf(reason !== '')(`KolektorSDD has 399 images, 52 of them positive${reason}`, async () => {
  const reader = createImageReader();
  try {
    const dataset = await resolveLabels(await openDataset(root), reader);
    expect(dataset.layout).toBe('ksdd');
    expect(dataset.folds).toBe(3);
    expect(dataset.samples).toHaveLength(399);
    expect(dataset.samples.filter((s) => s.label === 'defective')).toHaveLength(52);
    const image = await reader.read(join(root, 'kos01/Part0.jpg'), {
      width: 128,
      height: 352,
      channels: 1,
    });
    expect(image.data).toHaveLength(128 * 352);
    expect(Math.max(...image.data)).toBeGreaterThan(100);
  } finally {
    await reader.dispose();
  }
});
