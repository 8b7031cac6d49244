/** Files that changed between a run and its resumption: told by their names, whatever their size and time say. */
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AwayError, CancelledError, UserError } from '../../protocol/errors.ts';
import type { Sample } from '../../protocol/dataset.ts';
import type { RunEvent } from '../../protocol/run.ts';
import {
  changedFiles,
  hashContents,
  readContents,
  writeContents,
} from '../../server/runs/contents.ts';
import { evaluateRun } from '../../server/runs/evaluate.ts';
import { resumeRun } from '../../server/runs/resume.ts';
import { trainRun } from '../../server/runs/train.ts';
import { smallDataset } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Changes one byte in the middle; size and time stay. */
async function changeByte(file: string): Promise<void> {
  const { atime, mtime } = await stat(file);
  const bytes = await readFile(file);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(file, bytes);
  await utimes(file, atime, mtime);
}

const isFile = (sample: string): boolean => sample.endsWith('.png');

test('a resumed run names the files that changed at equal size and time', async () => {
  const folder = await temporaryFolder();
  const data = await smallDataset(folder);
  const output = join(folder, 'run');
  const controller = new AbortController();
  const request = {
    ...{ data, output, width: 0.05, threads: 1 },
    preset: 'dagm' as const,
    settings: { epochs: 1 },
  };
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'step') controller.abort();
  };
  const stopped = trainRun(request, { signal: controller.signal, onEvent });
  await expect(stopped).rejects.toThrow(CancelledError);
  const contents = await readContents(join(output, 'contents.csv'));
  const files = [...(contents?.keys() ?? [])].filter(isFile);
  const image = files.find((name) => !/mask|_label|ground_truth/.test(name)) ?? '';
  const mask = files.find((name) => /mask|_label|ground_truth/.test(name)) ?? '';
  expect(files.length).toBeGreaterThan(24);

  for (const changed of [image, mask]) {
    const whole = await readFile(join(data, changed));
    await changeByte(join(data, changed));
    const error: unknown = await resumeRun(output).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain('has changed since this run began');
    expect((error as Error).message).toContain(changed);
    expect((error as Error).message).toContain(`--from ${output}`);
    await writeFile(join(data, changed), whole);
  }

  // A folder of an older version has no hashes: it goes on, and says what it could not see.
  const hashes = join(output, 'contents.csv');
  await rename(hashes, `${hashes}.kept`);
  const events: RunEvent[] = [];
  await resumeRun(output, { onEvent: (event) => events.push(event) });
  const warned = (list: readonly RunEvent[]): string[] =>
    list.flatMap((event) => (event.kind === 'warning' ? [event.message] : []));
  expect(warned(events).join()).toMatch(/keeps no hashes.*could not be checked/);

  await rename(`${hashes}.kept`, hashes);
  const quiet: RunEvent[] = [];
  await evaluateRun({ run: output, threads: 1 }, { onEvent: (event) => quiet.push(event) });
  expect(warned(quiet)).toEqual([]);
  const { atime, mtime } = await stat(join(data, image));
  const bytes = await readFile(join(data, image));
  // Bytes behind the end of an image do not break it.
  await writeFile(join(data, image), Buffer.concat([bytes, Buffer.of(0)]));
  await utimes(join(data, image), atime, mtime);
  const told: RunEvent[] = [];
  await evaluateRun({ run: output, threads: 1 }, { onEvent: (event) => told.push(event) });
  expect(warned(told).join()).toMatch(new RegExp(`^Files have changed.*${image}`));
});

const sample = (image: string): Sample => ({
  ...{ image, label: 'ok', split: 'train', kind: '', weak: false },
});

test('files that nobody touched are not read again, moved and replaced ones are', async () => {
  const root = await temporaryFolder();
  const samples = Array.from({ length: 20 }, (_, i) => sample(`${i},"é".png`));
  for (const { image } of samples) await writeFile(join(root, image), image);
  const first = await hashContents(root, samples);
  const path = join(root, 'contents.csv');
  await writeContents(path, first);
  const kept = await readContents(path);
  expect(kept).toEqual(first);
  // Believed, not read: a wrong hash with the right stamp stays.
  const wrong = new Map([...first].map(([name, { stamp }]) => [name, { stamp, sha256: 'x' }]));
  expect(await hashContents(root, samples, {}, wrong)).toEqual(wrong);
  await changeByte(join(root, '3,"é".png'));
  const again = await hashContents(root, samples, {}, wrong);
  expect(changedFiles(wrong, again)).toEqual(['3,"é".png']);
  const all = await hashContents(root, samples);
  expect(changedFiles(first, all)).toEqual(['3,"é".png']);
  await rm(join(root, '4,"é".png'));
  const less = await hashContents(root, samples, { patience: [1, 1, 1] });
  expect(changedFiles(all, less)).toEqual(['4,"é".png']);
});

test('hashing tells how far it is, and ends when it is to stop or the folder is away', async () => {
  const root = join(await temporaryFolder(), 'data');
  await mkdir(root);
  const samples = Array.from({ length: 200 }, (_, i) => sample(`${i}.png`));
  for (const { image } of samples) await writeFile(join(root, image), image);
  const controller = new AbortController();
  let seen = 0;
  const onHashed = (done: number, total: number): Promise<void> => {
    expect([done, total]).toEqual([(seen += 1), 200]);
    if (done === 50) controller.abort();
    return Promise.resolve();
  };
  const hashing = hashContents(root, samples, { signal: controller.signal, onHashed });
  await expect(hashing).rejects.toThrow(/abort/i);
  expect(seen).toBe(50);
  await rename(root, `${root}.away`);
  await expect(hashContents(root, samples, { patience: [1, 1] })).rejects.toThrow(AwayError);
});
