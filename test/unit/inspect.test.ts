/** What `segdec inspect` finds, on folders with one fault each. */
import { expect, test } from 'vitest';
import sharp from 'sharp';
import { openDataset } from '../../server/data/dataset.ts';
import { createImageReader } from '../../server/data/images/reader.ts';
import { inspectDataset } from '../../server/data/inspect.ts';
import { seededRandom } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { plainPng, writeTree } from '../support/tree.ts';
import type { Content } from '../support/tree.ts';

async function inspect(files: Readonly<Record<string, Content>>, quick = false) {
  const folder = await writeTree(await temporaryFolder(), files);
  const reader = createImageReader();
  try {
    return await inspectDataset(await openDataset(folder), reader, { quick });
  } finally {
    await reader.dispose();
  }
}

const png = (width: number, height: number, values: readonly number[]): Promise<Buffer> =>
  sharp(
    Uint8Array.from({ length: width * height }, (_, i) => values[i % values.length] ?? 0),
    {
      raw: { width, height, channels: 1 },
    },
  )
    .toColourspace('b-w')
    .png()
    .toBuffer();
const good = {
  'train/ok/a.png': 1,
  'train/defective/b.png': 2,
  'train/masks/b.png': await png(8, 8, [0, 0, 255, 0]),
};

test('a folder without faults has counts, sizes and no findings', async () => {
  const report = await inspect(good);
  expect(report).toMatchObject({ layout: 'folders', samples: 2, positives: 1, findings: [] });
  expect(report.splits.train).toEqual({ ok: 1, defective: 1, unlabelled: 0, unknown: 0 });
  expect(report.sizes).toEqual([{ size: '8x8x1', images: 2 }]);
});

type Made = Content | (() => Promise<Uint8Array>);
const faults: readonly (readonly [
  kind: string,
  severity: string,
  Readonly<Record<string, Made>>,
])[] = [
  [
    'unreadable',
    'error',
    {
      'train/ok/x.png': async () =>
        (await plainPng(9)).map((byte, i) => (i > 20 && i < 60 ? 7 : byte)),
    },
  ],
  ['format', 'error', { 'train/ok/x.png': 'not a picture' }],
  ['truncated', 'error', { 'train/ok/x.png': '' }],
  ['mask-size', 'warning', { 'train/masks/b.png': () => png(4, 4, [0, 255]) }],
  ['mask-values', 'warning', { 'train/masks/b.png': () => png(8, 8, [0, 9, 255]) }],
  ['empty-mask', 'warning', { 'train/masks/b.png': 0 }],
  ['missing-image', 'warning', { 'labels.csv': 'image,label\nnone.png,ok\n' }],
  ['format', 'warning', { 'train/ok/x.gif': 'GIF89a' }],
];

test.each(faults)('%s is a finding of severity %s', async (kind, severity, changed) => {
  const files: Record<string, Content> = { ...good };
  for (const [name, content] of Object.entries(changed)) {
    files[name] = typeof content === 'function' ? await content() : content;
  }
  const { findings } = await inspect(files);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ kind, severity });
  expect(findings[0]?.message).toMatch(/[.]$/);
});

test('a truncated image is told from a broken one', async () => {
  const random = seededRandom(1);
  const noise = Array.from({ length: 4096 }, () => Math.floor(random() * 256));
  const whole = await png(64, 64, noise);
  const { findings } = await inspect({
    ...good,
    'train/ok/x.png': whole.subarray(0, whole.length / 2),
  });
  expect(findings).toMatchObject([
    { kind: 'truncated', severity: 'error', files: ['train/ok/x.png'] },
  ]);
});

test('identical images: information, a warning where they differ in label or mask, an error across splits', async () => {
  const same = await plainPng(77);
  const twins = { ...good, 'train/ok/x.png': same, 'train/ok/y.png': same };
  const of = async (files: Readonly<Record<string, Content>>) =>
    (await inspect(files)).findings.map(({ kind, severity }) => `${kind} ${severity}`);
  expect(await of(twins)).toEqual(['duplicate information']);
  expect(await of({ ...twins, 'train/defective/z.png': same })).toEqual(['duplicate warning']);
  expect(await of({ ...twins, 'test/ok/z.png': same })).toEqual(['duplicate error']);
  const masks = {
    ...good,
    'train/defective/x.png': same,
    'train/masks/x.png': await png(8, 8, [255, 0]),
    'train/defective/y.png': same,
    'train/masks/y.png': await png(8, 8, [0, 255]),
  };
  expect(await of(masks)).toEqual(['duplicate warning']);
});

test('quick reads no file: positives of ksdd are unknown', async () => {
  const folder = await writeTree(await temporaryFolder(), {
    'kos01/Part0.jpg': 'not an image',
    'kos01/Part0_label.bmp': 'not an image',
  });
  const reader = createImageReader();
  const report = await inspectDataset(await openDataset(folder), reader, { quick: true });
  expect(report).toMatchObject({ positives: 'unknown', samples: 1 });
  // One folder alone leaves a part of the fold empty.
  expect(report.findings.map(({ kind }) => kind)).toEqual(['ambiguous']);
  await reader.dispose();
});
