/** The dataset of an earlier run, opened again as that run saw it. */
import { join, resolve } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import type { Sample, Split } from '../../protocol/dataset.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ImageReader } from '../data/images/reader.ts';
import type { RunParts } from './parts.ts';
import type { TrainedRunFile } from './runFile.ts';
import { exists, runPaths } from './runFolder.ts';
import { readSplits } from './scoresFile.ts';
import { applyValidation } from './splits.ts';

export interface ReopenedData {
  readonly dataset: Dataset;
  /** With the run's validation rule applied. */
  readonly samples: readonly Sample[];
}

/** Images of the run that are looked for before a folder counts as its dataset. */
const imagesSought = 3;

/** Where the dataset is now: run and dataset may have been moved together, or the run alone. */
async function findRoot(
  { dataset }: TrainedRunFile,
  runFolder: string,
  images: Iterable<string>,
): Promise<string> {
  const sought = [...images].slice(0, imagesSought);
  const together = resolve(join(runFolder, dataset.rootFromRun));
  for (const root of [together, dataset.root]) {
    const found = await Promise.all(['.', ...sought].map((image) => exists(join(root, image))));
    if (found[0] === true && (sought.length === 0 || found.slice(1).includes(true))) return root;
  }
  throw new UserError(
    `The dataset of this run is no longer at ${dataset.root}; put it back where it was (to score another, \`segdec evaluate --data\`).`,
  );
}

/** The samples with the splits that the run used: an image that was trained on never counts as test. */
function withSplitsOf(splits: ReadonlyMap<string, Split>, samples: readonly Sample[]): Sample[] {
  return samples.map((sample) => ({ ...sample, split: splits.get(sample.image) ?? sample.split }));
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
  const splits = await readSplits(runPaths(runFolder).scores);
  const root = data ?? (await findRoot(run, runFolder, splits.keys()));
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
  if (data !== undefined) return { dataset, samples: dataset.samples };
  const samples = applyValidation(dataset.samples, run.validation, run.seed);
  return { dataset, samples: withSplitsOf(splits, samples) };
}
