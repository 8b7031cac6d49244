/** Images that are out of reach for a while, or for good: waited for, then the run pauses; nothing is lost. */
import { readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { AwayError, UserError } from '../../protocol/errors.ts';
import type { RunEvent } from '../../protocol/run.ts';
import { longPatience, patientReader } from '../../server/data/images/patientReader.ts';
import { ImageError, createImageReader } from '../../server/data/images/reader.ts';
import type { ImageReader } from '../../server/data/images/reader.ts';
import { evaluateRun } from '../../server/runs/evaluate.ts';
import { readEvents } from '../../server/runs/eventLog.ts';
import { realParts } from '../../server/runs/parts.ts';
import type { RunParts } from '../../server/runs/parts.ts';
import type { TrainRequest } from '../../server/runs/request.ts';
import { resumeRun } from '../../server/runs/resume.ts';
import { trainRun } from '../../server/runs/train.ts';
import { smallDataset } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporary.ts';

const requestOf = (data: string, output: string): TrainRequest => ({
  ...{ data, output, width: 0.05, threads: 1, preset: 'dagm', settings: { epochs: 1 } },
});

/** The real parts, whose reader calls `before` with the number of each image that is read. */
async function partsWith(before: (reads: number) => Promise<void>): Promise<RunParts> {
  const parts = await realParts();
  let reads = 0;
  return {
    ...parts,
    createReader: (options) => {
      const reader = parts.createReader(options);
      const counted: ImageReader = Object.create(reader, {
        read: {
          value: async (file: string, as: Parameters<ImageReader['read']>[1]) => {
            reads += 1;
            await before(reads);
            return await reader.read(file, as);
          },
        },
      }) as ImageReader;
      return new Proxy(reader, {
        get: (target, name: keyof ImageReader) =>
          name === 'read' ? counted.read.bind(counted) : target[name].bind(target),
      });
    },
  };
}

/** The weights of a run that nothing came between; the sample dataset is always the same. */
let whole: Promise<Buffer> | undefined;
async function trainUninterrupted(data: string, folder: string): Promise<Buffer> {
  const output = join(folder, 'whole');
  await trainRun(requestOf(data, output));
  return await readFile(join(output, 'checkpoint.safetensors'));
}

const weightsOf = (run: string): Promise<Buffer> => readFile(join(run, 'checkpoint.safetensors'));

test('a dataset that is away for a moment costs nothing', async () => {
  const folder = await temporaryFolder();
  const data = await smallDataset(folder);
  whole ??= trainUninterrupted(data, folder);
  const wanted = await whole;
  const output = join(folder, 'run');
  const events: RunEvent[] = [];
  let back: Promise<void> | undefined;
  const parts = await partsWith(async (reads) => {
    if (reads === 7) await rename(data, `${data}.away`);
    // Some tries later it is there again.
    if (reads === 20) back = rename(`${data}.away`, data);
    await back;
  });
  const patience = Array<number>(50).fill(5);
  await trainRun(requestOf(data, output), { parts, patience, onEvent: (e) => events.push(e) });
  expect(await weightsOf(output)).toEqual(wanted);
  const warnings = events.filter(({ kind }) => kind === 'warning');
  expect(warnings).toHaveLength(1);
  expect(JSON.stringify(warnings[0])).toMatch(/ENOENT.*tried again/);
});

test('a dataset that stays away pauses the run', async () => {
  const folder = await temporaryFolder();
  const data = await smallDataset(folder);
  whole ??= trainUninterrupted(data, folder);
  const wanted = await whole;
  const output = join(folder, 'run');
  const parts = await partsWith(async (reads) => {
    if (reads === 16) await rename(data, `${data}.away`);
  });
  const error: unknown = await trainRun(requestOf(data, output), { parts, patience: [1, 2] }).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(AwayError);
  expect((error as Error).message).toMatch(
    /cannot be read.*paused in epoch 1 after \d+ images with a checkpoint; `segdec resume` goes on/,
  );
  const { events } = await readEvents(join(output, 'events.jsonl'));
  expect(events.slice(-2).map(({ kind }) => kind)).toEqual(['error', 'state']);
  expect(events.filter((e) => e.kind === 'warning' && e.message.includes('left out'))).toEqual([]);
  await rename(`${data}.away`, data);
  await resumeRun(output);
  expect(await weightsOf(output)).toEqual(wanted);
});

test('one missing image is skipped and told; too many end the run', async () => {
  const folder = await temporaryFolder();
  const data = await smallDataset(folder);
  const run = async (missing: number): Promise<string[]> => {
    const taken: string[] = [];
    const parts = await realParts();
    const output = join(folder, `run${missing}`);
    const hiding: RunParts = {
      ...parts,
      openDataset: async (root, options) => {
        const dataset = await parts.openDataset(root, options);
        const trained = dataset.samples.filter(({ split, mask }) => split === 'train' && !mask);
        for (const { image } of trained.slice(0, missing)) {
          await unlink(join(data, image));
          taken.push(image);
        }
        return dataset;
      },
    };
    await trainRun(requestOf(data, output), { parts: hiding, patience: [1, 1, 1, 1] });
    const { events } = await readEvents(join(output, 'events.jsonl'));
    const left = events.flatMap((e) =>
      e.kind === 'warning' && e.message.includes('left out of training') ? [e.file ?? ''] : [],
    );
    expect(left.sort()).toEqual(taken.sort());
    return taken;
  };
  expect(await run(1)).toHaveLength(1);
  await expect(run(7)).rejects.toThrow(/^6 of \d+ images to train .* more than 2 %/);
});

test('an evaluation without its images is no result', async () => {
  const folder = await temporaryFolder();
  const data = await smallDataset(folder);
  const output = join(folder, 'run');
  await trainRun(requestOf(data, output));
  const before = await readFile(join(output, 'metrics.json'));
  const parts = await partsWith(async (reads) => {
    if (reads === 10) await rename(data, `${data}.away`);
  });
  const evaluating = evaluateRun({ run: output, threads: 1 }, { parts, patience: [1] });
  await expect(evaluating).rejects.toThrow(AwayError);
  expect(await readFile(join(output, 'metrics.json'))).toEqual(before);
  await rename(`${data}.away`, data);
  await writeFile(join(data, 'note.txt'), '');
  const broken = await partsWith(() => Promise.resolve());
  const reader = broken.createReader();
  const failing: RunParts = {
    ...broken,
    createReader: () =>
      new Proxy(reader, {
        get: (target, name: keyof ImageReader) =>
          name === 'read'
            ? () => Promise.reject(new ImageError('unreadable', 'broken'))
            : target[name].bind(target),
      }),
  };
  await expect(evaluateRun({ run: output, threads: 1 }, { parts: failing })).rejects.toThrow(
    /None of the images/,
  );
});

test.each([
  ['EIO', 'away', AwayError],
  ['ESTALE', 'away', AwayError],
  ['EMFILE', 'away', AwayError],
  ['a decoder that died', 'decoder', ImageError],
  ['a broken image', 'unreadable', ImageError],
] as const)('what does not pass: %s', async (what, fault, kind) => {
  const folder = await temporaryFolder();
  let [failures, tries] = [0, 0];
  const fake = {
    read: () => {
      tries += 1;
      if (tries > failures) return Promise.resolve({ data: Uint8Array.of(1), maximum: 255 });
      return Promise.reject(new ImageError(fault, `x cannot be read: it failed (${what}).`));
    },
  } as unknown as ImageReader;
  const patient = patientReader(fake, { delays: [1, 1, 1] });
  const file = join(folder, 'away', 'x.png');
  const as = { width: 8, height: 8, channels: 1 } as const;
  failures = fault === 'unreadable' ? 0 : 1;
  expect((await patient.read(file, as)).maximum).toBe(255);
  [failures, tries] = [Infinity, 0];
  await expect(patient.read(file, as)).rejects.toBeInstanceOf(kind);
  expect(tries).toBe({ away: 4, decoder: 2, unreadable: 1 }[fault]);
});

test('an outage is told once, whatever was begun before it or during it and ends later', async () => {
  const folder = await temporaryFolder();
  const pixels = { data: Uint8Array.of(1), maximum: 255 };
  const lost = new ImageError('away', 'x cannot be read: it failed (EIO).');
  /** Tries that are under way, by the name of the file. */
  const tries = new Map<string, { succeed: () => void; fail: () => void }>();
  const fake = {
    read: (file: string) =>
      new Promise((resolve, reject) => {
        tries.set(basename(file), { succeed: () => resolve(pixels), fail: () => reject(lost) });
      }),
  } as unknown as ImageReader;
  const told: string[] = [];
  const options = { delays: [1, 1, 1], onWait: (message: string) => told.push(message) };
  const patient = patientReader(fake, options);
  const as = { width: 8, height: 8, channels: 1 } as const;
  const read = (name: string) => patient.read(join(folder, 'away', name), as);
  /** Ends the try of a file, when there is one. */
  const end = async (name: string, how: 'succeed' | 'fail'): Promise<void> => {
    await expect.poll(() => tries.has(name)).toBe(true);
    tries.get(name)?.[how]();
    tries.delete(name);
  };
  const [before, lasting, during] = [read('before'), read('lasting'), read('during')];
  await end('lasting', 'fail');
  await end('before', 'succeed');
  await before;
  await end('lasting', 'fail');
  await expect.poll(() => tries.has('lasting')).toBe(true);
  expect(told).toHaveLength(1);
  await end('lasting', 'succeed');
  await lasting;
  await end('during', 'fail');
  await end('during', 'succeed');
  await during;
  expect(told).toHaveLength(1);
  const next = read('next');
  await end('next', 'fail');
  await end('next', 'succeed');
  await next;
  expect(told).toHaveLength(2);
});

test('a share that is not mounted is an empty folder: its images are away, not missing', async () => {
  const folder = await temporaryFolder();
  const reader = createImageReader();
  const patient = patientReader(reader, { delays: [1, 1, 1, 1] });
  const read = () => patient.read(join(folder, 'a.png'), { width: 8, height: 8, channels: 1 });
  await expect(read()).rejects.toThrow(AwayError);
  await writeFile(join(folder, 'b.png'), '');
  await expect(read()).rejects.toThrow(ImageError);
  await reader.dispose();
});

test('waiting ends when the work is to stop, and takes a minute at most', async () => {
  expect(longPatience.reduce((sum, delay) => sum + delay, 0)).toBeLessThanOrEqual(61_000);
  const folder = await temporaryFolder();
  const reader = createImageReader();
  const controller = new AbortController();
  controller.abort();
  const patient = patientReader(reader, { delays: longPatience, signal: controller.signal });
  const as = { width: 8, height: 8, channels: 1 } as const;
  await expect(patient.read(join(folder, 'gone', 'a.png'), as)).rejects.toThrow(AwayError);
  await symlink(join(folder, 'nowhere'), join(folder, 'link.png'));
  const short = patientReader(reader, { delays: [1, 1, 1, 1] });
  await expect(short.read(join(folder, 'link.png'), as)).rejects.toThrow(UserError);
  await reader.dispose();
});
