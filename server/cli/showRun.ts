/** A training run as the terminal shows it: progress, then its result. */
import type { EvaluationResult } from '../../protocol/run.ts';
import type { RunHooks } from '../runs/request.ts';
import type { Session } from './door.ts';
import { RunProgress } from './progress.ts';
import { resultLines } from './results.ts';

/** Runs `work` with a progress bar (`epochs` if known) and prints its result, as a document or as lines. */
export async function showRun(
  { output, signal }: Session,
  epochs: number | undefined,
  work: (hooks: RunHooks) => Promise<EvaluationResult>,
): Promise<void> {
  const progress = new RunProgress(output, epochs);
  const result = await work({ signal, onEvent: progress.show, onScored: progress.scored });
  progress.done();
  output.document(result);
  for (const line of resultLines(result)) output.line(line);
}
