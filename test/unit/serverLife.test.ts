/** When a crashed server is started again, what is kept of its last words, and what is said of runs. */
import { describe, expect, test } from 'vitest';
import { Crashes, LastLines } from '../../extension/server/crashes.ts';
import {
  contextOf,
  descriptionOf,
  durationText,
  progressText,
  shortName,
} from '../../extension/runs/runTexts.ts';
import { plainEnglish } from '../support/plainEnglish.ts';
import type { RunItem } from '../../protocol/runView.ts';

describe('crashes', () => {
  test('four in three minutes are forgiven, the fifth is the limit', () => {
    let now = 0;
    const crashes = new Crashes(() => now);
    const forgiven = [0, 1, 2, 3, 4].map((i) => {
      now = i * 40_000;
      return crashes.forgive();
    });
    expect(forgiven).toEqual([true, true, true, true, false]);
  });

  test('old ones are forgotten by time, all of them when a person asks', () => {
    let now = 0;
    const crashes = new Crashes(() => now);
    for (let i = 0; i < 4; i += 1) crashes.forgive();
    now = 180_001;
    expect(crashes.forgive()).toBe(true);
    for (let i = 0; i < 3; i += 1) crashes.forgive();
    expect(crashes.forgive()).toBe(false);
    crashes.forget();
    expect(crashes.forgive()).toBe(true);
  });
});

test('the last lines are whole lines, however the text came', () => {
  const last = new LastLines(2);
  for (const part of ['one\ntw', 'o\n\nthree\r\n', 'four']) last.add(part);
  expect(last.lines).toEqual(['three', 'four']);
});

const run: RunItem = {
  ...{ run: '/d/.segdec/runs/20261125T063811Z-photos-1a2b', name: '20261125T063811Z-photos-1a2b' },
  ...{ state: 'running', created: null, epoch: 2, epochs: 10, split: null, averagePrecision: null },
  ...{ nothingLearned: null, validationNothingLearned: null },
  ...{ validationAveragePrecision: 0.98765, device: 'CPU', message: null },
  ...{ active: false, hasWeights: true },
  step: {
    ...{ done: 3, total: 10, segmentationLoss: 1, classificationLoss: 1 },
    ...{ imagesPerSecond: 3, etaSeconds: 185 },
  },
};

describe('a run in a line', () => {
  test('tells epoch, validation and time left while it trains', () => {
    expect(progressText(run, plainEnglish)).toBe('epoch 3/10 · AP 0.988 · 3:05 min left');
    expect(contextOf(run)).toBe('run running weights');
  });

  test('tells its result, and that its scores are shown, when it has ended', () => {
    const ended: RunItem = { ...run, state: 'finished', epoch: 10, averagePrecision: 1 };
    const shown = { ...ended, split: 'test', active: true, step: null };
    expect(descriptionOf(shown, plainEnglish)).toBe('AP 1.000 on test · 10 epochs · scores shown');
    expect(contextOf({ ...run, state: 'cancelled' })).toBe('run ended resumable weights');
  });

  test('has a short name, or the one that somebody gave', () => {
    expect(shortName(run)).toBe('photos 1a2b');
    expect(shortName({ ...run, name: 'best so far' })).toBe('best so far');
  });

  test('durations read as people say them', () => {
    expect([0.4, 59.6, 185, 4350].map(durationText)).toEqual([
      '0 s',
      '1:00 min',
      '3:05 min',
      '1:12 h',
    ]);
  });
});
