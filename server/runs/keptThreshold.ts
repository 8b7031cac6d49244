/** The threshold that a run folder keeps; apart from models, so that asking for it loads no runtime. */
import { UserError } from '../../protocol/errors.ts';
import { isShare } from '../../protocol/numbers.ts';
import type { ShippedThreshold } from '../../protocol/run.ts';
import { defaultThreshold } from './defaults.ts';
import { readMetricsFile } from './metricsFile.ts';
import type { RunFile } from './runFile.ts';
import { runPaths } from './runFolder.ts';

/** The threshold kept with a run: of its evaluation, or the one that weights were imported with. Throws a UserError for one that is none. */
export async function shippedThreshold(folder: string, run: RunFile): Promise<ShippedThreshold> {
  const metrics = await readMetricsFile(runPaths(folder).metrics);
  if (metrics !== undefined) return metrics.shippedThreshold;
  const imported = run.request['threshold'];
  if (imported === undefined) return defaultThreshold;
  if (typeof imported === 'number' && isShare(imported)) return { value: imported, from: 'user' };
  throw new UserError(
    `${runPaths(folder).run} cannot be read: request.threshold is ${JSON.stringify(imported)}, not a number from 0 to 1; import the weights again.`,
  );
}
