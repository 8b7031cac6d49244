/** Using a trained run from the command line: evaluate with gates and reports, predict, export, import, list. */
import { mkdtempSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mapAtSize } from '../../protocol/mapGeometry.ts';
import { createImageReader } from '../../server/data/images/reader.ts';
import { cli } from '../support/cli.ts';
import { hostileNames } from '../support/hostileNames.ts';
import { smallDataset, smallRun, smallSize } from '../support/smallRun.ts';

const folder = mkdtempSync(join(tmpdir(), 'segdec-use-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const run = join(folder, 'run');
let data = '';

interface Predictions {
  readonly model: string;
  readonly threshold: { readonly value: number; readonly from: string };
  readonly predictions: readonly {
    readonly image: string;
    readonly score: number | null;
    readonly outcome?: string;
    readonly error?: string;
  }[];
}

async function predict(...args: readonly string[]): Promise<Predictions> {
  const { code, stdout, stderr } = await cli(['predict', ...args, '--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Predictions;
}

/** The scores of scores.csv by image. */
async function storedScores(): Promise<Map<string, number>> {
  const lines = (await readFile(join(run, 'scores.csv'), 'utf8')).trim().split('\n').slice(1);
  return new Map(lines.map((line) => [line.split(',')[0] ?? '', Number(line.split(',')[4])]));
}

beforeAll(async () => {
  data = await smallDataset(folder);
  const { code, stderr } = await cli(smallRun(data, run));
  expect(code, stderr).toBe(0);
});

describe('evaluate', () => {
  test('gives what training gave, and the gates decide the exit code', async () => {
    const before = await readFile(join(run, 'scores.csv'), 'utf8');
    const passed = await cli(['evaluate', run, '--min-ap', '0', '--max-fn', '100', '--json']);
    expect(passed.code, passed.stderr).toBe(0);
    const { metrics } = JSON.parse(passed.stdout) as { metrics: Record<string, number | null> };
    expect(Object.keys(metrics)).toHaveLength(15);
    expect(await readFile(join(run, 'scores.csv'), 'utf8')).toBe(before);
    const junit = join(folder, 'gate.xml');
    const failed = await cli([
      'evaluate',
      run,
      '--min-ap',
      '1',
      '--max-fn',
      '0',
      '--threshold',
      '1',
      '--junit',
      junit,
    ]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/Gate failed: .*--max-fn 0/);
    expect(await readFile(junit, 'utf8')).toMatch(/<testsuite .*failures="[12]"/);
    const kept = JSON.parse(await readFile(join(run, 'metrics.json'), 'utf8')) as {
      shippedThreshold: unknown;
    };
    expect(kept.shippedThreshold).toEqual({ value: 1, from: 'user' });
    const again = await cli(['evaluate', run, '--threshold', 'auto', '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ shippedThreshold: { from: 'train' } });
  });

  test('writes a page that loads nothing, and a JUnit report of every image', async () => {
    const page = join(folder, 'report.html');
    const junit = join(folder, 'images.xml');
    const { code, stderr } = await cli(['evaluate', run, '--html', page, '--junit', junit]);
    expect(code, stderr).toBe(0);
    const html = await readFile(page, 'utf8');
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    expect(html).not.toContain('<script');
    expect(html.match(/data:image\/jpeg/g)?.length ?? 0).toBeGreaterThan(7);
    for (const title of ['Missed defects', 'False alarms', 'Precision and recall', 'Losses']) {
      expect(html).toContain(title);
    }
    const xml = await readFile(junit, 'utf8');
    expect(xml.match(/<testcase /g)).toHaveLength(8);
  });

  test('another folder is scored without touching the run', async () => {
    const other = join(folder, 'other');
    await cp(data, other, { recursive: true });
    const before = await readFile(join(run, 'metrics.json'), 'utf8');
    const page = join(folder, 'other.html');
    const { code, stdout, stderr } = await cli([
      'evaluate',
      run,
      '--data',
      other,
      '--html',
      page,
      '--json',
    ]);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ run, split: 'test' });
    expect(await readFile(join(run, 'metrics.json'), 'utf8')).toBe(before);
    expect(await readFile(page, 'utf8')).toContain('data:image/jpeg');
  });
});

describe('predict', () => {
  test('scores files, folders, globs and lists as the run did', async () => {
    const stored = await storedScores();
    const all = await predict(run, data);
    expect(all.predictions).toHaveLength(stored.size);
    for (const { image, score } of all.predictions) {
      const name = image.slice(image.indexOf('/data/') + '/data/'.length);
      expect(score).toBeCloseTo(stored.get(name) ?? Number.NaN, 6);
    }
    const list = join(folder, 'list.txt');
    const [first = ''] = stored.keys();
    await writeFile(list, `# mine\n${join(data, first)}\n\n`);
    expect((await predict(run, `@${list}`)).predictions).toHaveLength(1);
    expect((await predict(run, join(data, 'test/ok/*.png'))).predictions).toHaveLength(4);
  });

  test('an image that cannot be read costs its own row', async () => {
    const broken = join(folder, 'broken.png');
    await writeFile(broken, 'no picture');
    const { predictions } = await predict(run, broken, join(data, 'test/ok'));
    expect(predictions).toHaveLength(5);
    expect(predictions[0]?.score).toBeNull();
    expect(predictions[0]?.error).toMatch(/no PNG, JPEG/);
    const alone = await cli(['predict', run, broken]);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain('None of the images could be read');
  });

  test('writes scores and heat maps where it is told, and prints CSV', async () => {
    const output = join(folder, 'predicted');
    const { code, stdout } = await cli(
      ['predict', run, 'test/ok', '--csv', '--output', output, '--heatmaps'],
      { cwd: data },
    );
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe('image,score,outcome,error');
    expect(await readFile(join(output, 'predictions.csv'), 'utf8')).toBe(stdout);
    const written = await readdir(join(output, 'heatmaps', 'test', 'ok'));
    expect(written).toHaveLength(4);
    // As large as the input, and of the map that the run kept.
    const [name = ''] = written;
    const pixels = async (file: string) =>
      await sharp(file).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    const large = await pixels(join(output, 'heatmaps', 'test', 'ok', name));
    const kept = await pixels(join(run, 'heatmaps', 'test', 'ok', name));
    expect(large.info).toMatchObject(smallSize);
    expect(kept.info).toMatchObject({ width: smallSize.width / 8, height: smallSize.height / 8 });
    const expected = mapAtSize({ ...kept.info, values: kept.data }, smallSize);
    const most = expected.reduce((m, v, i) => Math.max(m, Math.abs(v - (large.data[i] ?? NaN))), 0);
    expect(most).toBeLessThanOrEqual(1.5);
  });

  test('hostile names are data: shown on one line, guarded in CSV, written nowhere else', async () => {
    const hostile = join(folder, 'hostile');
    await mkdir(join(hostile, 'ok'), { recursive: true });
    const seed = 20_261_124;
    const names = hostileNames(100, seed);
    console.log(`hostile names: seed ${seed}, ${names.length} files`);
    const [image = ''] = await readdir(join(data, 'test/ok'));
    for (const name of names)
      await copyFile(join(data, 'test/ok', image), join(hostile, 'ok', name));
    const before = await readdir(folder);
    const csv = await cli(['predict', run, 'ok', '--csv'], { cwd: hostile });
    expect(csv.code, csv.stderr).toBe(0);
    const rows: string[][] = parse(csv.stdout);
    const cells = rows.map(([first = '']) => first);
    expect(cells).toHaveLength(names.length + 1);
    expect(cells.filter((cell) => /^[=+\-@]/.test(cell))).toEqual([]);
    const single = await cli(['predict', run, '=cmd().png', '--csv'], { cwd: join(hostile, 'ok') });
    expect(single.stdout).toMatch(/\n\.\/=cmd\(\)\.png,0/);
    const human = await cli(['predict', run, 'ok'], { cwd: hostile });
    expect(human.stdout.trim().split('\n')).toHaveLength(names.length);
    await mkdir(join(hostile, 'defective'));
    const [bad = ''] = await readdir(join(data, 'test/defective/dent'));
    await copyFile(join(data, 'test/defective/dent', bad), join(hostile, 'defective', '"><b>.png'));
    const page = join(folder, 'hostile.html');
    const junit = join(folder, 'hostile.xml');
    const all = [
      'evaluate',
      run,
      '--data',
      hostile,
      '--html',
      page,
      '--junit',
      junit,
      '--split',
      'train',
    ];
    const evaluated = await cli(all);
    expect(evaluated.code, evaluated.stderr).toBe(0);
    const html = await readFile(page, 'utf8');
    expect(html).not.toContain('<img onerror');
    expect(html).not.toContain('"><b>');
    expect(await readFile(junit, 'utf8')).not.toMatch(/name="[^"]*[<>\n]/);
    expect((await readdir(folder)).filter((name) => !name.startsWith('hostile.')).sort()).toEqual(
      before.sort(),
    );
    await rm(hostile, { recursive: true });
  });
});

describe('export', () => {
  test('the ONNX file gives the same scores: here, and run by onnxruntime as a user would', async () => {
    const model = join(folder, 'model.onnx');
    const exported = await cli(['export', run, '--onnx', model, '--json']);
    expect(exported.code, exported.stderr).toBe(0);
    // Whoever draws its maps is told where their cells lie.
    expect((await readFile(model)).includes('cell i stands for the point 8i + 0.5')).toBe(true);
    const report = JSON.parse(exported.stdout) as Record<string, number | string>;
    expect(report['checkedOn']).toBe('train');
    expect(report['checkedImages']).toBeGreaterThan(10);
    const [ofRun, ofModel] = [await predict(run, data), await predict(model, data)];
    expect(ofModel.threshold).toEqual(ofRun.threshold);
    ofRun.predictions.forEach(({ score }, i) => {
      expect(Math.abs((score ?? NaN) - (ofModel.predictions[i]?.score ?? NaN))).toBeLessThan(1e-4);
    });
    const session = await ort.InferenceSession.create(model);
    const reader = createImageReader();
    const two = ofRun.predictions.slice(0, 2);
    const pixels = await Promise.all(
      two.map(({ image }) => reader.read(image, { width: 64, height: 128, channels: 1 })),
    );
    await reader.dispose();
    const batch = Float32Array.from(pixels.flatMap(({ data: values }) => [...values]));
    const image = new ort.Tensor('float32', batch, [2, 1, 128, 64]);
    const { probability, map } = await session.run({ image });
    expect(map?.dims).toEqual([2, 1, 16, 8]);
    two.forEach(({ score }, i) => {
      expect(Math.abs(Number(probability?.data[i]) - (score ?? NaN))).toBeLessThan(1e-4);
    });
    await session.release();
  });

  test('safetensors go out and come back as a run with the same scores', async () => {
    const weights = join(folder, 'weights.safetensors');
    const imported = join(folder, 'imported');
    expect((await cli(['export', run, '--safetensors', weights])).code).toBe(0);
    const { code, stderr } = await cli(['import', weights, '--output', imported]);
    expect(code, stderr).toBe(0);
    const [ofRun, ofImport] = [await predict(run, data), await predict(imported, data)];
    expect(ofImport.predictions).toEqual(ofRun.predictions);
    expect(ofImport.threshold.value).toBe(ofRun.threshold.value);
    expect((await cli(['evaluate', imported])).stderr).toContain('name one with --data');
    expect((await cli(['evaluate', imported, '--data', data])).code).toBe(0);
    expect((await cli(['resume', imported])).stderr).toContain('imported weights');
  });
});

test('--from starts from another run, and a run whose dataset moved along is still found', async () => {
  const next = join(folder, 'next');
  const { code, stderr } = await cli(smallRun(data, next, ['--epochs', '1', '--from', run]));
  expect(code, stderr).toBe(0);
  const file = JSON.parse(await readFile(join(next, 'run.json'), 'utf8')) as {
    from: { path: string; sha256: string };
  };
  expect(file.from.path).toBe(join(run, 'checkpoint.safetensors'));
  const place = join(folder, 'moved');
  await mkdir(place);
  await rename(data, join(place, 'data'));
  await rename(next, join(place, 'next'));
  const moved = await cli(['evaluate', join(place, 'next')]);
  expect(moved.code, moved.stderr).toBe(0);
  await rename(join(place, 'data'), data);
  const lost = await cli(['evaluate', join(place, 'next')]);
  expect(lost.code, lost.stderr).toBe(0); // it is again where it was when the run began
});

test('a run is refused when its data changed, and listed with its state', async () => {
  const other = join(folder, 'changing');
  await cp(data, other, { recursive: true });
  const first = await cli([
    'train',
    other,
    '--width',
    '0.05',
    '--epochs',
    '1',
    '--threads',
    '1',
    '--name',
    'My run!',
  ]);
  expect(first.code, first.stderr).toBe(0);
  const listed = await cli(['runs', other, '--json']);
  const [summary] = JSON.parse(listed.stdout) as { run: string; state: string; epoch: number }[];
  expect(summary).toMatchObject({ state: 'finished', epoch: 1, epochs: 1, split: 'test' });
  expect(summary?.run).toMatch(/\.segdec\/runs\/\d{8}T\d{6}Z-My-run-[0-9a-f]{4}$/);
  const path = summary?.run ?? '';
  await rm(join(path, 'metrics.json'));
  await rm(join(other, 'train/ok', (await readdir(join(other, 'train/ok')))[0] ?? ''));
  const resumed = await cli(['resume', path]);
  expect(resumed.code).toBe(2);
  expect(resumed.stderr).toContain('has changed since this run began');
});

test('images that were trained on never count as test, whatever is added later', async () => {
  const plain = join(folder, 'plain');
  for (const label of ['ok', 'defective']) await mkdir(join(plain, label), { recursive: true });
  const add = async (from: string, label: string, prefix: string): Promise<void> => {
    const entries = await readdir(join(data, from), { recursive: true });
    for (const name of entries.filter((entry) => entry.endsWith('.png'))) {
      const to = join(plain, label, `${prefix}${name.replaceAll(/[\\/]/g, '-')}`);
      await copyFile(join(data, from, name), to);
    }
  };
  await add('train/ok', 'ok', 'm');
  await add('train/defective', 'defective', 'm');
  const trained = join(folder, 'drawn');
  const first = await cli(smallRun(plain, trained, ['--epochs', '1']));
  expect(first.code, first.stderr).toBe(0);
  const splits = async (): Promise<Map<string, string>> => {
    const lines = (await readFile(join(trained, 'scores.csv'), 'utf8')).trim().split('\n').slice(1);
    return new Map(lines.map((line) => [line.split(',')[0] ?? '', line.split(',')[3] ?? '']));
  };
  const before = await splits();
  await add('test/ok', 'ok', 'a');
  for (const args of [[], ['--data', plain]]) {
    expect((await cli(['evaluate', trained, ...args])).code).toBe(0);
    const after = await splits();
    expect(after.size).toBe(before.size + 4);
    for (const [image, split] of before) expect(after.get(image), image).toBe(split);
  }
});

test('a run that was moved alone does not take the folder above it for its dataset', async () => {
  const archive = join(folder, 'archive');
  await mkdir(join(archive, 'deep', 'er'), { recursive: true });
  await copyFile(
    join(data, 'test/ok', (await readdir(join(data, 'test/ok')))[0] ?? ''),
    join(archive, 'x.png'),
  );
  const copy = join(archive, 'deep', 'er', 'run');
  await cp(run, copy, { recursive: true });
  const { code, stdout, stderr } = await cli(['evaluate', copy, '--json']);
  expect(code, stderr).toBe(0);
  const { dataset } = JSON.parse(await readFile(join(copy, 'metrics.json'), 'utf8')) as {
    dataset: string;
  };
  expect(dataset).toBe(data);
  expect(JSON.parse(stdout)).toMatchObject({ split: 'test' });
});

test('a gate fails when labelled images could not be seen', async () => {
  const dim = join(folder, 'dim');
  await cp(data, dim, { recursive: true });
  const bad = join(dim, 'test/defective/dent');
  await writeFile(join(bad, (await readdir(bad))[0] ?? ''), 'gone');
  const { code, stderr } = await cli(['evaluate', run, '--data', dim, '--max-fn', '100']);
  expect(code).toBe(1);
  expect(stderr).toContain('1 image of the split could not be read');
});

test('train --explain says where each value comes from, and trains nothing', async () => {
  const before = await readdir(folder);
  await writeFile(
    join(data, 'segdec.json'),
    JSON.stringify({ preset: 'ksdd', settings: { delta: 0.5 }, seed: 4 }),
  );
  const { code, stdout } = await cli(['train', data, '--explain', '--epochs', '7', '--json']);
  await rm(join(data, 'segdec.json'));
  expect(code).toBe(0);
  const values = JSON.parse(stdout) as { name: string; value: string; from: string }[];
  const of = (name: string) => values.find((v) => v.name === name);
  expect(of('epochs')).toMatchObject({ value: '7', from: 'asked' });
  expect(of('delta')).toMatchObject({ value: '0.5', from: 'segdec.json' });
  expect(of('seed')).toMatchObject({ value: '4', from: 'segdec.json' });
  expect(of('learningRate')).toMatchObject({ value: '1', from: 'preset ksdd' });
  expect(await readdir(folder)).toEqual(before);
});

test('doctor tries every part and never fails itself', async () => {
  const { code, stdout } = await cli(['doctor', '--json']);
  expect(code).toBe(0);
  const { checks } = JSON.parse(stdout) as { checks: { part: string; works: boolean }[] };
  const works = Object.fromEntries(checks.map(({ part, works: yes }) => [part, yes]));
  expect(works).toMatchObject({ 'onnx engine': true, images: true });
});
