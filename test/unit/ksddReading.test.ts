/** The real KolektorSDD, read from names to labels. Skipped, saying so, where it is missing. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataset, resolveLabels } from '../../server/data/dataset.ts';
import { inspectDataset } from '../../server/data/inspect.ts';
import { createImageReader } from '../../server/data/images/reader.ts';
import { shared } from '../support/shared.ts';

const { path: root, missing, note } = shared('data', 'ksdd');

test.skipIf(missing)(`KolektorSDD has 399 images, 52 of them positive${note}`, async () => {
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

test.skipIf(missing)(
  `KolektorSDD has 16 pairs of identical images, two with different masks${note}`,
  async () => {
    const reader = createImageReader();
    try {
      const seen: string[] = [];
      const report = await inspectDataset(await openDataset(root), reader, {
        onCounts: ({ positives }) => seen.push(`positives ${positives}`),
        onFinding: ({ kind }) => seen.push(kind),
      });
      expect(seen.slice(0, 2)).toEqual(['positives unknown', 'positives 52']);
      const duplicates = report.findings.filter(({ kind }) => kind === 'duplicate');
      expect(duplicates).toHaveLength(16);
      expect(duplicates.filter(({ severity }) => severity === 'warning')).toHaveLength(2);
      expect(duplicates.filter(({ severity }) => severity === 'information')).toHaveLength(14);
      expect(
        new Set(duplicates.map(({ files }) => files.map((f) => f.slice(0, 5)).join())),
      ).toEqual(new Set(['kos01,kos26', 'kos27,kos34']));
    } finally {
      await reader.dispose();
    }
  },
);
