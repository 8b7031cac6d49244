/** Training from the command line: what lands in the run folder, the same again, and going on after a stop. */
import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { readEvents } from '../../server/runs/eventLog.ts';
import { cli, startCli, startWork } from '../support/cli.ts';
import { smallDataset, smallRun } from '../support/smallRun.ts';
import { seededRandom } from '../support/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'segdec-train-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const first = join(folder, 'first');
let data = '';

/** The names in a folder; none while it is not there yet. */
const namesIn = (path: string): Promise<string[]> => readdir(path).catch((): string[] => []);

/** What must be bit-equal between runs that are the same. */
async function outcome(run: string): Promise<Record<string, string>> {
  const checkpoint = await readFile(join(run, 'checkpoint.safetensors'));
  const scores = await readFile(join(run, 'scores.csv'), 'utf8');
  const metrics = await readFile(join(run, 'metrics.json'), 'utf8');
  return { checkpoint: checkpoint.toString('base64'), scores, metrics };
}

beforeAll(async () => {
  data = await smallDataset(folder);
  const ended = await cli([...smallRun(data, first, ['--validation', '0.2']), '--json']);
  expect(ended.stderr).toContain('Epoch 3/3');
  expect(ended.code).toBe(0);
  const document = JSON.parse(ended.stdout) as { run: string; split: string; metrics: object };
  expect(document.run).toBe(first);
  expect(document.split).toBe('test');
  expect(Object.keys(document.metrics)).toHaveLength(15);
});

describe('a run folder', () => {
  test('holds what was promised and nothing unfinished', async () => {
    expect((await readdir(first)).sort()).toEqual(
      [
        'checkpoint.safetensors',
        'best.safetensors',
        'contents.csv',
        'events.jsonl',
        'heatmaps',
        'metrics.json',
      ]
        .concat(['run.json', 'scores.csv'])
        .sort(),
    );
    const { events } = await readEvents(join(first, 'events.jsonl'));
    const kinds = new Set(events.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['state', 'step', 'epoch', 'validation', 'checkpoint']));
    expect(events.at(-1)).toMatchObject({ kind: 'state', state: 'finished' });
    const run = JSON.parse(await readFile(join(first, 'run.json'), 'utf8')) as {
      origins: Record<string, string>;
      engine: { threads: number; forms: unknown[] };
    };
    expect(run.origins).toMatchObject({
      width: 'asked',
      variant: 'default',
      delta: 'preset dagm',
      size: 'dataset',
    });
    expect(run.engine.threads).toBe(1);
    expect(run.engine.forms.length).toBeGreaterThan(5);
  });

  test('has a score and a heat map for every image', async () => {
    const lines = (await readFile(join(first, 'scores.csv'), 'utf8')).trim().split('\n');
    expect(lines[0]).toBe('image,label,supervision,split,score,outcome');
    expect(lines).toHaveLength(25);
    for (const line of lines.slice(1)) {
      const [image = '', label, supervision, split, score] = line.split(',');
      expect(Number(score)).toBeGreaterThanOrEqual(0);
      expect(Number(score)).toBeLessThanOrEqual(1);
      const trained = split === 'train' && label === 'defective';
      expect(supervision === '').toBe(!trained);
      await readFile(join(first, 'heatmaps', `${image}.png`));
    }
  });
});

describe('the same run', () => {
  test('gives the same bytes again, and with two threads nearly the same scores', async () => {
    const validation = ['--validation', '0.2'];
    const again = join(folder, 'again');
    expect((await cli(smallRun(data, again, validation))).code).toBe(0);
    expect(await outcome(again)).toEqual(await outcome(first));
    const third = join(folder, 'third');
    expect((await cli(smallRun(data, third, validation))).code).toBe(0);
    expect(await outcome(third)).toEqual(await outcome(first));
    const twice = join(folder, 'two-threads');
    expect((await cli(smallRun(data, twice, [...validation, '--threads', '2']))).code).toBe(0);
    // Sums in another order: the scores of the same weights differ in the last digits, and training
    // multiplies that from step to step.
    const scores = async (run: string): Promise<number[]> =>
      (await readFile(join(run, 'scores.csv'), 'utf8'))
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => Number(line.split(',')[4]));
    const [one, two] = [await scores(first), await scores(twice)];
    one.forEach((score, i) => expect(Math.abs(score - (two[i] ?? NaN))).toBeLessThan(0.02));
  });

  test('is the same after it was stopped by a signal and resumed', async () => {
    const run = join(folder, 'stopped');
    const { child, ended } = startCli(smallRun(data, run, ['--validation', '0.2']));
    child.stderr?.on('data', (text: string) => {
      if (text.includes('Epoch 1/3')) child.kill('SIGTERM');
    });
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(130);
    expect(stderr).toContain('segdec resume');
    const { events } = await readEvents(join(run, 'events.jsonl'));
    expect(events.at(-1)).toMatchObject({ kind: 'state', state: 'cancelled' });
    expect((await cli(['resume', run])).code).toBe(0);
    expect(await outcome(run)).toEqual(await outcome(first));
  });

  test('is the same after a cancel file stopped it', async () => {
    const run = join(folder, 'cancelled');
    const { child, ended } = startCli(
      smallRun(data, run, ['--validation', '0.2', '--epochs', '40']),
    );
    const seen = new Promise<void>((resolve) => {
      child.stderr?.on('data', (text: string) => {
        if (text.includes('Epoch 1/')) resolve();
      });
    });
    await seen;
    await writeFile(join(run, 'cancel'), '');
    expect((await ended).code).toBe(130);
    const again = await cli(['resume', run]);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toContain('Continuing');
  });
});

test('resuming a finished run gives its result again', async () => {
  const before = await outcome(first);
  const { code, stdout } = await cli(['resume', first, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ run: first, split: 'test' });
  expect(await outcome(first)).toEqual(before);
});

test('a run that is killed at any moment goes on to the same result', async () => {
  const seed = 20_261_124;
  const random = seededRandom(seed);
  const kills = process.env['SEGDEC_LONG'] === undefined ? 50 : 1000;
  const chain = 10;
  console.log(`kill -9: seed ${seed}, ${kills} kills`);
  let done = 0;
  let running = 0;
  while (done < kills) {
    const run = join(folder, `killed-${done}`);
    for (let i = 0; i < chain && done < kills; done += 1, i += 1) {
      const begun = (await readdir(folder)).includes(`killed-${done - i}`);
      const resumable = begun && (await readdir(run)).includes('run.json');
      const flags = resumable ? ['resume', run] : smallRun(data, run, ['--validation', '0.2']);
      const { child, ended } = startWork(flags);
      const delay = 150 + random() * 900;
      const timer = setTimeout(() => child.kill('SIGKILL'), delay);
      const { signal } = await ended;
      clearTimeout(timer);
      if (signal === 'SIGKILL') running += 1;
      const names = await namesIn(run);
      for (const name of names.filter((n) => n.endsWith('.json') && !n.startsWith('lock-'))) {
        JSON.parse(await readFile(join(run, name), 'utf8'));
      }
      await readEvents(join(run, 'events.jsonl'));
    }
    const names = await namesIn(run);
    const flags = names.includes('run.json')
      ? ['resume', run]
      : smallRun(data, run, ['--validation', '0.2']);
    const last = await cli(flags);
    expect(last.code, last.stderr).toBe(0);
    expect(await outcome(run)).toEqual(await outcome(first));
    const left = (await readdir(run, { recursive: true })).filter((name) =>
      name.includes('.segdec-'),
    );
    expect(left).toEqual([]);
    await rm(run, { recursive: true });
  }
  console.log(`${running} of ${kills} were still running when killed`);
  expect(running).toBeGreaterThan(kills / 3);
}, 1_200_000);

test('the same weights give the same scores whatever the number of threads', async () => {
  const score = async (threads: string): Promise<number[]> => {
    const { stdout } = await cli(['predict', first, data, '--threads', threads, '--json']);
    const { predictions } = JSON.parse(stdout) as { predictions: { score: number }[] };
    return predictions.map((prediction) => prediction.score);
  };
  const [one, two] = [await score('1'), await score('2')];
  expect(one).toHaveLength(24); // the masks beside the images are left out
  one.forEach((value, i) => expect(Math.abs(value - (two[i] ?? NaN))).toBeLessThan(1e-5));
});

test('an image that breaks before it is used is skipped, said and counted', async () => {
  const broken = join(folder, 'broken');
  await cp(data, broken, { recursive: true });
  const [image = ''] = await readdir(join(broken, 'train/ok'));
  const file = join(broken, 'train/ok', image);
  await writeFile(file, (await readFile(file)).subarray(0, 200));
  const run = join(folder, 'broken-run');
  const { code, stderr } = await cli(smallRun(broken, run, ['--epochs', '4']));
  expect(code, stderr).toBe(0);
  expect(stderr).toContain(`warning: ${file} cannot be read: it is truncated`);
  const { events } = await readEvents(join(run, 'events.jsonl'));
  const warnings = events.filter(({ kind }) => kind === 'warning');
  expect(warnings.some((event) => 'file' in event && event.file === `train/ok/${image}`)).toBe(
    true,
  );
  const metrics = JSON.parse(await readFile(join(run, 'metrics.json'), 'utf8')) as {
    unreadable: string[];
  };
  expect(metrics.unreadable).toEqual([`train/ok/${image}`]);
});

test('a run folder in use is refused to a second process, and free again afterwards', async () => {
  const run = join(folder, 'in-use');
  const { child, ended } = startCli(smallRun(data, run, ['--epochs', '200']));
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (text: string) => {
      if (text.includes('Epoch 1/')) resolve();
    });
  });
  for (const args of [
    ['resume', run],
    ['evaluate', run],
  ]) {
    const second = await cli(args);
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/Run folder in use by process \d+ on .* since /);
  }
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect((await cli(['evaluate', run])).code).toBe(0);
});

test('a checkpoint of another network is refused', async () => {
  const run = join(folder, 'other-network');
  await cp(first, run, { recursive: true });
  const other = join(folder, 'wider');
  expect((await cli(smallRun(data, other, ['--epochs', '1', '--width', '0.06']))).code).toBe(0);
  await cp(join(other, 'checkpoint.safetensors'), join(run, 'checkpoint.safetensors'));
  const { code, stderr } = await cli(['resume', run]);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /checkpoint of another network \(paper, width 0\.06, .*\) than run\.json's/,
  );
});

test('prepared images on disk instead of in memory change nothing', async () => {
  const run = join(folder, 'on-disk');
  const tiny = ['--validation', '0.2', '--cache', '0.0000001'];
  expect((await cli(smallRun(data, run, tiny))).code).toBe(0);
  expect(await outcome(run)).toEqual(await outcome(first));
  expect(await readdir(run)).not.toContain('cache');
});

test('the best weights on validation are the ones that count', async () => {
  const run = join(folder, 'best');
  const flags = ['--validation', '0.3', '--validation-every', '1', '--weights', 'best'];
  const { code, stderr } = await cli(smallRun(data, run, [...flags, '--epochs', '5']));
  expect(code, stderr).toBe(0);
  const { events } = await readEvents(join(run, 'events.jsonl'));
  let best = { epoch: 0, averagePrecision: -1 };
  for (const event of events) {
    if (event.kind !== 'validation' || event.averagePrecision === null) continue;
    const { epoch, averagePrecision } = event;
    if (averagePrecision > best.averagePrecision) best = { epoch, averagePrecision };
  }
  const metrics = JSON.parse(await readFile(join(run, 'metrics.json'), 'utf8')) as object;
  expect(metrics).toMatchObject({
    weightsEpoch: best.epoch,
    shippedThreshold: { from: 'validation' },
  });
});
