/** `segdec masks`: export and import through the built command, its refusals, and stopping. */
import { once } from 'node:events';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { MaskExportReport, MaskImportReport } from '../../protocol/maskExchange.ts';
import { exportFormats } from '../../protocol/maskExchange.ts';
import { cli, startCli } from '../support/cli.ts';
import { bytesOf, imagesOf, layersOf, reader, writeFileIn } from '../support/maskExchange.ts';
import { bitsWhere } from '../support/masks.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

const bits = bitsWhere(10, 6, (x, y) => x > y && x < 7);
const images = ['defective/a.png', 'ok/b.png'];

const withMask = async (): Promise<string> =>
  await imagesOf(await temporaryFolder(), images, { 'masks/a.png': await bytesOf(bits) });

async function reportOf<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await cli([...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

describe('export and import', () => {
  test.each(exportFormats)('%s comes back to the pixel', async (format) => {
    const from = await withMask();
    const to = await imagesOf(await temporaryFolder(), images);
    const endings = { coco: '.json', png: '', severstal: '.csv' };
    const output = join(await temporaryFolder(), `out${endings[format]}`);
    const args = ['masks', 'export', from, '--format', format, '--output', output];
    const exported = await reportOf<MaskExportReport>(...args);
    expect(exported).toMatchObject({ format, output, images: 2, defective: 1, ignored: 0 });
    const again = await cli(args);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('is there already');
    expect((await cli([...args, '--overwrite'])).stdout).toContain('2 images, 1 with defects');

    const dry = await reportOf<MaskImportReport>('masks', 'import', to, output, '--dry-run');
    expect(dry).toMatchObject({ format, dryRun: true, written: 1 });
    expect(await readdir(to)).toEqual(['defective', 'ok']);
    const imported = await cli(['masks', 'import', to, output]);
    expect(imported.code, imported.stderr).toBe(0);
    expect(imported.stdout).toContain('1 written');
    expect((await layersOf(to, 'defective/a.png')).defect.equals(bits)).toBe(true);
    const kept = await reportOf<MaskImportReport>('masks', 'import', to, output);
    expect(kept).toMatchObject({ written: 0, refused: 0 });
  });

  test('segdec.json says where the dataset is and which class it has', async () => {
    const home = await temporaryFolder();
    await imagesOf(join(home, 'photos'), images, { 'masks/a.png': await bytesOf(bits) });
    await writeFile(join(home, 'segdec.json'), '{"dataset": "photos"}');
    const output = join(home, 'out.json');
    const report = await reportOf<MaskExportReport>(
      ...['masks', 'export', home, '--format', 'coco', '--output', output],
    );
    expect(report.images).toBe(2);
  });
});

describe('bad input', () => {
  test.each([
    [['masks', 'import', 'DATA'], 'missing required argument'],
    [['masks', 'import', 'DATA', 'nowhere'], 'does not exist'],
    [['masks', 'import', 'DATA', 'DATA/broken.json'], 'not valid JSON'],
    [['masks', 'import', 'DATA', '.', '--format', 'gif'], '--format is one of'],
    [['masks', 'import', 'DATA', '.', '--existing', 'x'], '--existing is one of'],
    [['masks', 'import', 'nowhere', '.'], 'no folder'],
    [['masks', 'export', 'DATA', '--format', 'coco'], "'--output <path>' not specified"],
    [['masks', 'export', 'DATA', '--format', 'voc', '--output', 'x'], 'coco, png, severstal'],
    [['masks'], 'Usage'],
  ])('%s: %s', async (args, message) => {
    const data = await withMask();
    await writeFileIn(data, 'broken.json', '{"images": ');
    const { code, stderr } = await cli(
      args.map((arg) => arg.replace('DATA', data)),
      { cwd: data },
    );
    expect(code, stderr).toBe(2);
    expect(stderr.toLowerCase()).toContain(message.toLowerCase());
    expect(stderr).not.toContain('fault in segdec');
  });
});

test('findings stay with --quiet, and an import of which nothing is taken ends with 2', async () => {
  const data = await withMask();
  const source = await temporaryFolder();
  await writeFileIn(source, 'masks/nothing.png', await bytesOf(bits));
  for (const flags of [['--quiet'], ['--json'], ['--dry-run']]) {
    const { code, stdout, stderr } = await cli(['masks', 'import', data, source, ...flags]);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain('warning: not taken: masks/nothing.png: no image');
    expect(stderr).toContain('None of 1 entry of');
    if (flags[0] === '--json') expect(JSON.parse(stdout)).toMatchObject({ unmatched: 1 });
    if (flags[0] === '--dry-run') expect(stdout).toContain('png: 1 entry read: ');
  }
  await writeFileIn(source, 'masks/a.png', await bytesOf(bits));
  const some = await cli(['masks', 'import', data, source, '--quiet']);
  expect([some.code, some.stdout]).toEqual([0, '']);
  expect(some.stderr).toContain('warning: not taken: ');
  const xml = await writeFileIn(source, 'empty.xml', '');
  const empty = await cli(['masks', 'import', data, xml]);
  expect(empty.code).toBe(2);
  expect(empty.stderr).toContain('has no XML in it');
});

test('an import that lost annotations says so in its last line, and with --strict ends with 1', async () => {
  const data = await imagesOf(await temporaryFolder(), images);
  const source = await temporaryFolder();
  const line = '0 0.1 0.1 0.5 0.1 0.5 0.5\n';
  await writeFileIn(source, 'labels/a.txt', `${line}0 10 10 20 10 20 20\n`);
  const lost = await cli(['masks', 'import', data, source, '--dry-run']);
  expect(lost.code, lost.stderr).toBe(0);
  const last = lost.stdout.trim().split('\n').at(-1);
  expect(last).toBe(
    'yolo: 1 entry read: 1 would be written; 1 annotation was lost, the warnings say why.',
  );
  expect(lost.stderr).toContain('warning: labels/a.txt: line 2 is left out: it holds 10');
  const strict = await cli(['masks', 'import', data, source, '--strict', '--quiet']);
  expect(strict.code).toBe(1);
  expect(strict.stderr.trim().split('\n').at(-1)).toContain('1 annotation was lost');
  // What could be taken was written all the same.
  expect((await layersOf(data, 'defective/a.png')).defect.isEmpty).toBe(false);
  await writeFileIn(source, 'labels/a.txt', line);
  const whole = await cli(['masks', 'import', data, source, '--strict']);
  expect(whole.code, whole.stderr).toBe(0);
  expect(whole.stdout).not.toContain('lost');
});

test('Ctrl-C stops between masks: those that were written are whole and labelled', async () => {
  const many = Array.from({ length: 400 }, (_, i) => `${i}.png`);
  const data = await imagesOf(await temporaryFolder(), many);
  const rows = many.map((image) => `${image},1,1 9`);
  const source = join(await temporaryFolder(), 'rows.csv');
  await writeFile(source, ['ImageId,ClassId,EncodedPixels', ...rows, ''].join('\n'));
  const { child, ended } = startCli(['masks', 'import', data, source]);
  const masks = join(data, 'masks');
  const count = async (): Promise<number> => {
    try {
      return (await readdir(masks)).length;
    } catch {
      return 0; // The first one makes the folder.
    }
  };
  const closed = once(child, 'close');
  while (child.exitCode === null && (await count()) < 3) {
    await new Promise((wake) => setTimeout(wake, 5));
  }
  child.kill('SIGINT');
  await closed;
  const { code, stderr } = await ended;
  // A fast machine may have been done before.
  if (code === 0) return;
  expect(code, stderr).toBe(130);
  expect(stderr).toContain('Stopped: the masks of');
  const written = (await readdir(masks)).filter((name) => !name.startsWith('.'));
  const labels = (await readFile(join(data, 'labels.csv'), 'utf8')).trim().split('\n').slice(1);
  expect(labels.map((line) => line.split(',')[0]).sort()).toEqual(written.sort());
  expect(written.length).toBeLessThan(400);
  const first = await layersOf(data, written[0] ?? '');
  expect(first.defect.count()).toBe(9);
  await rm(masks, { recursive: true });
});
