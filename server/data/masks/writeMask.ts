/**
 * Writes one layer of an image in its place. Each file is the old or the new one, byte for byte, whatever
 * fails; a list that follows a mask (DAGM) is written after it.
 */
import { dirname } from 'node:path';
import type { MaskBits } from '../../../protocol/mask/bits.ts';
import { UserError } from '../../../protocol/errors.ts';
import {
  fileError,
  makeFolder,
  readIfThere,
  removeFile,
  writeFileWhole,
} from '../../files/atomicWrite.ts';
import { realFileSystem } from '../../files/fileSystem.ts';
import type { FileSystem } from '../../files/fileSystem.ts';
import { bmpMask } from './bmpMask.ts';
import { encodeColumnRuns } from './columnRuns.ts';
import { withDagmLabel } from './dagmLabels.ts';
import { placeInside } from './inside.ts';
import { placeFault } from './place.ts';
import type { FilePlace, MaskPlace, RowsPlace } from './place.ts';
import { pngMask } from './pngMask.ts';
import { bytesOfText, textOfBytes, withSeverstalRuns } from './severstalRows.ts';

/** As writeFileWhole; what the system refuses before the first write names the file as well. */
async function writeWhole(
  path: string,
  data: Parameters<typeof writeFileWhole>[1],
  fs: FileSystem,
): Promise<void> {
  try {
    await writeFileWhole(path, data, fs);
  } catch (error) {
    throw fileError(error, path);
  }
}

async function writeRows(
  root: string,
  place: RowsPlace,
  bits: MaskBits,
  fs: FileSystem,
): Promise<void> {
  const file = await placeInside(root, place.path);
  const bytes = await readIfThere(file, fs);
  if (bytes === undefined) {
    throw new UserError(`${file} is not there any more; put it back and save again.`);
  }
  const old = bytesOfText(bytes);
  const text = withSeverstalRuns(old, place.image, place.class, encodeColumnRuns(bits));
  if (text !== old) await writeWhole(file, textOfBytes(text), fs);
}

async function writeList(
  root: string,
  list: NonNullable<FilePlace['list']>,
  hasMask: boolean,
  fs: FileSystem,
): Promise<void> {
  const file = await placeInside(root, list.path);
  const bytes = await readIfThere(file, fs);
  // Whoever keeps no list gets none.
  if (bytes === undefined) return;
  const old = bytesOfText(bytes);
  const name = (text: string): string => bytesOfText(Buffer.from(text, 'utf8'));
  const text = withDagmLabel(old, name(list.image), hasMask ? name(list.mask) : undefined);
  if (text !== old) await writeWhole(file, textOfBytes(text), fs);
}

async function writeFile(
  root: string,
  place: FilePlace,
  bits: MaskBits,
  fs: FileSystem,
): Promise<void> {
  const file = await placeInside(root, place.path);
  const hasMask = !bits.isEmpty;
  if (hasMask || place.whenEmpty === 'zero-mask') {
    await makeFolder(dirname(file), fs);
    const bytes = /\.bmp$/i.test(place.path) ? bmpMask(bits) : pngMask(bits);
    await writeWhole(file, bytes, fs);
  } else await removeFile(file, fs);
  if (place.list !== undefined) await writeList(root, place.list, hasMask, fs);
}

/**
 * Writes the bits, which have the image's size, to their place in the dataset folder `root`. Throws a
 * UserError that names the file for what the disk refuses and for a place that has no mask.
 */
export async function writeMask(
  root: string,
  place: MaskPlace,
  bits: MaskBits,
  fs: FileSystem = realFileSystem,
): Promise<void> {
  const fault = placeFault(place);
  if (fault !== undefined) throw new UserError(fault);
  if (place.kind === 'rows') await writeRows(root, place, bits, fs);
  else if (place.kind === 'file') await writeFile(root, place, bits, fs);
}
