/** A JUnit report: the gates as test cases, or one for each labelled image of the split. */
import { basename } from 'node:path';
import { writeFileWhole } from '../files/atomicWrite.ts';
import type { EvaluatedRun } from '../runs/evaluate.ts';
import type { ScoreRow } from '../runs/scoresFile.ts';
import { isLabelled } from '../runs/splits.ts';
import { nothingLearnedText } from './figures.ts';
import { escapeMarkup, figureText } from './text.ts';

export interface TestCase {
  readonly name: string;
  /** Why it fails, where it does. */
  readonly failure?: string;
}

function imageCase({ image, label, score, outcome }: ScoreRow, threshold: number): TestCase {
  if (score === null) {
    return {
      name: image,
      failure: 'not judged: the image could not be read or has no known label',
    };
  }
  if (outcome === 'TP' || outcome === 'TN') return { name: image };
  const what = outcome === 'FN' ? 'missed defect' : 'false alarm';
  return {
    name: image,
    failure: `${what}: labelled ${label}, score ${figureText(score)}, threshold ${figureText(threshold)}`,
  };
}

function caseText(suite: string, { name, failure }: TestCase): string {
  const head = `    <testcase classname="${escapeMarkup(suite)}" name="${escapeMarkup(name)}"`;
  if (failure !== undefined) {
    return `${head}><failure message="${escapeMarkup(failure)}"/></testcase>\n`;
  }
  return `${head}/>\n`;
}

function suiteText(name: string, cases: readonly TestCase[], said: string | undefined): string {
  const failures = cases.filter((c) => c.failure !== undefined).length;
  const counts = `tests="${cases.length}" failures="${failures}" errors="0" skipped="0"`;
  const body = cases.map((c) => caseText(name, c)).join('');
  const words = said === undefined ? '' : `    <system-out>${escapeMarkup(said)}</system-out>\n`;
  return `  <testsuite name="${escapeMarkup(name)}" ${counts}>\n${body}${words}  </testsuite>\n`;
}

/**
 * The report as XML. Without a gate every misclassified image fails; with gates these decide alone, and
 * the images are left out, so that a CI system is red exactly when the command fails.
 */
export function junitReport(evaluated: EvaluatedRun, gates: readonly TestCase[]): string {
  const { metrics, rows, paths, result } = evaluated;
  const name = `segdec ${basename(paths.folder)} ${metrics.split}`;
  // An image that nobody labelled is not judged by anybody; one that should have been, fails.
  const judged = rows.filter(
    (row) => row.split === metrics.split && (isLabelled(row) || row.label === 'unknown'),
  );
  const { nothingLearned: nothing } = result;
  const said = nothing === null ? undefined : nothingLearnedText(nothing);
  const images = judged.map((row) => imageCase(row, metrics.shippedThreshold.value));
  const suite =
    gates.length > 0
      ? suiteText(`${name} gates`, gates, said)
      : suiteText(`${name} images`, images, said);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suite}</testsuites>\n`;
}

/** Writes the report whole or not at all. */
export async function writeJunitReport(
  file: string,
  evaluated: EvaluatedRun,
  gates: readonly TestCase[],
): Promise<void> {
  await writeFileWhole(file, junitReport(evaluated, gates));
}
