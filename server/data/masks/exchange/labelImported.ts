/** Labels of images that got a mask: those that would not count as defective with a mask get a row that says so. */
import { dirname } from 'node:path';
import type { Sample } from '../../../../protocol/dataset.ts';
import { UserError } from '../../../../protocol/errors.ts';
import { cellSpans, cellText, rowSpan } from '../../../../protocol/labels/labelsTable.ts';
import type { LabelsTable } from '../../../../protocol/labels/labelsTable.ts';
import { labelListing, listFolder, listTree, resolveLabels } from '../../dataset.ts';
import type { Dataset } from '../../dataset.ts';
import type { ImageReader } from '../../images/reader.ts';
import { isInside, labelsFile } from '../../labelsCsv.ts';
import { readLabelsTable, setLabels } from '../../labelsWrite.ts';
import { placeInside, refusalOf } from '../inside.ts';
import type { MaskPlace } from '../place.ts';
import type { ExchangeDataset } from './dataset.ts';

export interface Labelled {
  /** Rows written, or that would be. */
  readonly labelled: number;
  /** Images that labels.csv cannot name. */
  readonly unnameable: readonly string[];
  /** Images of rows whose words are turned over, with these words. */
  readonly turned: ReadonlyMap<string, string>;
}

/** The table, if there is one. Throws a UserError for a labels.csv that cannot be changed. */
export async function usableLabels(
  root: string,
  isWritten: boolean,
): Promise<LabelsTable | undefined> {
  const table = await readLabelsTable(root);
  const file = await placeInside(root, labelsFile);
  // A whole write makes a file beside it.
  const refusal = isWritten
    ? ((await refusalOf(file)) ?? (await refusalOf(dirname(file))))
    : undefined;
  if (refusal === undefined) return table;
  throw new UserError(`${file} cannot be written: ${refusal}; check who may write there.`);
}

/** What a row says in a column; '' without. */
function wordIn(
  table: LabelsTable | undefined,
  image: string,
  column: 'label' | 'supervision',
): string {
  const row = table && rowSpan(table, image);
  const place = table?.columns.indexOf(column) ?? -1;
  if (table === undefined || row === undefined || place < 0) return '';
  const cell = cellSpans(table, row)[place];
  return cell === undefined ? '' : cellText(table, cell).toLowerCase();
}

/** Of images whose masks were emptied, those that labels.csv still calls defective with a mask. */
export const emptiedRows = (table: LabelsTable | undefined, images: readonly string[]): string[] =>
  images.filter(
    (image) =>
      wordIn(table, image, 'label') === 'defective' &&
      wordIn(table, image, 'supervision') === 'mask',
  );

/** The words of a row that speak against a defect with a mask. */
function turnedWords(table: LabelsTable | undefined, image: string): string {
  const [label, supervision] = [wordIn(table, image, 'label'), wordIn(table, image, 'supervision')];
  return [label === 'ok' ? label : '', supervision === 'weak' ? supervision : '']
    .filter((word) => word !== '')
    .join(', ');
}

/** The dataset as it is read with the masks that were written, or that would be. */
async function withMasks(
  { root, listing, options }: ExchangeDataset,
  places: Iterable<MaskPlace>,
  dryRun: boolean,
): Promise<Dataset> {
  if (!dryRun) return await labelListing(await listFolder(root, options));
  const files = [...places].flatMap((place) => (place.kind === 'file' ? [place.path] : []));
  return await labelListing(await listTree(root, listing.tree.with(files), options));
}

/** A label that only a mask tells counts: this one has pixels. */
const isDefectiveWithMask = ({ label, mask, weak }: Sample): boolean =>
  (label === 'defective' || label === 'unknown') && mask !== undefined && !weak;

const isNameable = (image: string): boolean => isInside(image) && image.trim() === image;

/** The label cells that images have now, where a new column has to repeat them. */
async function knownLabels(
  dataset: Dataset,
  images: readonly string[],
  reader: ImageReader,
): Promise<ReadonlyMap<string, string>> {
  const wanted = new Set(images);
  const samples = dataset.samples.filter(({ image }) => wanted.has(image));
  const { samples: resolved } = await resolveLabels({ ...dataset, samples }, reader);
  return new Map(
    resolved.map(({ image, label }) => [
      image,
      label === 'ok' || label === 'defective' ? label : '',
    ]),
  );
}

interface LabelOptions {
  readonly reader: ImageReader;
  readonly dryRun: boolean;
  /** As it was before. */
  readonly table: LabelsTable | undefined;
}

/** Writes the rows, all of them at once. */
export async function labelDefective(
  exchanged: ExchangeDataset,
  masks: ReadonlyMap<string, MaskPlace>,
  { reader, dryRun, table }: LabelOptions,
): Promise<Labelled> {
  const dataset = await withMasks(exchanged, masks.values(), dryRun);
  const missing = dataset.samples
    .filter((sample) => masks.has(sample.image) && !isDefectiveWithMask(sample))
    // Rows of a table that was not written yet make the image defective.
    .filter(({ image }) => !dryRun || masks.get(image)?.kind !== 'rows')
    .map(({ image }) => image);
  const images = missing.filter(isNameable);
  const cells = new Map([
    ['label', 'defective'],
    ['supervision', 'mask'],
  ] as const);
  if (!dryRun && images.length > 0) {
    await setLabels(exchanged.root, images, cells, (unknown) =>
      knownLabels(dataset, unknown, reader),
    );
  }
  const turned = images
    .map((image) => [image, turnedWords(table, image)] as const)
    .filter(([, words]) => words !== '');
  return {
    labelled: images.length,
    unnameable: missing.filter((image) => !isNameable(image)),
    turned: new Map(turned),
  };
}
