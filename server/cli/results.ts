/** Metrics of a run as lines for people. */
import type { EvaluationResult, Metrics } from '../../protocol/run.ts';
import { metricNames } from '../report/metricNames.ts';
import { figureText } from '../report/text.ts';
import { columns } from './output.ts';

/** The result as lines: where the run is, the split, the shipped threshold and each metric. */
export function resultLines(result: EvaluationResult): string[] {
  const { metrics, shippedThreshold: shipped } = result;
  const rows = Object.entries(metricNames).map(([key, name]) => [
    `  ${name}`,
    figureText(metrics[key as keyof Metrics]),
  ]);
  return [
    `Run ${result.run}`,
    `Metrics on ${result.split}:`,
    ...columns(rows),
    `Shipped threshold ${figureText(shipped.value)} (from ${shipped.from})`,
  ];
}
