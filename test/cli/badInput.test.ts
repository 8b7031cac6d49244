/** Bad input: one clear line, exit code 2, nothing half-written. */
import { mkdtempSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSampleDataset } from '../../server/data/synthetic.ts';
import { cli } from '../support/cli.ts';
import { smallDataset, smallRun } from '../support/smallRun.ts';

const folder = mkdtempSync(join(tmpdir(), 'segdec-bad-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const data = join(folder, 'data');
const run = join(folder, 'run');
const empty = join(folder, 'empty');
const badLabels = join(folder, 'bad-labels');
const photos = join(folder, 'photos');
const onlyGood = join(folder, 'only-good');
const onlyBad = join(folder, 'only-bad');
const badElsewhere = join(folder, 'bad-elsewhere');

beforeAll(async () => {
  await smallDataset(folder);
  await mkdir(empty);
  await writeSampleDataset(badLabels, { images: 8, size: { width: 64, height: 128 } });
  await writeFile(join(badLabels, 'labels.csv'), 'image,label\ntrain/ok/0000.png,broken\n');
  await mkdir(photos);
  await writeSampleDataset(join(folder, 'source'), { images: 8, size: { width: 64, height: 128 } });
  const from = join(folder, 'source', 'train', 'ok');
  for (const name of await readdir(from)) {
    await copyFile(join(from, name), join(photos, name));
    await mkdir(join(onlyGood, 'ok'), { recursive: true });
    await copyFile(join(from, name), join(onlyGood, 'ok', name));
    await mkdir(join(onlyBad, 'ng'), { recursive: true });
    await copyFile(join(from, name), join(onlyBad, 'ng', name));
    for (const part of ['train/ok', 'val/ng']) {
      await mkdir(join(badElsewhere, part), { recursive: true });
      await copyFile(join(from, name), join(badElsewhere, part, name));
    }
  }
  await writeFile(join(folder, 'text.onnx'), 'no model');
  await writeFile(join(folder, 'text.safetensors'), '{"not": "tensors"}');
  const { code, stderr } = await cli(smallRun(data, run, ['--epochs', '1']));
  expect(code, stderr).toBe(0);
});

const cases: readonly (readonly [args: () => readonly string[], says: RegExp])[] = [
  [() => ['nonsense'], /Unknown command 'nonsense'/],
  [() => ['train'], /Missing required argument 'DATA'/],
  [() => ['train', data, '--nonsense'], /Unknown option '--nonsense'/],
  [() => ['train', join(folder, 'nowhere')], /no folder .*nowhere/],
  [() => ['train', join(folder, 'text.onnx')], /is a file; name the folder/],
  [() => ['train', empty], /no images in .*empty/],
  [() => ['train', photos], /no labelled images .*label some/],
  [() => ['train', onlyGood], /no defective images in its training split/],
  [() => ['train', onlyBad], /no good images in its training split/],
  [
    () => ['train', badElsewhere],
    /no defective images in its training split, and \d+ in the others;.*column split of labels\.csv/,
  ],
  [() => ['train', badLabels], /labels\.csv, line 2: label is "broken"/],
  [() => ['train', data, '--layout', 'ksdd'], /does not look like layout ksdd/],
  [() => ['train', data, '--size', '100x128'], /multiples of 8; try --size 104x128/],
  [() => ['train', data, '--size', '64x64'], /too small/],
  [() => ['train', data, '--size', 'big'], /--size needs WIDTHxHEIGHT/],
  [() => ['train', data, '--fold', '1'], /no folds; leave --fold out/],
  [() => ['train', data, '--class', '3'], /no classes; leave --class out/],
  [() => ['train', data, '--epochs', '0'], /--epochs needs a whole number of at least 1/],
  [() => ['train', data, '--dilation', '4'], /--dilation needs an odd number/],
  [() => ['train', data, '--learning-rate', 'fast'], /--learning-rate needs a number/],
  [() => ['train', data, '--segmented', '99'], /99 asks for more masks than there are/],
  [() => ['train', data, '--segmented', join(folder, 'nolist')], /there is no file .*nolist/],
  [() => ['train', data, '--preset', 'foo'], /--preset is one of dagm, ksdd/],
  [() => ['train', data, '--validation', '2'], /a fraction between 0 and 1/],
  [() => ['train', data, '--weights', 'best'], /needs something to validate on/],
  [() => ['train', data, '--memory', '0.05'], /needs about .* GiB, more than the budget/],
  [() => ['train', data, '--size', '4096x4096'], /choose a smaller --size such as \d+x\d+/],
  [() => ['train', data, '--output', join(data, 'results')], /lies among the images/],
  [() => ['evaluate', run, '--html', join(folder, 'no', 'x.html')], /no folder .*no; create it/],
  [() => ['import', folder, '--output', join(folder, 'i')], /Could not read .*: it is a folder/],
  [
    () => ['predict', run, join(data, 'test'), join(folder, 'none.png'), '--json'],
    /no file or folder/,
  ],
  [() => ['train', data, '--output', run], /already holds a run/],
  [() => ['train', data, '--output', data], /is not empty/],
  [() => ['train', data, '--output', join(folder, 'text.onnx')], /is a file/],
  [() => ['train', data, '--from', join(folder, 'nowhere')], /nothing at .*nowhere/],
  [
    () => ['train', data, '--from', join(folder, 'text.safetensors')],
    /text\.safetensors: Not a usable/,
  ],
  [() => ['train', data, '--engine', 'tensorflow'], /not available in this version/],
  [() => ['train', data, '--device', 'cuda'], /cuda is not available in this version/],
  [
    () => smallRun(data, join(folder, 'nan'), ['--learning-rate', '1e30']),
    /no longer a number in epoch 1 .*--learning-rate/,
  ],
  [() => ['resume', empty], /No run here/],
  [() => ['evaluate', join(folder, 'nowhere')], /No run here/],
  [() => ['evaluate', run, '--split', 'val'], /no labelled images in the val split/],
  [() => ['evaluate', run, '--data', photos], /no labelled images in the/],
  [() => ['evaluate', run, '--min-ap', '1.5'], /--min-ap needs a number from 0 to 1/],
  [() => ['predict', join(folder, 'nowhere'), data], /nothing at .*nowhere/],
  [
    () => ['predict', join(folder, 'text.onnx'), data],
    /The model is refused: it is not an ONNX file/,
  ],
  [() => ['predict', run, join(folder, 'nowhere.png')], /no file or folder .*nowhere\.png/],
  [() => ['predict', run, join(folder, '*.webp')], /No image matches/],
  [() => ['predict', run, `@${join(folder, 'nolist')}`], /no list .*nolist/],
  [() => ['predict', run, data, '--heatmaps'], /add --output DIR/],
  [() => ['predict', run, data, '--csv', '--json'], /choose one/],
  [() => ['export', run], /--onnx FILE or --safetensors FILE/],
  [() => ['export', run, '--onnx', join(folder, 'no', 'x.onnx')], /no folder .*no; create it/],
  [
    () => ['import', join(folder, 'text.safetensors'), '--output', join(folder, 'i')],
    /Not a usable/,
  ],
  [() => ['inspect', join(folder, 'nowhere')], /no folder .*nowhere/],
  [() => ['sample', data], /is not empty/],
];

test.each(cases.map(([args, says], i) => [i, args, says] as const))(
  'case %i is one sentence and exit code 2',
  async (_, args, says) => {
    const before = (await readdir(folder)).sort();
    const { code, stdout, stderr } = await cli(args());
    expect(stderr).toMatch(says);
    const said = stderr
      .trim()
      .split('\n')
      .filter((line) => line.startsWith('segdec: '));
    expect(said).toHaveLength(1);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    const after = (await readdir(folder)).filter((name) => name !== 'nan').sort();
    expect(after).toEqual(before.filter((name) => name !== 'nan'));
  },
);
