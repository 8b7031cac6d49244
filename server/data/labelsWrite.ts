/** Writes cells of labels.csv: only their bytes change, in one whole write, never over another's change. */
import { counted } from '../../protocol/counted.ts';
import type { Change } from '../../common/node/changeFile.ts';
import { UserError } from '../../protocol/errors.ts';
import { imagesOfUnknownLabel, planEdit } from '../../protocol/labels/labelsEdit.ts';
import type { Cells, KnownLabels } from '../../protocol/labels/labelsEdit.ts';
import { applyPatch, contentOf } from '../../protocol/labels/labelsPatch.ts';
import { LabelsFileError, parseLabels } from '../../protocol/labels/labelsTable.ts';
import type { LabelsTable, TableFault } from '../../protocol/labels/labelsTable.ts';
import { readIfThere } from '../files/atomicWrite.ts';
import { realFileSystem } from '../files/fileSystem.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { changeSharedFile } from '../files/sharedFile.ts';
import { labelsFile } from './labelsCsv.ts';
import { tableInside } from './masks/inside.ts';

function faultText(fault: TableFault): string {
  switch (fault.kind) {
    case 'encoding':
      return 'it is UTF-16; save it as UTF-8';
    case 'bytes':
      return `line ${fault.line} is not UTF-8; save it as "CSV UTF-8"`;
    case 'quote-inside':
      return `line ${fault.line}: a quote inside a cell that does not begin with one; mend the row`;
    case 'after-quote':
      return `line ${fault.line}: text behind a closing quote; mend the row`;
    case 'quote-open':
      return `line ${fault.line}: a quote that is never closed; mend the row`;
    case 'no-image-column':
      return `line ${fault.line}: the header has no column "image"; add it`;
    case 'cells':
      return `line ${fault.line}: ${counted(fault.found, 'cell')}, where the header has ${fault.expected}; mend the row`;
  }
}

function tableOf(file: string, bytes: Uint8Array): LabelsTable {
  try {
    return parseLabels(bytes);
  } catch (error) {
    if (!(error instanceof LabelsFileError)) throw error;
    throw new UserError(`${file} cannot be changed: ${faultText(error.fault)}.`, { cause: error });
  }
}

/** The table as it is; undefined without a file. Throws a UserError for one that cannot be changed. */
export async function readLabelsTable(
  root: string,
  fs: FileSystem = realFileSystem,
): Promise<LabelsTable | undefined> {
  const file = await tableInside(root, labelsFile);
  const bytes = await readIfThere(file, fs);
  return bytes === undefined ? undefined : tableOf(file, bytes);
}

/** Labels that have to be known before the cells can be set; they take longer than a lock should be held. */
class LabelsWanted extends Error {
  override readonly name = 'LabelsWanted';
  readonly images: readonly string[];

  constructor(images: readonly string[]) {
    super('Labels are wanted.');
    this.images = images;
  }
}

/**
 * Sets cells in the rows of images; those without a row get one. `labelsOf` gives the present labels of images
 * whose rows have to repeat them. Throws a UserError for a file that cannot be changed.
 */
export async function setLabels(
  root: string,
  images: readonly string[],
  cells: Cells,
  labelsOf: (images: readonly string[]) => Promise<KnownLabels>,
  fs: FileSystem = realFileSystem,
): Promise<void> {
  const file = await tableInside(root, labelsFile);
  const known = new Map<string, string>();
  const plan = (bytes: Uint8Array | undefined): Change<undefined> | undefined => {
    const table = tableOf(file, bytes ?? new Uint8Array());
    const unknown = imagesOfUnknownLabel(table, images, cells).filter((image) => !known.has(image));
    if (unknown.length > 0) throw new LabelsWanted(unknown);
    const patch = planEdit(contentOf(bytes), table, images, cells, known);
    if (patch === undefined) return undefined;
    return { ...applyPatch(contentOf(bytes), () => table, patch).content, result: undefined };
  };
  for (;;) {
    try {
      await changeSharedFile(file, plan, fs);
      return;
    } catch (error) {
      if (!(error instanceof LabelsWanted)) throw error;
      const labels = await labelsOf(error.images);
      for (const image of error.images) known.set(image, labels.get(image) ?? '');
    }
  }
}
