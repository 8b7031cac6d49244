/**
 * What is said of scores: counts at the threshold that is shipped, the paper's apart from them; that a model has
 * learned nothing, wherever its average precision stands; and paces and estimates that come of real steps.
 */
import { mkdtempSync } from 'node:fs';
import { appendFile, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CancelledError } from '../../protocol/errors.ts';
import { nothingLearned } from '../../protocol/learning.ts';
import type { EvaluationResult } from '../../protocol/run.ts';
import { failuresOf, gateCases } from '../../server/cli/gates.ts';
import { resultLines } from '../../server/cli/results.ts';
import { imageMetrics } from '../../server/metrics/index.ts';
import { writeHtmlReport } from '../../server/report/htmlReport.ts';
import { readCheckpoint } from '../../server/runs/checkpoint.ts';
import { estimateRun } from '../../server/runs/estimate.ts';
import { evaluateRun } from '../../server/runs/evaluate.ts';
import { readEvents } from '../../server/runs/eventLog.ts';
import { resumeRun } from '../../server/runs/resume.ts';
import { RunFollower } from '../../server/runs/runFollower.ts';
import { readRunFile } from '../../server/runs/runFile.ts';
import { listRuns, runPaths } from '../../server/runs/runFolder.ts';
import { runSummaries } from '../../server/runs/summaries.ts';
import { trainRun } from '../../server/runs/train.ts';
import { descriptionOf, progressText } from '../../extension/runs/runTexts.ts';
import { constantParts } from '../support/constantEngine.ts';
import { smallDataset, smallSize } from '../support/smallRun.ts';
import { temporaryFolder } from '../support/temporary.ts';

const small = {
  width: 0.05,
  threads: 1,
  preset: 'dagm',
  size: smallSize,
  validation: 'test',
} as const;
const request = (data: string) =>
  ({ ...small, data, settings: { epochs: 4 }, validationEvery: 1, weights: 'best' }) as const;

/** Texts as they are, with their values. */
const l10n = {
  t: (text: string, ...values: readonly unknown[]) =>
    text.replace(/\{(\d)\}/g, (_, i: string) => String(values[Number(i)])),
} as Parameters<typeof descriptionOf>[1];

const areaOf = (labels: readonly number[], scores: readonly number[]) => {
  const { averagePrecision, auc, curves } = imageMetrics(labels, scores);
  return { averagePrecision, nothing: nothingLearned(auc, curves?.thresholds.length ?? 0) };
};

const failed = (...asked: Parameters<typeof gateCases>): string[] =>
  failuresOf(gateCases(...asked));

describe('scores that mean nothing', () => {
  test('are told by any share of defective images and any equal score', () => {
    const count = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(count, count, fc.double({ min: 0, max: 1, noNaN: true }), (bad, good, score) => {
        const labels = Array.from({ length: bad + good }, (_, i) => (i < bad ? 1 : 0));
        const { averagePrecision, nothing } = areaOf(
          labels,
          labels.map(() => score),
        );
        expect(nothing).toBe('equal');
        // High, by the trapezoidal rule.
        expect(averagePrecision).toBeCloseTo((1 + bad / (bad + good)) / 2, 9);
      }),
    );
  });

  test.each([
    ['perfect ones', [0.1, 0.2, 0.3, 0.8, 0.9], null],
    ['nearly perfect ones', [0.1, 0.2, 0.85, 0.8, 0.9], null],
    ['alternating ones', [0.3, 0.1, 0.5, 0.2, 0.4], 'chance'],
    ['all but equal ones', [0.5, 0.5, 0.5000001, 0.5, 0.5000001], 'chance'],
    ['upside down', [0.9, 0.8, 0.7, 0.2, 0.1], 'reversed'],
  ] as const)('%s', (_, scores, expected) => {
    expect(areaOf([0, 0, 0, 1, 1], scores).nothing).toBe(expected);
  });

  test('have gates that they do not pass, beside the one that they do', () => {
    const metrics = { ...imageMetrics([0, 1], [0.5, 0.5]), ...noPixels };
    expect(failed(metrics, 0, { minAp: 0.7 }, 0)).toEqual([]);
    expect(failed(metrics, 0, { minAuc: 0.6 }, 0)).toHaveLength(1);
    expect(failed(metrics, 0, { minApStep: 0.6 }, 0)).toHaveLength(1);
    expect(failed({ ...metrics, auc: null }, 0, { minAuc: 0 }, 0)).toHaveLength(1);
    expect(failed({ ...metrics, auc: 1 }, 0, { minAuc: 1 }, 1)).toHaveLength(1);
  });
});

const noPixels = {
  ...{ pixelAveragePrecision: null, pixelIou: null, pixelDice: null },
  ...{ defectRecall: null, falseRegionsPerImage: null },
};

test('lines for people count at the shipped threshold, and the figures of the paper say that they are', () => {
  const labels = [...Array.from({ length: 12 }, () => 1), ...Array.from({ length: 40 }, () => 0)];
  const scores = labels.map((label, i) => (label === 1 ? 0.3 + i / 100 : i % 4 === 0 ? 0.32 : 0.1));
  const result: EvaluationResult = {
    ...{ run: '/run', split: 'test', shippedThreshold: { value: 0.36, from: 'train' } },
    atShippedThreshold: {
      ...{ truePositives: 6, falsePositives: 0, falseNegatives: 6, trueNegatives: 40 },
    },
    nothingLearned: null,
    metrics: { ...imageMetrics(labels, scores), ...noPixels },
  };
  // Its best F1 is elsewhere.
  expect(result.metrics.falseNegatives).not.toBe(6);
  const lines = resultLines(result);
  const [shipped = -1, paper = -1] = ['shipped threshold 0.36', 'best-F1 threshold'].map((words) =>
    lines.findIndex((line) => line.includes(words)),
  );
  expect(shipped).toBeGreaterThan(0);
  expect(lines.slice(shipped, shipped + 3).join('\n')).toMatch(/6 of 12\n.*0 of 40/);
  for (const [i, line] of lines.entries()) {
    // Whatever counts elsewhere than at the shipped threshold says so in its own line.
    if (i > shipped + 2 && /false (pos|neg)/.test(line)) {
      expect(line).toMatch(/at the best F1|at no false negatives/);
    }
  }
  expect(paper).toBeGreaterThan(shipped);
});

describe('a run whose scores are all equal', () => {
  let [data, folder] = ['', ''];
  let result: EvaluationResult;
  const home = mkdtempSync(join(tmpdir(), 'segdec-judging-'));
  afterAll(() => rm(home, { recursive: true, force: true }));
  beforeAll(async () => {
    data = await smallDataset(home);
    folder = join(data, '.segdec', 'runs', 'equal');
    const parts = await constantParts(0.25);
    result = await trainRun({ ...request(data), output: folder }, { parts });
  });

  test('is said to have learned nothing wherever its average precision stands', async () => {
    expect(result.nothingLearned).toBe('equal');
    expect(result.metrics.averagePrecision).toBeGreaterThan(0.5);
    expect(resultLines(result).join('\n')).toContain('learned nothing: all scores are equal');
    const follower = new RunFollower(folder);
    await follower.refresh();
    const item = follower.item(true);
    expect(item).toMatchObject({ nothingLearned: 'equal', validationNothingLearned: 'equal' });
    expect(descriptionOf(item, l10n)).toContain('has learned nothing: all scores are equal');
    expect(progressText(item, l10n)).toContain('has learned nothing: all scores are equal');
    const [summary] = await runSummaries(data);
    expect(summary?.nothingLearned).toBe('equal');
    const evaluated = await evaluateRun({ run: folder, threshold: 'auto', threads: 1 });
    const page = join(folder, 'report.html');
    // The network itself, which the run was not trained with, tells images apart by chance at best.
    await writeHtmlReport(page, { ...evaluated, result });
    const html = await readFile(page, 'utf8');
    expect(html).toContain('<strong>The model has learned nothing: all scores are equal');
    expect(html).toContain('After epoch 1, 2, 3, 4 the model had learned nothing');
  });

  test('says so after each validation, and any weights whose scores differ are better', async () => {
    const { events } = await readEvents(runPaths(folder).events);
    const validations = events.filter(({ kind }) => kind === 'validation');
    expect(validations).toHaveLength(4);
    for (const one of validations) expect(one).toMatchObject({ nothingLearned: 'equal' });
    const best = await readCheckpoint(
      runPaths(folder).best,
      (await readRunFile(runPaths(folder).run)).network,
    );
    expect(best?.state.best).toEqual({ epoch: 1, averagePrecision: 0 });
  });
});

describe('a pace', () => {
  test('of a run that was stopped in its last validation and resumed is no zero', async () => {
    const data = await smallDataset(await temporaryFolder());
    const folder = join(data, '.segdec', 'runs', 'stopped');
    const stop = new AbortController();
    let epochs = 0;
    const parts = await constantParts(0.25, () => {
      if (epochs === 4) stop.abort();
    });
    const training = trainRun(
      { ...request(data), output: folder },
      {
        ...{ parts, signal: stop.signal },
        onEvent: ({ kind }) => {
          if (kind === 'epoch') epochs += 1;
        },
      },
    );
    await expect(training).rejects.toThrow(CancelledError);
    await resumeRun(folder, { parts: await constantParts(0.25) });
    const { events } = await readEvents(runPaths(folder).events);
    const ends = events.filter((event) => event.kind === 'epoch');
    expect(ends.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 4]);
    expect(ends.at(-1)).not.toHaveProperty('imagesPerSecond');
    for (const { imagesPerSecond = 1 } of ends) expect(imagesPerSecond).toBeGreaterThan(0);
    const { seconds } = await estimateRun(request(data));
    expect(seconds).toBeLessThan(1000);
  });

  test('of a cancelled run, or a zero of an earlier version, spoils no estimate', async () => {
    const data = await smallDataset(await temporaryFolder());
    const runs = join(data, '.segdec', 'runs');
    const first = join(runs, '20260101T000000Z-first-0001');
    await trainRun({ ...request(data), output: first }, { parts: await constantParts(0.25) });
    const { seconds } = await estimateRun(request(data));
    /** A later run, of so many epochs at this pace, that ended so. */
    const later = async (name: string, epochs: number, pace: number, state: string) => {
      const folder = join(runs, name);
      await cp(first, folder, { recursive: true });
      const { events } = runPaths(folder);
      const lines = (await readFile(events, 'utf8')).trim().split('\n');
      const told = lines
        .filter((line) => (JSON.parse(line) as { kind: string }).kind === 'epoch')
        .slice(0, epochs);
      const slow = told.map((line) =>
        JSON.stringify({ ...(JSON.parse(line) as object), imagesPerSecond: pace }),
      );
      await writeFile(events, `${slow.join('\n')}\n`);
      const end = { t: '2026-01-02T00:00:00Z', kind: 'state', state };
      await appendFile(events, `${JSON.stringify(end)}\n`);
    };
    await later('20260102T000000Z-cancelled-0002', 1, 0.001, 'cancelled');
    await later('20260103T000000Z-cancelled-0003', 3, 0.001, 'cancelled');
    await later('20260104T000000Z-failed-0004', 2, 0.001, 'failed');
    await later('20260105T000000Z-zero-0005', 4, 0, 'finished');
    expect(await listRuns(data)).toHaveLength(5);
    expect((await estimateRun(request(data))).seconds).toBe(seconds);
    // Another pace of a run that went to its end is the newer truth.
    await later('20260106T000000Z-slower-0006', 4, 1, 'finished');
    expect((await estimateRun(request(data))).seconds).toBeGreaterThan(seconds);
  });
});
