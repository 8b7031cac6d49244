/** What the training view makes of a run's events, and how many points its charts draw. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunEvent, RunEventBody } from '../../protocol/run.ts';
import { EventHistory } from '../../extension/training/eventHistory.ts';
import {
  bestOf,
  emptyHistory,
  mostSaid,
  secondsOf,
  withEvents,
} from '../../webview-ui/training/history.ts';
import { keptPositions } from '../../webview-ui/widgets/decimate.ts';

const at = (body: RunEventBody): RunEvent => ({ t: '2026-11-24T10:00:00Z', ...body });
const epoch = (number: number, loss = 1 / number): RunEvent =>
  at({
    ...{ kind: 'epoch', epoch: number, epochs: 9, loss, segmentationLoss: loss / 2 },
    ...{ classificationLoss: loss / 3, lambda: 0.5, seconds: 2, imagesPerSecond: 4 },
  });
const stepOf = (number: number, done: number): RunEvent =>
  at({
    ...{ kind: 'step', epoch: number, done, total: 100, segmentationLoss: 0.1 },
    ...{ classificationLoss: 0.2, imagesPerSecond: 5, etaSeconds: 60 },
  });
const validation = (number: number, averagePrecision: number | null): RunEvent =>
  at({ kind: 'validation', epoch: number, split: 'val', averagePrecision });

describe('the history of a run', () => {
  test('has a row an epoch, with its validation', () => {
    const events = [epoch(1), epoch(2), validation(2, 0.7), epoch(3), validation(3, null)];
    const history = withEvents(emptyHistory, events);
    expect(history.epochs.map((row) => row.averagePrecision)).toEqual([undefined, 0.7, null]);
    expect(history.plannedEpochs).toBe(9);
    expect(history.validatedOn).toBe('val');
    expect(bestOf(history)).toEqual({ epoch: 2, value: 0.7, nothingLearned: null });
    expect(secondsOf(history)).toBe(6);
  });

  test('has equal scores for the best only where there is nothing else', () => {
    const equal = { ...validation(1, 0.9), nothingLearned: 'equal' } as RunEvent;
    const first = withEvents(emptyHistory, [epoch(1), equal]);
    expect(bestOf(first)).toEqual({ epoch: 1, value: 0.9, nothingLearned: 'equal' });
    const next = withEvents(first, [epoch(2), validation(2, 0.6)]);
    expect(bestOf(next)).toEqual({ epoch: 2, value: 0.6, nothingLearned: null });
  });

  test('has the steps of the epoch that goes on', () => {
    const first = withEvents(emptyHistory, [stepOf(1, 10), stepOf(1, 50), epoch(1), stepOf(2, 20)]);
    expect(first.steps.map(({ done }) => done)).toEqual([20]);
    expect(first).toMatchObject({ stepEpoch: 2, stepTotal: 100, etaSeconds: 60 });
    const ended = withEvents(first, [
      at({ kind: 'state', state: 'cancelled', message: 'Stopped.' }),
    ]);
    expect(ended.etaSeconds).toBeUndefined();
    expect(ended.said.at(-1)).toMatchObject({ kind: 'state', text: 'Stopped.' });
  });

  test('begins again where a resumed run does', () => {
    const events = [epoch(1), epoch(2), validation(2, 0.9), epoch(3), stepOf(4, 10), stepOf(2, 30)];
    const resumed = withEvents(emptyHistory, events);
    expect(resumed.epochs.map((row) => row.epoch)).toEqual([1]);
    const again = withEvents(resumed, [epoch(2, 0.25), validation(2, 0.4)]);
    expect(again.epochs.at(-1)).toMatchObject({ epoch: 2, loss: 0.25, averagePrecision: 0.4 });
    const within = withEvents(resumed, [stepOf(2, 60), stepOf(2, 40)]);
    expect(within.steps.map(({ done }) => done)).toEqual([30, 40]);
  });

  test('keeps the last of what was said', () => {
    const events = Array.from({ length: 250 }, (_, i) => at({ kind: 'warning', message: `${i}` }));
    const history = withEvents(withEvents(emptyHistory, events), [
      at({ kind: 'error', message: 'broken', file: 'a.png' }),
    ]);
    expect(history.said.length).toBe(mostSaid);
    expect(history.said.at(-1)?.text).toBe('a.png: broken');
    expect(history.forgotten).toBe(151);
  });

  test('is the same in one batch and in many', () => {
    const event = fc.oneof(
      fc.integer({ min: 1, max: 12 }).map((number) => epoch(number)),
      fc.tuple(fc.integer({ min: 1, max: 12 }), fc.nat(100)).map(([a, b]) => stepOf(a, b)),
      fc
        .tuple(fc.integer({ min: 1, max: 12 }), fc.double({ min: 0, max: 1 }))
        .map(([a, b]) => validation(a, b)),
      fc.string().map((message) => at({ kind: 'warning', message })),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), fc.nat(80), (events, cut) => {
        const whole = withEvents(emptyHistory, events);
        const parts = withEvents(withEvents(emptyHistory, events.slice(0, cut)), events.slice(cut));
        expect(parts).toEqual(whole);
        const epochs = whole.epochs.map((row) => row.epoch);
        expect(epochs).toEqual([...new Set(epochs)].sort((a, b) => a - b));
      }),
    );
  });

  test('of many steps stays small', () => {
    const events = Array.from({ length: 30_000 }, (_, i) => stepOf(1, i + 1));
    expect(withEvents(emptyHistory, events).steps.length).toBeLessThanOrEqual(2000);
  });

  test('is made alike of what the extension keeps of the events', () => {
    const kept = new EventHistory();
    const events = [stepOf(1, 10), epoch(1), validation(1, 0.5), stepOf(2, 10), stepOf(2, 20)];
    events.push(at({ kind: 'checkpoint', epoch: 1, file: 'checkpoint.safetensors' }));
    kept.add(events);
    expect(withEvents(emptyHistory, kept.all)).toEqual(withEvents(emptyHistory, events));
    expect(kept.all.length).toBe(4);
  });
});

describe('points that are drawn', () => {
  test('are all where there are few', () => {
    expect(keptPositions(4, [[1, 2, 3, 4]], 10)).toEqual([0, 1, 2, 3]);
    expect(keptPositions(0, [[]], 10)).toEqual([]);
  });

  test('keep ends, lows and highs of each curve, and are few', () => {
    const value = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }));
    const columns = fc
      .integer({ min: 1, max: 3 })
      .chain((count) =>
        fc
          .array(fc.tuple(value, value, value), { minLength: 20, maxLength: 400 })
          .map((rows) => [0, 1, 2].slice(0, count).map((i) => rows.map((row) => row[i] ?? null))),
      );
    fc.assert(
      fc.property(columns, fc.integer({ min: 20, max: 100 }), (curves, most) => {
        const length = curves[0]?.length ?? 0;
        const kept = keptPositions(length, curves, most);
        expect(kept.length).toBeLessThanOrEqual(Math.max(most, length <= most ? length : 0));
        expect(kept[0]).toBe(0);
        expect(kept.at(-1)).toBe(length - 1);
        for (const curve of curves) {
          const all = curve.filter((each) => each !== null);
          const seen = kept.flatMap((position) => curve[position] ?? []);
          if (all.length === 0) continue;
          expect(Math.min(...seen)).toBe(Math.min(...all));
          expect(Math.max(...seen)).toBe(Math.max(...all));
        }
      }),
    );
  });
});
