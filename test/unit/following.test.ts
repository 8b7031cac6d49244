/** Following from outside: long event files, queues of pictures, a process that hangs, a cache that grows. */
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunEvent } from '../../protocol/run.ts';
import { trimCache } from '../../server/files/cacheFile.ts';
import { Inference } from '../../server/language/runs/inference.ts';
import { NewestFirst } from '../../server/language/pictureQueue.ts';
import { readEvents, readEventsBackwards } from '../../server/runs/eventLog.ts';
import { after, before, noProgress } from '../../server/runs/runProgress.ts';
import { temporaryFolder } from '../support/temporary.ts';

const event = (i: number, text: string): RunEvent =>
  ({ t: String(i), kind: 'warning', message: text }) as const;

test('events read backwards, and in portions, are those read in one go', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'events.jsonl');
  const lengths = fc.array(fc.oneof(fc.nat(50), fc.constantFrom(70_000, 140_000, 300_000)), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(lengths, fc.string(), async (sizes, torn) => {
      const events = sizes.map((size, i) => event(i, 'é'.repeat(size)));
      const lines = events.map((one) => `${JSON.stringify(one)}\n`).join('');
      await writeFile(path, lines + torn.replaceAll('\n', ''));
      const whole = await readEvents(path);
      expect(whole.events).toEqual(events);

      const backwards: RunEvent[] = [];
      const offset = await readEventsBackwards(path, Number.POSITIVE_INFINITY, (one) => {
        backwards.push(one);
        return false;
      });
      expect(backwards.reverse()).toEqual(events);
      expect(offset).toBe(whole.offset);

      const portions: RunEvent[] = [];
      let at = 0;
      for (;;) {
        const read = await readEvents(path, at, 2 ** 20);
        if (read.offset === at) break;
        portions.push(...read.events);
        at = read.offset;
      }
      expect(portions).toEqual(events);
    }),
    { numRuns: 40 },
  );
});

test('what passes all lines of a portion is passed over, so that readers get behind it', async () => {
  const path = join(await temporaryFolder(), 'events.jsonl');
  const last = event(1, 'end');
  await writeFile(path, `${'x'.repeat(10_000)}\n${JSON.stringify(last)}\n`);
  const seen: RunEvent[] = [];
  let at = 0;
  for (let i = 0; i < 100; i += 1) {
    const read = await readEvents(path, at, 1000);
    seen.push(...read.events);
    at = read.offset;
  }
  expect(seen).toEqual([last]);
});

test('progress is the same whether events are told in order or backwards', () => {
  const state = fc.record({
    kind: fc.constant('state' as const),
    t: fc.constant(''),
    state: fc.constantFrom('starting', 'running', 'finished', 'failed', 'cancelled'),
    message: fc.string(),
  });
  const epoch = fc.record({
    ...{
      kind: fc.constant('epoch' as const),
      t: fc.constant(''),
      epoch: fc.nat(),
      epochs: fc.nat(),
    },
    ...{ segmentationLoss: fc.nat(), classificationLoss: fc.nat(), loss: fc.nat() },
    ...{ lambda: fc.nat(), seconds: fc.nat(), imagesPerSecond: fc.nat() },
  });
  const validation = fc.record({
    ...{ kind: fc.constant('validation' as const), t: fc.constant(''), epoch: fc.nat() },
    ...{ split: fc.constant('val' as const), averagePrecision: fc.option(fc.double()) },
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(state, epoch, validation)), (events) => {
      const all = events as RunEvent[];
      expect([...all].reverse().reduce(before, noProgress)).toEqual(all.reduce(after, noProgress));
    }),
  );
});

test('the newest job comes first, one job serves all who want it, and nobody waits for ever', async () => {
  const order: string[] = [];
  const queue = new NewestFirst<string>(1, 3);
  const work = (key: string) => async (): Promise<string> => {
    order.push(key);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (key === 'bad') throw new Error('bad');
    return key;
  };
  const stop = new AbortController();
  const jobs = [
    queue.run('a', work('a'), undefined),
    queue.run('b', work('b'), stop.signal),
    queue.run('c', work('c'), undefined),
    queue.run('c', work('other'), undefined),
    queue.run('bad', work('bad'), undefined),
  ];
  stop.abort();
  const results = await Promise.allSettled(jobs);
  expect(order).toEqual(['a', 'bad', 'c']);
  expect(results.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'rejected'],
  ]);
  // More than may wait: the older ones are given up, and say so.
  const many = Array.from({ length: 10 }, (_, i) => queue.run(`m${i}`, work(`m${i}`), undefined));
  const ended = await Promise.allSettled(many);
  expect(ended.filter(({ status }) => status === 'fulfilled').length).toBeLessThan(10);
  expect(ended.at(-1)?.status).toBe('fulfilled');
});

test('a process that predicts is ended when it takes too long, with one sentence', async () => {
  const folder = await temporaryFolder();
  const inference = new Inference({ load: 1, image: 1000, idle: 1000 });
  const options = { model: folder, maps: { folder: join(folder, 'maps'), key: 'x' } };
  const { signal } = new AbortController();
  await expect(inference.predict(options, ['/x.png'], signal, () => undefined)).rejects.toThrow(
    'for loading, so it was ended',
  );
  // The next request has a process of its own, and hears why that one cannot do it.
  const patient = new Inference({ load: 30_000, image: 1000, idle: 1000 });
  await expect(patient.predict(options, ['/x.png'], signal, () => undefined)).rejects.toThrow(
    'No run here',
  );
  inference.dispose();
  patient.dispose();
});

test('a cache is trimmed by what was used last', async () => {
  const folder = join(await temporaryFolder(), 'cache');
  await trimCache(folder, 10);
  await mkdir(join(folder, 'aa'), { recursive: true });
  for (let i = 0; i < 10; i += 1) {
    const file = join(folder, 'aa', `${i}.jpg`);
    await writeFile(file, 'x'.repeat(10));
    await utimes(file, 1000 + i, 1000 + i);
  }
  await trimCache(folder, 45);
  expect((await readdir(join(folder, 'aa'))).sort()).toEqual(['6.jpg', '7.jpg', '8.jpg', '9.jpg']);
});
