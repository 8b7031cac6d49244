/** Writes cells of labels.csv: only their bytes change, in one whole write, never over another's change. */
import { UserError } from '../../protocol/errors.ts';
import { imagesOfUnknownLabel, planEdit } from '../../protocol/labels/labelsEdit.ts';
import type { Cells, KnownLabels } from '../../protocol/labels/labelsEdit.ts';
import { applyPatch, contentOf } from '../../protocol/labels/labelsPatch.ts';
import { LabelsFileError, parseLabels } from '../../protocol/labels/labelsTable.ts';
import type { LabelsTable, TableFault } from '../../protocol/labels/labelsTable.ts';
import { readIfThere, writeFileWhole } from '../files/atomicWrite.ts';
import { realFileSystem } from '../files/fileSystem.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { labelsFile } from './labelsCsv.ts';
import { placeInside } from './masks/inside.ts';

/** Tries before giving up on a file that others keep writing. */
const mostTries = 5;

class WrittenMeanwhile extends Error {
  override readonly name = 'WrittenMeanwhile';
}

function faultText(fault: TableFault): string {
  switch (fault.kind) {
    case 'encoding':
      return 'it is UTF-16; save it as UTF-8';
    case 'quote-inside':
      return `line ${fault.line}: a quote inside a cell that does not begin with one; mend the row`;
    case 'after-quote':
      return `line ${fault.line}: text behind a closing quote; mend the row`;
    case 'quote-open':
      return `line ${fault.line}: a quote that is never closed; mend the row`;
    case 'no-image-column':
      return `line ${fault.line}: the header has no column "image"; add it`;
    case 'cells':
      return `line ${fault.line}: ${fault.found} cells, where the header has ${fault.expected}; mend the row`;
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
  const file = await placeInside(root, labelsFile);
  const bytes = await readIfThere(file, fs);
  return bytes === undefined ? undefined : tableOf(file, bytes);
}

/** The new bytes; after them, a look whether the file is still the one that was read. */
async function* unlessWritten(
  file: string,
  after: Uint8Array,
  before: Uint8Array | undefined,
  fs: FileSystem,
): AsyncGenerator<Uint8Array> {
  yield after;
  const now = await readIfThere(file, fs);
  if (contentOf(now).fingerprint !== contentOf(before).fingerprint) throw new WrittenMeanwhile();
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
  const file = await placeInside(root, labelsFile);
  for (let tries = 1; ; tries += 1) {
    const bytes = await readIfThere(file, fs);
    const table = tableOf(file, bytes ?? new Uint8Array());
    const unknown = imagesOfUnknownLabel(table, images, cells);
    const known = unknown.length === 0 ? new Map<string, string>() : await labelsOf(unknown);
    const patch = planEdit(contentOf(bytes), table, images, cells, known);
    if (patch === undefined) return;
    const after = applyPatch(contentOf(bytes), () => table, patch).content.bytes;
    try {
      await writeFileWhole(file, unlessWritten(file, after ?? new Uint8Array(), bytes, fs), fs);
      return;
    } catch (error) {
      if (!(error instanceof WrittenMeanwhile)) throw error;
      if (tries < mostTries) continue;
      throw new UserError(`Another program keeps writing ${file}; stop it and import again.`, {
        cause: error,
      });
    }
  }
}
