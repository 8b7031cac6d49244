/** The dataset of an earlier run, opened again as that run saw it. */
import { join, resolve } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import type { Sample } from '../../protocol/dataset.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ImageReader } from '../data/images/reader.ts';
import type { RunParts } from './parts.ts';
import type { TrainedRunFile } from './runFile.ts';
import { exists } from './runFolder.ts';
import { applyValidation } from './splits.ts';

export interface ReopenedData {
  readonly dataset: Dataset;
  /** With the run's validation rule applied. */
  readonly samples: readonly Sample[];
}

/** Where the dataset is now: run and dataset may have been moved together, or the run alone. */
async function findRoot({ dataset }: TrainedRunFile, runFolder: string): Promise<string> {
  const together = resolve(join(runFolder, dataset.rootFromRun));
  for (const root of [together, dataset.root]) {
    if (await exists(root)) return root;
  }
  throw new UserError(
    `The dataset of this run is no longer at ${dataset.root}; put it back where it was (to score another, \`segdec evaluate --data\`).`,
  );
}

/** Opens the run's dataset, or the folder `data`: its layout is detected, the run's class taken where it has classes. */
export async function reopenData(
  run: TrainedRunFile,
  runFolder: string,
  parts: RunParts,
  reader: ImageReader,
  options: { readonly data?: string; readonly signal?: AbortSignal } = {},
): Promise<ReopenedData> {
  const { layout, class: className, onlyClass, fold, splitSeed } = run.dataset;
  const { data, signal } = options;
  const root = data ?? (await findRoot(run, runFolder));
  const listed = await parts.openDataset(root, {
    seed: splitSeed,
    ...(data === undefined ? { layout } : {}),
    ...(className === null
      ? {}
      : data === undefined
        ? { class: className }
        : { preferredClass: className }),
    ...(onlyClass && data === undefined ? { onlyClass } : {}),
    ...(fold === null || data !== undefined ? {} : { fold }),
    ...(signal === undefined ? {} : { signal }),
  });
  const dataset = await parts.resolveLabels(listed, reader, signal);
  const samples =
    data === undefined
      ? applyValidation(dataset.samples, run.validation, run.seed)
      : dataset.samples;
  return { dataset, samples };
}
