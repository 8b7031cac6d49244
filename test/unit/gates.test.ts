/** A gate is passed by what was judged and by nothing else; the JUnit report says the same. */
import { describe, expect, test } from 'vitest';
import { assertGates, failuresOf, gateCases } from '../../server/cli/gates.ts';
import { GateError } from '../../protocol/errors.ts';
import type { Metrics, Outcome } from '../../protocol/run.ts';
import type { NothingLearned } from '../../protocol/learning.ts';
import { junitReport } from '../../server/report/junit.ts';
import type { TestCase } from '../../server/report/junit.ts';
import type { EvaluatedRun } from '../../server/runs/evaluate.ts';
import type { ScoreRow } from '../../server/runs/scoresFile.ts';

const ofAp = (averagePrecision: number | null): Metrics => ({
  ...{ averagePrecision, auc: 1, f1: 1, threshold: 0.5, accuracy: 1, meanAccuracy: 1 },
  ...{ falsePositives: 0, falseNegatives: 0, falsePositivesAtZeroFalseNegatives: 0 },
  ...{ averagePrecisionStep: 1, pixelAveragePrecision: null, pixelIou: null, pixelDice: null },
  ...{ defectRecall: null, falseRegionsPerImage: null },
});

const precisions = [1, 0.95, 0.9499, 0, null, NaN, Infinity, -1] as const;
const misses = [0, 1, 2, null, NaN, Infinity, -Infinity] as const;
const left = [0, 1] as const;
const gates = [
  {},
  { minAp: 0.95 },
  { minAp: 0 },
  { maxFn: 1 },
  { maxFn: 0 },
  { minAp: 0.95, maxFn: 0 },
] as const;

const cases = precisions.flatMap((ap) =>
  misses.flatMap((fn) =>
    left.flatMap((unjudged) => gates.map((gate) => ({ ap, fn, unjudged, gate }))),
  ),
);

test(`each of ${cases.length} results passes a gate exactly when it is known to keep it`, () => {
  for (const { ap, fn, unjudged, gate } of cases) {
    const { minAp, maxFn } = { minAp: undefined, maxFn: undefined, ...gate };
    const keepsAp = minAp === undefined || [1, 0.95, 0.9499, 0].some((v) => v === ap && v >= minAp);
    const keepsFn = maxFn === undefined || [0, 1, 2].some((v) => v === fn && v <= maxFn);
    const asked = minAp !== undefined || maxFn !== undefined;
    const passes = !asked || (keepsAp && keepsFn && unjudged === 0);
    const failed = failuresOf(gateCases(ofAp(ap), fn, gate, unjudged));
    expect(failed.length === 0, JSON.stringify([ap, fn, unjudged, gate, failed])).toBe(passes);
    if (passes) expect(() => assertGates(failed)).not.toThrow();
    else expect(() => assertGates(failed)).toThrow(GateError);
  }
});

const row = (image: string, more: Partial<ScoreRow>): ScoreRow => ({
  ...{ image, label: 'ok', supervision: '', split: 'test', score: 0.1, outcome: 'TN' },
  ...more,
});

function report(
  rows: readonly ScoreRow[],
  gates: readonly TestCase[] = [],
  nothingLearned: NothingLearned | null = null,
): string {
  const evaluated = {
    metrics: { split: 'test', shippedThreshold: { value: 0.5, from: 'default' } },
    paths: { folder: '/run' },
    rows,
    result: { nothingLearned },
  };
  // What a report does not look at is left out.
  return junitReport(evaluated as unknown as EvaluatedRun, gates);
}

describe('a JUnit report', () => {
  test.each([
    ['a good image', { score: 0.1, outcome: 'TN' }, 0],
    ['a false alarm', { score: 0.9, outcome: 'FP' }, 1],
    ['an image that could not be read', { score: null, outcome: '' }, 1],
    ['a defective one that could not', { label: 'defective', score: null, outcome: '' }, 1],
    ['one whose label could not', { label: 'unknown', score: 0.1, outcome: '' }, 1],
    ['one with neither', { label: 'unknown', score: null, outcome: '' }, 1],
  ] satisfies [string, Partial<ScoreRow> & { outcome: Outcome }, number][])(
    'without gates counts %s',
    (_, more, failures) => {
      const text = report([row('a.png', {}), row('b.png', more)]);
      expect(text).toContain(`tests="2" failures="${failures}" errors="0" skipped="0"`);
    },
  );

  test('leaves out what nobody labelled', () => {
    expect(report([row('a.png', { label: 'unlabelled', score: null, outcome: '' })])).toContain(
      'tests="0"',
    );
  });

  test('with gates fails exactly when one does', () => {
    const asked = { minAp: 0.95, minApStep: 0.5, maxFn: 1 };
    const kept = report([], gateCases(ofAp(1), 0, asked, 0));
    expect(kept).toContain('tests="4" failures="0"');
    const broken = report([], gateCases(ofAp(0.9), null, asked, 0));
    expect(broken).toContain('tests="4" failures="2"');
    // By the names that people typed.
    expect([...broken.matchAll(/ name="(--[^"]+)"/g)].map(([, name]) => name)).toEqual([
      ...['--min-ap 0.95', '--min-ap-step 0.5', '--max-fn 1'],
    ]);
  });

  test('says that a model has learned nothing, although its gate is passed', () => {
    const cases = gateCases(ofAp(0.75), 0, { minAp: 0.7 }, 0);
    expect(report([], cases, 'equal')).toMatch(
      /failures="0"[^]*<system-out>The model has learned nothing: all scores are equal/,
    );
    expect(report([], cases)).not.toContain('system-out');
  });
});
