/** Metrics of a run as lines for people. */
import type { EvaluationResult } from '../../protocol/run.ts';
import { figureGroups, nothingLearnedText } from '../report/figures.ts';
import { columns } from './output.ts';

/** The result as lines: where the run is, what is counted and each metric, in groups; and what it means. */
export function resultLines(result: EvaluationResult): string[] {
  const { nothingLearned: nothing } = result;
  const groups = figureGroups(result).flatMap(({ title, figures }) => [
    `${title}:`,
    ...columns(figures.map(({ name, value }) => [`  ${name}`, value])),
  ]);
  const meaning = nothing === null ? [] : [nothingLearnedText(nothing)];
  return [`Run ${result.run}`, ...groups, ...meaning];
}
