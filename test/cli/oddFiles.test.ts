/**
 * Commands and what stands where they expect a file: a folder, a pipe that nobody writes to, a device without
 * end, a file of 3 GB. Each combination ends soon, with exit code 2 and a sentence that names the place; where an
 * image is but one of many, it is left out and named.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, startWork } from '../support/cli.ts';
import { smallDataset, smallRun } from '../support/smallRun.ts';

const folder = mkdtempSync(join(tmpdir(), 'segdec-odd-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const pristine = join(folder, 'pristine');

beforeAll(async () => {
  const data = await smallDataset(pristine);
  const run = join(pristine, 'run');
  const { code, stderr } = await cli(smallRun(data, run, ['--epochs', '1']));
  expect(code, stderr).toBe(0);
  cpSync(run, join(data, '.segdec', 'runs', 'own'), { recursive: true });
  // One that is not over, to resume.
  const begun = startWork(smallRun(data, join(pristine, 'begun'), ['--epochs', '4000']));
  begun.child.stderr?.on('data', (text: string) => {
    if (text.includes('Epoch 1/')) begun.child.kill('SIGKILL');
  });
  await begun.ended;
}, 60_000);

const odd: Readonly<Record<string, (path: string) => void>> = {
  'a folder': (path) => mkdirSync(path),
  'a pipe': (path) => void execFileSync('mkfifo', [path]),
  'a device': (path) => symlinkSync('/dev/zero', path),
  '3 GB': (path) => {
    writeFileSync(path, '');
    truncateSync(path, 3e9);
  },
};

interface Place {
  /** Relative to the copy: where the odd thing stands. */
  readonly at: string;
  readonly args: (copy: string) => readonly string[];
  /** What a sentence names, where it is not the file itself. */
  readonly named?: string;
  /** A file there is written over, whatever it is; only a folder is not. */
  readonly isWritten?: true;
  /** It is one thing among others: told of, and the command goes on. */
  readonly isTold?: true;
  /** A folder there is nothing odd. */
  readonly mayBeFolder?: true;
}

const train = (copy: string, ...more: readonly string[]): readonly string[] =>
  smallRun(join(copy, 'data'), join(copy, 'new'), ['--epochs', '1', ...more]);

const places: Readonly<Record<string, Place>> = {
  'inspect: labels.csv': {
    at: 'data/labels.csv',
    args: (c) => ['inspect', join(c, 'data')],
    isTold: true,
  },
  'inspect: an image': {
    at: 'data/train/ok/odd.png',
    args: (c) => ['inspect', join(c, 'data')],
    isTold: true,
    mayBeFolder: true,
  },
  'train: segdec.json': { at: 'data/segdec.json', args: (c) => train(c) },
  'train: labels.csv': { at: 'data/labels.csv', args: (c) => train(c) },
  'train: --segmented': { at: 'few.txt', args: (c) => train(c, '--segmented', join(c, 'few.txt')) },
  'train: --from': {
    at: 'from.safetensors',
    args: (c) => train(c, '--from', join(c, 'from.safetensors')),
  },
  'train: --output': { at: 'new/run.json', args: (c) => train(c), named: 'new' },
  'resume: run.json': { at: 'run/run.json', args: (c) => ['resume', join(c, 'run')] },
  'resume: events.jsonl': { at: 'begun/events.jsonl', args: (c) => ['resume', join(c, 'begun')] },
  'resume: checkpoint': {
    at: 'begun/checkpoint.safetensors',
    args: (c) => ['resume', join(c, 'begun')],
  },
  'evaluate: run.json': { at: 'run/run.json', args: (c) => ['evaluate', join(c, 'run')] },
  'evaluate: weights': {
    at: 'run/checkpoint.safetensors',
    args: (c) => ['evaluate', join(c, 'run')],
  },
  'evaluate: metrics.json': {
    at: 'run/metrics.json',
    args: (c) => ['evaluate', join(c, 'run')],
    isWritten: true,
  },
  'evaluate: --html': {
    at: 'page.html',
    args: (c) => ['evaluate', join(c, 'run'), '--html', join(c, 'page.html')],
    isWritten: true,
  },
  'evaluate: --junit': {
    at: 'report.xml',
    args: (c) => ['evaluate', join(c, 'run'), '--junit', join(c, 'report.xml')],
    isWritten: true,
  },
  'export: weights': {
    at: 'run/checkpoint.safetensors',
    args: (c) => ['export', join(c, 'run'), '--onnx', join(c, 'm.onnx')],
  },
  'export: --onnx': {
    at: 'm.onnx',
    args: (c) => ['export', join(c, 'run'), '--onnx', join(c, 'm.onnx')],
    isWritten: true,
  },
  'import: FILE': {
    at: 'w.safetensors',
    args: (c) => ['import', join(c, 'w.safetensors'), '--output', join(c, 'imported')],
  },
  'predict: MODEL': {
    at: 'm.onnx',
    args: (c) => ['predict', join(c, 'm.onnx'), join(c, 'data')],
  },
  'predict: FILE': {
    at: 'photo.png',
    args: (c) => ['predict', join(c, 'run'), join(c, 'photo.png')],
  },
  'predict: @list': {
    at: 'list.txt',
    args: (c) => ['predict', join(c, 'run'), `@${join(c, 'list.txt')}`],
  },
  'masks import: COCO': {
    at: 'coco.json',
    args: (c) => ['masks', 'import', join(c, 'data'), join(c, 'coco.json'), '--format', 'coco'],
  },
  'masks import: CVAT': {
    at: 'cvat.xml',
    args: (c) => ['masks', 'import', join(c, 'data'), join(c, 'cvat.xml'), '--format', 'cvat'],
  },
  'masks export: --output': {
    at: 'coco.json',
    args: (c) => [
      ...['masks', 'export', join(c, 'data'), '--format', 'coco'],
      ...['--output', join(c, 'coco.json')],
    ],
  },
  'runs: run.json': {
    at: 'data/.segdec/runs/own/run.json',
    args: (c) => ['runs', join(c, 'data')],
    isTold: true,
  },
  'sample: DIR': {
    at: 'sample/labels.csv',
    args: (c) => ['sample', join(c, 'sample')],
    named: 'sample',
  },
};

const kinds = Object.keys(odd);
/** Every other kind at each place in turn; all of them at night. */
const isLong = process.env['SEGDEC_LONG'] !== undefined;
const table = Object.keys(places).flatMap((place, i) =>
  kinds.filter((_, k) => isLong || (i + k) % 2 === 0).map((kind) => [place, kind] as const),
);

test.skipIf(process.platform === 'win32').each(table)(
  '%s is %s',
  async (name, kind) => {
    const place = places[name] as Place;
    const copy = mkdtempSync(join(folder, 'copy-'));
    cpSync(pristine, copy, { recursive: true });
    const path = join(copy, place.at);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    odd[kind]?.(path);
    const { code, stderr, stdout } = await cli(place.args(copy));
    const said = `${stderr}\n${stdout}`;
    expect(said).not.toMatch(/This is a fault|^\s+at /m);
    const goesOn = place.isTold ?? (place.isWritten && kind !== 'a folder');
    if (goesOn === true) expect([0, 2], said).toContain(code);
    else expect(code, said).toBe(2);
    const isPlain = place.mayBeFolder === true && kind === 'a folder';
    if ((code === 2 || place.isTold) && !isPlain)
      expect(said).toContain(place.named ?? basename(place.at));
    rmSync(copy, { recursive: true, force: true });
  },
  60_000,
);
