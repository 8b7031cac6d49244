/** The threshold that a run folder keeps; apart from models, so that asking for it loads no runtime. */
import type { ShippedThreshold } from '../../protocol/run.ts';
import { defaultThreshold } from './defaults.ts';
import { readMetricsFile } from './metricsFile.ts';
import type { RunFile } from './runFile.ts';
import { runPaths } from './runFolder.ts';

/** The threshold kept with a run: of its evaluation, or the one that weights were imported with. */
export async function shippedThreshold(folder: string, run: RunFile): Promise<ShippedThreshold> {
  const metrics = await readMetricsFile(runPaths(folder).metrics);
  if (metrics !== undefined) return metrics.shippedThreshold;
  const imported = run.request['threshold'];
  return typeof imported === 'number' ? { value: imported, from: 'user' } : defaultThreshold;
}
