/**
 * A dataset folder as the rest sees it: samples with labels, masks and splits, and the findings that
 * names and label files give. No image is opened here; resolveLabels and defaultSize do that.
 */
import { join, resolve } from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type {
  Finding,
  LayoutName,
  NestedDataset,
  Orientation,
  Sample,
} from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { byName, isOtherPicture, readFileTree } from './fileTree.ts';
import { findingsOf } from './oddEntries.ts';
import type { FileTree } from './fileTree.ts';
import { orientedReader } from './images/reader.ts';
import type { MaskPixels } from './images/messages.ts';
import type { ImageReader } from './images/reader.ts';
import { applyLabels } from './labelsCsv.ts';
import type { Labelled } from './labelsCsv.ts';
import { chooseLayout } from './layouts/index.ts';
import type { Layout, LayoutContent, LayoutOptions, PixelSize } from './layouts/layout.ts';
import { leftOutPictures } from './leftOutPictures.ts';
import { nearLayout } from './layouts/nearLayout.ts';
import { nestedDatasets, nestedFindings } from './layouts/nestedDatasets.ts';
import { isDrawn, trainShare } from './drawnSplit.ts';
import { eachInPortions, mapInPortions } from './portions.ts';
import { withRunSizes } from './runSizes.ts';

export interface OpenOptions {
  /** Default: detected. */
  readonly layout?: LayoutName;
  readonly class?: string;
  /** Taken instead where the layout has classes; no fault where it has none. */
  readonly preferredClass?: string;
  /** severstal: positives are images with defects of this class alone. */
  readonly onlyClass?: boolean;
  readonly fold?: number;
  /** How images lie; default as EXIF says. */
  readonly orientation?: Orientation;
  /** Seed of splits that are drawn; default 0. */
  readonly seed?: number;
  /** Links out of the folder are followed; default true. */
  readonly followLinks?: boolean;
  /** The person said that it is this folder: none below it is looked for. */
  readonly isChosen?: boolean;
  readonly signal?: AbortSignal;
}

export interface Dataset {
  /** Absolute. */
  readonly root: string;
  readonly layout: LayoutName;
  /** Sorted by image. */
  readonly samples: readonly Sample[];
  /** From names and label files alone. */
  readonly findings: readonly Finding[];
  readonly classes: readonly string[];
  readonly folds: number;
  /** Datasets in folders below, where the folder itself is none and nobody chose it. */
  readonly nested: readonly NestedDataset[];
  /** How its images lie; default as EXIF says. */
  readonly orientation?: Orientation;
  /** The layout's published input size, or the median image's to the nearest multiple of 8. */
  defaultSize(reader: ImageReader): Promise<PixelSize>;
}

/** Images looked at for the median size: more would not move it much. */
const sizesRead = 200;

/** Draws open splits by seed; each image's by its own name. */
const drawSplits = (samples: Labelled['samples'], seed: number): Promise<Sample[]> =>
  mapInPortions(samples, (s) => ({
    ...s,
    split: s.split ?? (isDrawn(s.image, seed, trainShare) ? 'train' : 'test'),
  }));

/** By name; most layouts give them in this order already. */
async function sortedByName(samples: Sample[]): Promise<Sample[]> {
  const misplaced = new Set<string>();
  await eachInPortions(samples, ({ image }, i) => {
    if (i > 0 && byName(samples[i - 1]?.image ?? '', image) > 0) misplaced.add(image);
  });
  return misplaced.size === 0 ? samples : samples.sort((a, b) => byName(a.image, b.image));
}

function otherPictures(tree: FileTree): Finding[] {
  return tree.files.filter(isOtherPicture).map((file) => ({
    kind: 'format',
    severity: 'warning',
    files: [file],
    message: `${file} is in a format that is not read; save it as PNG, JPEG, TIFF, WebP or BMP.`,
  }));
}

const median = (values: number[]): number =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const toMultipleOf8 = (value: number): number => Math.max(8, Math.round(value / 8) * 8);

/** Every k-th sample, so that all parts of the folder count. */
function spread<T>(items: readonly T[], most: number): T[] {
  const stride = Math.max(1, Math.ceil(items.length / most));
  return items.filter((_, i) => i % stride === 0);
}

async function medianSize(
  root: string,
  samples: readonly Sample[],
  reader: ImageReader,
): Promise<PixelSize> {
  const sizes: { width: number; height: number; channels: number }[] = [];
  for (const { image } of spread(samples, sizesRead)) {
    try {
      sizes.push(await reader.size(join(root, image)));
    } catch (error) {
      // A broken image says nothing of the others' size; reading it will be reported in its turn.
      if (!(error instanceof UserError)) throw error;
    }
  }
  if (sizes.length === 0) throw new UserError(`None of the images in ${root} can be read.`);
  return {
    imageWidth: toMultipleOf8(median(sizes.map((s) => s.width))),
    imageHeight: toMultipleOf8(median(sizes.map((s) => s.height))),
    channels: sizes.every((s) => s.channels === 1) ? 1 : 3,
  };
}

function layoutOptions(root: string, layout: Layout, options: OpenOptions): LayoutOptions {
  const className = options.class ?? (layout.hasClasses ? options.preferredClass : undefined);
  return {
    root,
    seed: options.seed ?? 0,
    ...(className === undefined ? {} : { class: className }),
    ...(options.onlyClass === undefined ? {} : { onlyClass: options.onlyClass }),
    ...(options.fold === undefined ? {} : { fold: options.fold }),
  };
}

function assertApplicable(layout: Layout, options: OpenOptions): void {
  if (options.fold !== undefined && layout.name !== 'ksdd') {
    throw new UserError(`Layout ${layout.name} has no folds; leave --fold out.`);
  }
  if (options.class !== undefined && !layout.hasClasses) {
    throw new UserError(`Layout ${layout.name} has no classes; leave --class out.`);
  }
  if (options.onlyClass === true && layout.name !== 'severstal') {
    throw new UserError(`Layout ${layout.name} has no --only-class; leave it out.`);
  }
}

/** A dataset folder before labels.csv: what has to be read again only when files come or go. */
export interface FolderListing {
  readonly root: string;
  readonly tree: FileTree;
  readonly layout: Layout;
  readonly content: LayoutContent;
  readonly nested: readonly NestedDataset[];
  readonly seed: number;
  readonly orientation: Orientation | undefined;
}

/**
 * Reads the names of a dataset folder and what the layout makes of them.
 * Throws a UserError for a folder that is not there, holds no images, is not in the named layout,
 * or needs a class or fold that was not (or wrongly) given.
 */
export async function listFolder(
  folder: string,
  options: OpenOptions = {},
): Promise<FolderListing> {
  const root = resolve(folder);
  return await listTree(root, await readFileTree(root, options), options);
}

/** As listFolder, of names that were read already, or that will be there. */
export async function listTree(
  root: string,
  tree: FileTree,
  options: OpenOptions = {},
): Promise<FolderListing> {
  await yieldToOthers();
  const layout = chooseLayout(tree, root, options.layout);
  assertApplicable(layout, options);
  await yieldToOthers();
  const content = await layout.read(tree, layoutOptions(root, layout, options));
  await yieldToOthers();
  const isAsked = options.layout !== undefined || options.isChosen === true;
  const nested = isAsked ? [] : nestedDatasets(tree, layout.name);
  const { seed = 0, orientation } = options;
  return { root, tree, layout, content, nested, seed, orientation };
}

/** A mask that no image seems to have is that of the image whose row names it. */
const isOfMask = ({ kind, files }: Finding, masks: ReadonlySet<string>): boolean =>
  (kind === 'missing-image' || kind === 'ambiguous') &&
  files.length > 0 &&
  files.every((file) => masks.has(file));

/** What the folder may be meant as instead. */
const likelyMeant = ({ tree, layout, content, nested }: FolderListing): Finding[] =>
  nested.length === 0 && layout.name === 'folders'
    ? nearLayout(tree, content.samples)
    : nestedFindings(tree, nested);

/** The dataset that a listing and labels.csv, as it is now, give. */
export async function labelListing(listing: FolderListing): Promise<Dataset> {
  const { root, tree, layout, content, nested, seed, orientation } = listing;
  const labelled = await applyLabels(root, tree, content.samples);
  const samples = await sortedByName(await drawSplits(labelled.samples, seed));
  await yieldToOthers();
  const findings = [
    ...content.findings.filter((finding) => !isOfMask(finding, labelled.masks)),
    ...labelled.findings,
  ];
  const told = [...content.findings, ...findings];
  const left = leftOutPictures(tree, content, labelled, told);
  await yieldToOthers();
  return {
    root,
    layout: layout.name,
    samples,
    findings: [
      ...likelyMeant(listing),
      ...findings,
      ...left,
      ...otherPictures(tree),
      ...findingsOf(tree.odd),
    ],
    classes: content.classes,
    folds: content.folds,
    nested,
    ...(orientation === undefined ? {} : { orientation }),
    defaultSize: async (reader) =>
      layout.size ?? (await medianSize(root, samples, orientedReader(reader, orientation))),
  };
}

/** Lists a dataset folder with its labels. Throws as listFolder does. */
export async function openDataset(folder: string, options: OpenOptions = {}): Promise<Dataset> {
  return await labelListing(await listFolder(folder, options));
}

/**
 * Why what was taken for a mask by its place alone (a PNG beside a photo) tells no label; undefined where the layout
 * says that it is one.
 */
export function guessFault(
  layout: LayoutName,
  { isPhoto }: MaskPixels,
  image: string,
): string | undefined {
  if (layout !== 'folders' || isPhoto !== true) return undefined;
  return `The PNG beside ${image} has many values, as a photo has, so it is not taken for its mask; put photos in two formats into different folders, or save the mask with 0 and 255 alone`;
}

/** Masks read at a time. */
const masksAtOnce = 8;

async function resolved(
  dataset: Dataset,
  sample: Sample,
  reader: ImageReader,
  findings: Finding[],
): Promise<Sample> {
  if (sample.label !== 'unknown') return sample;
  const { mask, ...rest } = sample;
  if (mask === undefined) return { ...sample, label: 'unlabelled' };
  try {
    const pixels = await reader.mask(dataset.root, mask);
    const fault = guessFault(dataset.layout, pixels, sample.image);
    if (fault !== undefined) throw new UserError(fault);
    return pixels.data.includes(1) ? { ...sample, label: 'defective' } : { ...rest, label: 'ok' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    findings.push({
      kind: 'unreadable',
      severity: 'warning',
      files: [sample.image],
      message: `${error.message.replace(/\.$/, '')}: the label of ${sample.image} is not known, and it is left out.`,
    });
    return { ...rest, label: 'unlabelled' };
  }
}

/**
 * The dataset without label `unknown`: positive means any non-zero pixel of the mask. An image whose
 * mask cannot be read is unlabelled, which is a finding. Run lengths get the size that they are of.
 */
export async function resolveLabels(
  dataset: Dataset,
  reader: ImageReader,
  signal?: AbortSignal,
): Promise<Dataset> {
  const samples = [...dataset.samples];
  const findings = [...dataset.findings];
  const oriented = orientedReader(reader, dataset.orientation);
  for (let start = 0; start < samples.length; start += masksAtOnce) {
    signal?.throwIfAborted();
    const part = samples.slice(start, start + masksAtOnce);
    const done = await Promise.all(
      part.map((sample) => resolved(dataset, sample, oriented, findings)),
    );
    done.forEach((sample, i) => (samples[start + i] = sample));
  }
  return await withRunSizes({ ...dataset, samples, findings }, oriented, signal);
}
