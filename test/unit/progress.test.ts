/** The time left of a run is of what its steps take, from the first word on, and no pace is made up. */
import { describe, expect, test } from 'vitest';
import type { EventStep } from '../../protocol/run.ts';
import type { RunState } from '../../server/runs/checkpoint.ts';
import { Progress } from '../../server/runs/progress.ts';

const [epochs, length] = [20, 40];

const stateAt = (epoch: number, done: number): RunState =>
  ({
    ...{ epoch, done, best: null, skipped: [] },
    sums: { segmentation: 1, classification: 1, loss: 1, count: 1 },
  }) as unknown as RunState;

/** A run by a clock of its own: what it told, each with the seconds that were in truth left. */
async function run(options: {
  /** Seconds of the n-th step of all, from 0. */
  readonly step: (n: number) => number;
  /** Seconds between two epochs. */
  readonly between?: number;
  readonly from?: { readonly epoch: number; readonly done: number };
}) {
  const { step, between = 0, from = { epoch: 0, done: 0 } } = options;
  let [seconds, n] = [0, 0];
  const told: { event: EventStep; at: number }[] = [];
  const paces: ReturnType<Progress['epochPace']>[] = [];
  const write = (event: EventStep): Promise<void> => {
    told.push({ event, at: seconds });
    return Promise.resolve();
  };
  const progress = new Progress(epochs, length, write, () => 1000 * seconds);
  for (let { epoch, done } = from; epoch < epochs; epoch += 1, done = 0) {
    progress.startEpoch();
    for (; done < length; done += 1, n += 1) {
      seconds += step(n);
      await progress.step(1, stateAt(epoch, done + 1));
    }
    paces.push(progress.epochPace());
    if (epoch < epochs - 1) seconds += between;
  }
  return { told: told.map(({ event, at }) => ({ event, left: seconds - at })), paces };
}

const known = ({ told }: Awaited<ReturnType<typeof run>>) =>
  told.flatMap(({ event: { etaSeconds }, left }) =>
    etaSeconds === undefined ? [] : [{ etaSeconds, left }],
  );

describe('the time left', () => {
  test.each([
    ['a first step of fourteen times the next', (n: number) => (n === 0 ? 1.8 : 0.13)],
    ['two slow steps at first, of one graph each', (n: number) => (n === 0 || n === 3 ? 2 : 0.13)],
    [
      'steps with and without masks in turn',
      (n: number) => (n === 0 ? 3 : n % 2 === 0 ? 0.2 : 0.07),
    ],
    ['long steps', (n: number) => (n === 0 ? 60 : 4)],
    ['a pause of an hour', (n: number) => (n === 0 ? 1 : n === 200 ? 3600 : 0.1)],
  ])('is never far off after %s', async (_, step) => {
    const paused = 3600;
    const all = known(await run({ step }));
    expect(all.length).toBeGreaterThan(10);
    for (const { etaSeconds, left } of all) {
      const right = left > paused ? left - paused : left;
      expect(etaSeconds).toBeGreaterThan(right * 0.6 - 1);
      expect(etaSeconds).toBeLessThan(right * 1.6 + 1);
    }
  });

  test('is not told of the first step, and is within few', async () => {
    const { told } = await run({ step: (n) => (n === 0 ? 20 : 1) });
    const first = told.findIndex(({ event }) => event.etaSeconds !== undefined);
    expect(first).toBe(3);
  });

  test('holds the validations that are still to come', async () => {
    const all = known(await run({ step: (n) => (n === 0 ? 2 : 0.1), between: 8 }));
    // From the second epoch on it is known what lies between two.
    for (const { etaSeconds, left } of all.filter((one) => one.left < 8 * (epochs - 3))) {
      expect(Math.abs(etaSeconds - left)).toBeLessThan(1);
    }
  });
});

describe('the pace of an epoch', () => {
  test('is that of its steps, whatever the first took', async () => {
    const { paces } = await run({ step: (n) => (n === 0 ? 30 : 0.1) });
    for (const { imagesPerSecond } of paces) expect(imagesPerSecond).toBeCloseTo(10, 5);
  });

  test('is none where a resumed run had no image left, or too few', async () => {
    for (const done of [length, length - 1, length - 3]) {
      const { paces } = await run({ step: () => 0.1, from: { epoch: 4, done } });
      const [first, second] = paces;
      expect(first).not.toHaveProperty('imagesPerSecond');
      expect(second?.imagesPerSecond).toBeCloseTo(10, 5);
    }
  });
});
