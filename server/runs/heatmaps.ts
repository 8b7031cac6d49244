/**
 * Heat maps: an 8-bit grey PNG an image, value = probability x 255. What we draw ourselves is kept at map size,
 * a pixel a cell, in run folders and caches; what is written for other programs lies over the whole image.
 */
import { createHash } from 'node:crypto';
import { lstat, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import { mostMapSide } from '../../protocol/mapGeometry.ts';
import type { Size } from '../../protocol/mask/raster.ts';
import { fileError, makeFolder, writeFileWhole } from '../files/atomicWrite.ts';
import { errorCode } from '../files/fileSystem.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { assertNoLinks } from '../files/kept.ts';
import { encodeGreyPng } from '../files/png.ts';
import { insidePath } from './runFolder.ts';

/** Probabilities 0..1 as bytes, rounded to the nearest. */
export function mapBytes(map: Float32Array): Uint8Array {
  return Uint8Array.from(map, (value) => Math.round(Math.min(Math.max(value, 0), 1) * 255));
}

/** File systems take names of this many bytes. */
const mostNameBytes = 255;

/** The image's path with `.png` added; a last name that would get too long keeps its start and a hash. */
export function heatmapName(image: string): string {
  const slash = image.lastIndexOf('/') + 1;
  const name = image.slice(slash);
  if (Buffer.byteLength(`${name}.png`) <= mostNameBytes) return `${image}.png`;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  // A quarter of the bytes in characters, which have at most four bytes each.
  return `${image.slice(0, slash)}${Array.from(name).slice(0, 50).join('')}-${hash}.png`;
}

/**
 * The heat map that a run folder's `heatmaps` has of an image; undefined where there is none. Throws a
 * UserError when it is reached by a link.
 */
export async function keptHeatmap(folder: string, image: string): Promise<string | undefined> {
  const file = insidePath(folder, heatmapName(image));
  await assertNoLinks(dirname(folder), file);
  try {
    return (await lstat(file)).isFile() ? file : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const pngStart = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Throws a UserError for a file that is no heat map: it may be a photo whose name happens to be that of one. */
async function assertMapOrNone(file: string, { width, height }: Size): Promise<void> {
  let handle;
  try {
    if (!(await lstat(file)).isFile()) return;
    handle = await open(file, 'r');
    const { buffer: start, bytesRead } = await handle.read(Buffer.alloc(26), 0, 26, 0);
    const sides: [number, number] = [start.readUInt32BE(16), start.readUInt32BE(20)];
    const isPng = bytesRead === 26 && start.subarray(0, 8).equals(pngStart);
    // Eight bits of grey, as maps have.
    const isGrey = start[24] === 8 && start[25] === 0;
    const isSized =
      Math.max(...sides) <= mostMapSide || (sides[0] === width && sides[1] === height);
    if (isPng && isGrey && isSized) return;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw fileError(error, file);
  } finally {
    await handle?.close();
  }
  throw new UserError(`${file} is no heat map, so it is not written over; choose another folder.`);
}

/** Writes heat maps into one folder, which mirrors the images' relative paths with `.png` added. */
export class HeatmapWriter {
  readonly #folder: string;
  readonly #fs: FileSystem | undefined;
  readonly #made = new Set<string>();

  constructor(folder: string, fs?: FileSystem) {
    this.#folder = folder;
    this.#fs = fs;
  }

  /** The file of an image; throws a UserError if its name leads out of the folder. */
  fileOf(image: string): string {
    return insidePath(this.#folder, heatmapName(image));
  }

  /** Writes the map of `image` (row by row, of this size) and returns the file's path. */
  async write(image: string, map: Float32Array, size: Size): Promise<string> {
    const file = this.fileOf(image);
    const folder = dirname(file);
    if (!this.#made.has(folder)) {
      await makeFolder(folder, this.#fs);
      this.#made.add(folder);
    }
    await assertMapOrNone(file, size);
    const { width, height } = size;
    await writeFileWhole(file, await encodeGreyPng(mapBytes(map), width, height), this.#fs);
    return file;
  }
}
