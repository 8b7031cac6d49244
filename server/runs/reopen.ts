/** The dataset of an earlier run, opened again as that run saw it. */
import { join, resolve } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import type { Sample, Split } from '../../protocol/dataset.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ImageReader } from '../data/images/reader.ts';
import { isInside } from '../data/labelsCsv.ts';
import { OutsideError, isSamePlace, namedPlace } from '../data/places.ts';
import { isOwnRun } from './ownRuns.ts';
import type { RunParts } from './parts.ts';
import { homeOfRun } from './projectFile.ts';
import type { RunFile, TrainedRunFile } from './runFile.ts';
import { exists, runPaths } from './runFolder.ts';
import { readSplits } from './scoresFile.ts';
import { applyValidation } from './splits.ts';

export interface ReopenedData {
  readonly dataset: Dataset;
  /** With the run's validation rule applied. */
  readonly samples: readonly Sample[];
}

export interface ReopenOptions {
  /** Another dataset in place of the run's own. */
  readonly data?: string;
  /** Where the run's own dataset is, by the person. */
  readonly own?: string;
  /** Places outside of the run's project that the person has named for it. */
  readonly allowed?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Images of the run that are looked for before a folder counts as its dataset. */
const imagesSought = 3;

/** Where run.json says that the dataset is: run and dataset may have been moved together, or the run alone. */
const candidates = (
  { root, rootFromRun }: NonNullable<RunFile['dataset']>,
  runFolder: string,
): string[] => [resolve(runFolder, rootFromRun), root];

/** True for the folder that a run was trained on, by whatever name. */
export async function isDatasetOf(run: RunFile, runFolder: string, data: string): Promise<boolean> {
  if (run.dataset === null) return false;
  for (const place of candidates(run.dataset, runFolder)) {
    if (await isSamePlace(place, data)) return true;
  }
  return false;
}

/** A path that run.json names. Throws an OutsideError for one outside of its project that nobody vouches for. */
export async function placeOfRun(
  run: RunFile,
  runFolder: string,
  named: { readonly what: string; readonly name: string; readonly flag: string },
  allowed: readonly string[],
): Promise<string> {
  // Whoever trained it has named its places then.
  if (await isOwnRun(run)) return resolve(runFolder, named.name);
  const home = await homeOfRun(runFolder);
  return await namedPlace({ file: runPaths(runFolder).run, home, ...named }, allowed);
}

/** Those of the candidates that may be looked into. Throws an OutsideError when there is none. */
async function rootsOf(
  run: TrainedRunFile,
  runFolder: string,
  allowed: readonly string[],
): Promise<{ readonly roots: readonly string[]; readonly refused: OutsideError | undefined }> {
  const roots: string[] = [];
  let refused: OutsideError | undefined;
  for (const name of candidates(run.dataset, runFolder)) {
    const named = { what: 'dataset', name, flag: '--data' };
    try {
      roots.push(await placeOfRun(run, runFolder, named, allowed));
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      refused = error;
    }
  }
  return { roots, refused };
}

/** Throws an OutsideError for a run whose dataset nobody has said may be used; looks into no folder. */
export async function assertPlacesOf(
  run: TrainedRunFile,
  runFolder: string,
  allowed: readonly string[],
): Promise<void> {
  const { roots, refused } = await rootsOf(run, runFolder, allowed);
  if (roots.length === 0 && refused !== undefined) throw refused;
}

/** Where the dataset is now. Throws a UserError where it is not found, or may not be looked for. */
async function findRoot(
  run: TrainedRunFile,
  runFolder: string,
  images: Iterable<string>,
  { own, allowed = [] }: Pick<ReopenOptions, 'own' | 'allowed'>,
): Promise<string> {
  const sought = [...images].filter(isInside).slice(0, imagesSought);
  const { roots, refused } =
    own === undefined
      ? await rootsOf(run, runFolder, allowed)
      : { roots: [resolve(own)], refused: undefined };
  for (const root of roots) {
    const found = await Promise.all(['.', ...sought].map((image) => exists(join(root, image))));
    if (found[0] === true && (sought.length === 0 || found.slice(1).includes(true))) return root;
  }
  if (refused !== undefined) throw refused;
  throw new UserError(
    own === undefined
      ? `The dataset of this run is no longer at ${run.dataset.root}; put it back where it was, or name where it is with --data.`
      : `The dataset of this run is not at ${resolve(own)}; name the folder with its images.`,
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
  options: ReopenOptions = {},
): Promise<ReopenedData> {
  const {
    layout,
    class: className,
    onlyClass,
    fold,
    splitSeed,
    orientation,
    followLinks,
  } = run.dataset;
  const { data, signal } = options;
  const splits = await readSplits(runPaths(runFolder).scores);
  const root = data ?? (await findRoot(run, runFolder, splits.keys(), options));
  const listed = await parts.openDataset(root, {
    ...{ seed: splitSeed, orientation },
    ...(data === undefined ? { layout, followLinks } : {}),
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
