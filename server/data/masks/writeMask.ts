/**
 * Writes one layer of an image in its place. Each file is the old or the new one, byte for byte, whatever
 * fails; a list that follows a mask (DAGM) is written after it.
 */
import { dirname } from 'node:path';
import type { MaskBits } from '../../../protocol/mask/bits.ts';
import { UserError } from '../../../protocol/errors.ts';
import { makeFolder, readIfThere, removeFile, writeFileWhole } from '../../files/atomicWrite.ts';
import { realFileSystem } from '../../files/fileSystem.ts';
import type { FileSystem } from '../../files/fileSystem.ts';
import { changeSharedFile, withFileLock } from '../../files/sharedFile.ts';
import { bmpMask } from './bmpMask.ts';
import { encodeColumnRuns } from './columnRuns.ts';
import { withDagmLabel } from './dagmLabels.ts';
import { placeInside, tableInside } from './inside.ts';
import { layerHash } from './openMask.ts';
import { targetFault } from './photoGuard.ts';
import type { KnownImages } from './photoGuard.ts';
import { placeFault } from './place.ts';
import type { FilePlace, MaskPlace, RowsPlace } from './place.ts';
import { pngMask } from './pngMask.ts';
import { bytesOfText, severstalRuns, textOfBytes, withSeverstalRuns } from './severstalRows.ts';

/** The layer holds something else than when its new bits were made; nothing was written. */
export class MaskChanged extends UserError {}

const changed = (path: string): MaskChanged =>
  new MaskChanged(
    `${path} was changed by somebody else meanwhile; it is not written over: try again.`,
  );

export interface MaskTarget {
  /** Absolute dataset folder. */
  readonly root: string;
  readonly place: MaskPlace;
  /** Of the dataset: they are never written over. */
  readonly images: KnownImages;
  /** What the layer held when the bits were made (openMask), so that nobody's change is lost; undefined: it is no mask. */
  readonly held: string | undefined;
}

async function writeRows(
  { root, held }: MaskTarget,
  place: RowsPlace,
  bits: MaskBits,
  fs: FileSystem,
): Promise<void> {
  const file = await tableInside(root, place.path);
  const runs = encodeColumnRuns(bits);
  await changeSharedFile(
    file,
    (bytes) => {
      if (bytes === undefined) {
        throw new UserError(`${file} is not there any more; put it back and save again.`);
      }
      const old = bytesOfText(bytes);
      if (severstalRuns(old, place.image, place.class) !== held) {
        throw changed(`The mask of ${place.image} in ${file}`);
      }
      const text = withSeverstalRuns(old, place.image, place.class, runs);
      return text === old ? undefined : { bytes: textOfBytes(text), result: undefined };
    },
    fs,
  );
}

async function writeList(
  root: string,
  list: NonNullable<FilePlace['list']>,
  hasMask: boolean,
  fs: FileSystem,
): Promise<void> {
  const file = await tableInside(root, list.path);
  const name = (text: string): string => bytesOfText(Buffer.from(text, 'utf8'));
  const mask = hasMask ? name(list.mask) : undefined;
  // Whoever keeps no list gets none.
  if ((await readIfThere(file, fs)) === undefined) return;
  await changeSharedFile(
    file,
    (bytes) => {
      if (bytes === undefined) return undefined;
      const old = bytesOfText(bytes);
      const text = withDagmLabel(old, name(list.image), mask);
      return text === old ? undefined : { bytes: textOfBytes(text), result: undefined };
    },
    fs,
  );
}

async function writeFile(
  { root, images, held }: MaskTarget,
  place: FilePlace,
  bits: MaskBits,
  fs: FileSystem,
): Promise<void> {
  const fault = await targetFault(root, place, images);
  if (fault !== undefined) throw new UserError(fault);
  const file = await placeInside(root, place.path);
  const hasMask = !bits.isEmpty;
  const look = async (): Promise<void> => {
    if ((await layerHash(root, place)) !== held) throw changed(file);
  };
  const isWritten = hasMask || place.whenEmpty === 'zero-mask';
  if (isWritten || held !== 'none') {
    await makeFolder(dirname(file), fs);
    await withFileLock(file, fs, async (lock) => {
      const lookAll = async (): Promise<void> => {
        if (!lock.isHeld()) throw changed(file);
        await look();
      };
      if (isWritten) {
        const bytes = /\.bmp$/i.test(place.path) ? bmpMask(bits) : pngMask(bits);
        await writeFileWhole(file, bytes, fs, lookAll);
      } else {
        await lookAll();
        await removeFile(file, fs);
      }
    });
  } else await look();
  if (place.list !== undefined) await writeList(root, place.list, hasMask, fs);
}

/**
 * Writes the bits, which have the image's size, to their place. Throws a MaskChanged when the layer holds something
 * else than it was read with, a UserError that names the file for what the disk refuses, and for a place that is an
 * image of the dataset or otherwise no mask.
 */
export async function writeMask(
  target: MaskTarget,
  bits: MaskBits,
  fs: FileSystem = realFileSystem,
): Promise<void> {
  const { place } = target;
  const fault = placeFault(place);
  if (fault !== undefined) throw new UserError(fault);
  if (target.held === undefined) {
    throw new UserError(`${place.path} cannot be read as a mask, so it is not written over.`);
  }
  if (place.kind === 'rows') await writeRows(target, place, bits, fs);
  else await writeFile(target, place, bits, fs);
}
