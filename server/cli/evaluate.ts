/** `segdec evaluate RUN`: scores a run again, gates a CI job on the result, writes reports. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { isUnfinished } from '../files/unfinished.ts';
import { mostThreads } from '../../protocol/run.ts';
import { splitNames } from '../../protocol/dataset.ts';
import type { Split } from '../../protocol/dataset.ts';
import { assertFolderOf } from '../runs/runFolder.ts';
import type { EvaluatedRun } from '../runs/evaluate.ts';
import { assertOutputFile } from '../data/outputFile.ts';
import { nothingLearnedText } from '../report/figures.ts';
import { given, newCommand } from './door.ts';
import type { Door, Session } from './door.ts';
import { assertGates, failuresOf, gateCases } from './gates.ts';
import type { OutputMode } from './output.ts';
import { RunProgress } from './progress.ts';
import { resultLines } from './results.ts';
import { decimalNumber, gibibytes, oneOf, thresholdOrAuto, wholeNumber } from './values.ts';

interface EvaluateFlags extends OutputMode {
  readonly data?: string;
  readonly split?: Split;
  readonly threshold?: number | 'auto';
  readonly html?: string;
  readonly junit?: string;
  readonly minAp?: number;
  readonly minApStep?: number;
  readonly minAuc?: number;
  readonly maxFn?: number;
  readonly threads?: number;
  readonly memory?: number;
}

async function evaluate(run: string, flags: EvaluateFlags, session: Session): Promise<void> {
  const { output, signal } = session;
  // Said before the work, not after it.
  for (const file of [flags.html, flags.junit]) {
    if (file === undefined) continue;
    await assertFolderOf(file);
    await assertOutputFile(file, [], run);
  }
  const { evaluateRun } = await import('../runs/evaluate.ts');
  const progress = new RunProgress(output);
  const { data, split, threshold, threads, memory: memoryBytes } = flags;
  // Another folder's heat maps have no place in the run folder; the page needs them for a moment.
  const elsewhere = data !== undefined && flags.html !== undefined;
  const heatmaps = elsewhere ? await mkdtemp(join(tmpdir(), 'segdec-')) : undefined;
  if (heatmaps !== undefined) isUnfinished(heatmaps);
  try {
    const evaluated = await evaluateRun(
      given({ run, data, split, threshold, threads, memoryBytes, heatmaps }),
      { signal, onEvent: progress.show, onScored: progress.scored },
    );
    progress.done();
    await report(evaluated, flags, session);
  } finally {
    if (heatmaps !== undefined) await rm(heatmaps, { recursive: true, force: true });
  }
}

/** Images of the split without a score, and those whose label could not be read. */
const unjudged = ({ rows, metrics }: EvaluatedRun): number =>
  rows.filter(
    ({ split, label, score }) => split === metrics.split && (score === null || label === 'unknown'),
  ).length;

/** Writes the reports, prints the result, and fails when a gate does. */
async function report(
  evaluated: EvaluatedRun,
  flags: EvaluateFlags,
  { output, signal }: Session,
): Promise<void> {
  const { result, metrics } = evaluated;
  const { falseNegatives } = metrics.atShippedThreshold;
  const { minAp, minApStep, minAuc, maxFn } = flags;
  const gates = given({ minAp, minApStep, minAuc, maxFn });
  const missed = metrics.images.positives > 0 ? falseNegatives : null;
  const cases = gateCases(result.metrics, missed, gates, unjudged(evaluated));
  if (flags.html !== undefined) {
    const { writeHtmlReport } = await import('../report/htmlReport.ts');
    await writeHtmlReport(flags.html, evaluated, signal);
    output.progress(`Wrote ${flags.html}`);
  }
  if (flags.junit !== undefined) {
    const { writeJunitReport } = await import('../report/junit.ts');
    await writeJunitReport(flags.junit, evaluated, cases);
    output.progress(`Wrote ${flags.junit}`);
  }
  output.document(result);
  for (const line of resultLines(result)) output.line(line);
  // A gate on the paper's AP alone would pass without a word.
  if (output.quiet && result.nothingLearned !== null) {
    output.warn(nothingLearnedText(result.nothingLearned));
  }
  assertGates(failuresOf(cases));
}

/** The command. */
export function evaluateCommand(door: Door): Command {
  return newCommand({
    name: 'evaluate',
    description: 'Score a run, write its metrics and reports, and gate a CI job on them.',
    examples: [
      'evaluate .segdec/runs/RUN --html report.html',
      'evaluate .segdec/runs/RUN --min-ap 0.95 --min-auc 0.9 --max-fn 0 --junit segdec.xml',
      'evaluate .segdec/runs/RUN --data new-photos --split test --json',
    ],
  })
    .argument('<RUN>', 'the run folder')
    .option('--data <DATA>', "another dataset folder (the run's own)")
    .option(
      '--split <name>',
      'the split to report: train, val or test (test)',
      oneOf('--split', splitNames),
    )
    .option(
      '--threshold <p>',
      'ship this threshold, 0 to 1, from now on; auto chooses it again',
      thresholdOrAuto,
    )
    .option('--html <file>', 'write one self-contained page: curves, mistakes, heat maps')
    .option('--junit <file>', 'write a JUnit report for CI systems')
    .option(
      '--min-ap <p>',
      'fail (exit 1) below this average precision',
      decimalNumber('--min-ap', { min: 0, max: 1 }),
    )
    .option(
      '--min-ap-step <p>',
      'fail (exit 1) below this AP as a step-wise sum, which equal scores do not raise',
      decimalNumber('--min-ap-step', { min: 0, max: 1 }),
    )
    .option(
      '--min-auc <p>',
      'fail (exit 1) below this area under ROC; guessing has 0.5',
      decimalNumber('--min-auc', { min: 0, max: 1 }),
    )
    .option(
      '--max-fn <n>',
      'fail (exit 1) above so many false negatives at the shipped threshold',
      wholeNumber('--max-fn', { min: 0 }),
    )
    .option('--memory <GiB>', 'budget from which the forms are chosen', gibibytes('--memory'))
    .option(
      '--threads <n>',
      'threads of the engine (one a core, at most 16)',
      wholeNumber('--threads', { min: 1, max: mostThreads }),
    )
    .action((run: string, flags: EvaluateFlags) => evaluate(run, flags, door.open(flags)));
}
