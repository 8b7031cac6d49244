/** Small parts of a run: the event log, prepared samples, thresholds, floats as text, maps enlarged. */
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mapAtSize } from '../../protocol/mapGeometry.ts';
import { EventLog, readEvents } from '../../server/runs/eventLog.ts';
import { shortestFloat32 } from '../../server/runs/float32.ts';
import { prefetch } from '../../server/runs/prefetch.ts';
import { decodePrepared, encodePrepared } from '../../server/runs/sampleStore.ts';
import { chooseThreshold } from '../../server/runs/shippedThreshold.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('events.jsonl', () => {
  test('a torn last line is ignored by readers and cut off by the next writer', async () => {
    const path = join(await temporaryFolder(), 'events.jsonl');
    const log = await EventLog.open(path);
    await log.write({ kind: 'warning', message: 'one' });
    await log.close();
    await appendFile(path, '{"t":"2026","kind":"warn');
    expect((await readEvents(path)).events).toHaveLength(1);
    const again = await EventLog.open(path);
    await again.write({ kind: 'warning', message: 'two' });
    await again.close();
    const { events, offset } = await readEvents(path);
    expect(events.map((event) => 'message' in event && event.message)).toEqual(['one', 'two']);
    expect(offset).toBe((await readFile(path)).length);
    expect((await readEvents(path, offset)).events).toEqual([]);
  });
});

test('prepared samples come back from disk as they were', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.boolean(), fc.boolean(), (deep, positive, maps) => {
      const pixels = deep ? Uint16Array.of(1, 65535, 300) : Uint8Array.of(1, 255, 30);
      const sample = {
        pixels,
        maximum: deep ? 65535 : 255,
        positive,
        segmented: !positive,
        maps: maps ? { target: Float32Array.of(0.5, 1), weight: Float32Array.of(3, 0) } : null,
      } as const;
      expect(decodePrepared(encodePrepared(sample))).toEqual(sample);
    }),
  );
});

test('a float32 as text is the shortest that reads back the same', () => {
  fc.assert(
    fc.property(fc.float({ min: 0, max: 1, noNaN: true }), (value) => {
      const text = shortestFloat32(value);
      expect(Math.fround(Number(text))).toBe(Math.fround(value));
      expect(text.replace(/e.*|^0\.0*|\./g, '').length).toBeLessThanOrEqual(9);
    }),
  );
  expect(shortestFloat32(Math.fround(0.1))).toBe('0.1');
});

describe('the shipped threshold', () => {
  const rows = (split: 'train' | 'val' | 'test', scores: readonly (readonly [boolean, number])[]) =>
    scores.map(([bad, score]) => ({
      sample: { label: bad ? ('defective' as const) : ('ok' as const), split },
      score,
    }));
  const none = { on: 'none', fraction: null, every: 5 } as const;

  test('lies midway between the best-F1 score and the next lower one', () => {
    const scored = rows('train', [
      [true, 0.9],
      [true, 0.7],
      [false, 0.1],
      [false, 0.3],
    ]);
    expect(chooseThreshold(scored, none)).toEqual({ value: 0.5, from: 'train' });
  });

  test('comes from validation where there is one, and never from test', () => {
    const train = rows('train', [
      [true, 0.9],
      [false, 0.1],
    ]);
    const val = rows('val', [
      [true, 0.4],
      [false, 0.2],
    ]);
    const test_ = rows('test', [
      [true, 0.99],
      [false, 0.98],
    ]);
    const held = { ...none, on: 'fraction', fraction: 0.5 } as const;
    const all = [...train, ...val, ...test_];
    expect(chooseThreshold(all, held)?.from).toBe('validation');
    expect(chooseThreshold(all, held)?.value).toBeCloseTo(0.3, 10);
    expect(chooseThreshold(all, { ...none, on: 'test' })).toEqual({ value: 0.5, from: 'train' });
    expect(chooseThreshold(test_, none)).toBeUndefined();
  });
});

test('an enlarged map keeps constants, and its values lie between those of the map', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 23 }),
      fc.integer({ min: 1, max: 23 }),
      (mapWidth, mapHeight, width, height) => {
        const map = Float32Array.from({ length: mapWidth * mapHeight }, (_, i) => (i % 3) / 2);
        const cells = { width: mapWidth, height: mapHeight };
        const large = mapAtSize({ ...cells, values: map }, { width, height });
        expect(large).toHaveLength(width * height);
        expect(Math.min(...large)).toBeGreaterThanOrEqual(Math.min(...map));
        expect(Math.max(...large)).toBeLessThanOrEqual(Math.max(...map));
        const flat = map.map(() => 0.25);
        const same = mapAtSize({ ...cells, values: flat }, { width, height });
        expect(same.every((v) => v === 0.25)).toBe(true);
      },
    ),
  );
  const two = { width: 2, height: 1, values: [0, 1] };
  expect([...mapAtSize(two, { width: 4, height: 1 })]).toEqual([0.1875, 0.6875, 1, 1]);
});

describe('prefetch', () => {
  test('gives results in order and never loads further ahead than told', async () => {
    const started: number[] = [];
    const load = (item: number): Promise<number> => {
      started.push(item);
      return new Promise((resolve) => setTimeout(() => resolve(item * 2), (5 - item) * 2));
    };
    const got: number[] = [];
    for await (const value of prefetch([0, 1, 2, 3, 4], load, 2)) {
      got.push(value);
      expect(started.length).toBeLessThanOrEqual(got.length + 2);
    }
    expect(got).toEqual([0, 2, 4, 6, 8]);
  });

  test('a failed load throws in its turn', async () => {
    const load = (item: number): Promise<number> =>
      item === 1 ? Promise.reject(new Error('broken')) : Promise.resolve(item);
    const got: number[] = [];
    const all = async (): Promise<void> => {
      for await (const value of prefetch([0, 1, 2], load, 3)) got.push(value);
    };
    await expect(all()).rejects.toThrow('broken');
    expect(got).toEqual([0]);
  });
});
