/** `segdec train --explain`: every value that a run would have, and where it comes from. */
import { gibibyte } from './defaults.ts';
import type { ExplainedValue } from './origins.ts';
import { realParts } from './parts.ts';
import type { RunHooks, TrainRequest } from './request.ts';
import { resolveRun } from './resolve.ts';
import type { ResolvedRun } from './resolve.ts';
import { labelledOf } from './splits.ts';

export interface ExplainedRun {
  readonly resolved: ResolvedRun;
  /** Every value that a run would have, and where it comes from. */
  readonly values: readonly ExplainedValue[];
  /** That a training step will need. */
  readonly memoryBytes: number;
}

/** Resolves a request as `trainRun` does, and trains nothing. */
export async function explainRun(
  request: TrainRequest,
  hooks: Pick<RunHooks, 'signal' | 'parts'> = {},
): Promise<ExplainedRun> {
  const parts = hooks.parts ?? (await realParts());
  const reader = parts.createReader();
  try {
    const resolved = await resolveRun(request, reader, parts, hooks.signal);
    const { training, segmented, network, samples, engine, origins } = resolved;
    const { positives, negatives } = training;
    const memoryBytes = parts.estimateMemory(network, engine.memoryBytes);
    const count = (value: number): string => String(value);
    const values = [
      ...origins.list(),
      { name: 'positives', value: count(positives.length), from: 'dataset' },
      { name: 'negatives', value: count(negatives.length), from: 'dataset' },
      { name: 'masks used', value: count(segmented.size), from: 'segmented' },
      { name: 'val images', value: count(labelledOf(samples, 'val').length), from: 'validation' },
      { name: 'test images', value: count(labelledOf(samples, 'test').length), from: 'dataset' },
      {
        name: 'memory needed',
        value: `${(memoryBytes / gibibyte).toFixed(1)} GiB`,
        from: 'estimate',
      },
    ];
    return { resolved, values, memoryBytes };
  } finally {
    await reader.dispose();
  }
}
