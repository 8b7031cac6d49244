/** The layers of an image as they are on disk: their bits, what they hold as a stamp, and why they cannot be edited. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { MaskBits, mostSide } from '../../../protocol/mask/bits.ts';
import { UserError } from '../../../protocol/errors.ts';
import { UnreadableFile, mostBytes, portionsOf } from '../../../common/node/readLimited.ts';
import { errorCode } from '../../files/fileSystem.ts';
import { readWhole, systemReasons } from '../../files/readWhole.ts';
import type { ImageHeader, ImageReader } from '../images/reader.ts';
import { fitsOnlyStored, storedAdvice } from '../maskFindings.ts';
import { runsFault, severstalSize } from '../layouts/severstal.ts';
import { resolved } from '../places.ts';
import { decodeColumnRuns } from './columnRuns.ts';
import { placeInside, refusalOf, tableInside } from './inside.ts';
import { ignorePlace, placeFault } from './place.ts';
import type { FilePlace, MaskPlace, RowsPlace } from './place.ts';
import { looksLikePhoto, targetFault } from './photoGuard.ts';
import type { KnownImages } from './photoGuard.ts';
import { bytesOfText, severstalRuns } from './severstalRows.ts';

export interface MaskSubject {
  /** Absolute dataset folder. */
  readonly root: string;
  readonly image: string;
  readonly place: MaskPlace;
  /** Of the dataset: they are never written over. */
  readonly images: KnownImages;
}

export const layerNames = ['defect', 'ignore'] as const;
export type LayerName = (typeof layerNames)[number];

export interface MaskLayers {
  readonly width: number;
  readonly height: number;
  /** What the image's header says. */
  readonly header: ImageHeader;
  /** Undefined without a set pixel, and where they cannot be read. */
  readonly defect: MaskBits | undefined;
  readonly ignore: MaskBits | undefined;
  readonly stamp: string;
  /** One sentence, or undefined. */
  readonly readOnly: string | undefined;
  /** What each layer holds, for writeMask; undefined for one that cannot be written. */
  readonly held: Readonly<Record<LayerName, string | undefined>>;
  /** Layers that the system refuses to write. */
  readonly refused: readonly LayerName[];
  /** Why a layer by itself cannot be written, each as one sentence. */
  readonly faults: Readonly<Record<LayerName, string | undefined>>;
  /** Layers with pixels on disk that cannot be read; `faults` says why. */
  readonly unread: readonly LayerName[];
}

async function fileHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const part of portionsOf(file, mostBytes.image)) hash.update(part);
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'ENOENT') return 'none';
    // What cannot be read is read-only; the stamp only has to be the same each time.
    if (systemReasons[code] !== undefined) return `refused ${code}`;
    if (error instanceof UnreadableFile) return `refused: ${error.reason}`;
    throw error;
  }
  return hash.digest('hex');
}

async function runsOf(root: string, place: RowsPlace): Promise<string> {
  const file = await tableInside(root, place.path);
  const table = await readWhole(file, mostBytes.table);
  return severstalRuns(bytesOfText(table), place.image, place.class);
}

/** Says what a layer holds now. */
export async function layerHash(root: string, place: MaskPlace): Promise<string> {
  try {
    if (place.kind === 'rows') return await runsOf(root, place);
    if (place.parts !== undefined) {
      const files = place.parts.map((path) => fileHash(join(root, path)));
      return (await Promise.all(files)).join(' ');
    }
    return await fileHash(await placeInside(root, place.path));
  } catch (error) {
    // Why it cannot be used is said where it is read.
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

async function heldBy({ root, image, place }: MaskSubject): Promise<Record<LayerName, string>> {
  const layers = [place, ignorePlace(image)];
  const [defect = '', ignore = ''] = await Promise.all(
    layers.map((layer) => layerHash(root, layer)),
  );
  return { defect, ignore };
}

const stampOf = ({ defect, ignore }: Record<LayerName, string>): string =>
  createHash('sha256')
    .update(JSON.stringify([defect, ignore]))
    .digest('hex');

/** Says what both layers hold now. */
export async function maskStamp(subject: MaskSubject): Promise<string> {
  return stampOf(await heldBy(subject));
}

interface Layer {
  readonly bits?: MaskBits;
  readonly readOnly?: string;
  /** There is something that cannot be read. */
  readonly isUnread?: true;
  readonly isRefused?: true;
}

function sizeFault(what: string, mask: PixelSize, image: ImageHeader): string {
  if (fitsOnlyStored(mask, image)) {
    const sizes = `${mask.width}x${mask.height} pixels and its image ${image.width}x${image.height}`;
    return `${what} has ${sizes}, so it cannot be edited: ${storedAdvice(image)}.`;
  }
  return `${what} has ${mask.width}x${mask.height} pixels and its image ${image.width}x${image.height}, so it cannot be edited; give both the same size.`;
}

interface PixelSize {
  readonly width: number;
  readonly height: number;
}

async function readRows(root: string, place: RowsPlace, size: ImageHeader): Promise<Layer> {
  const what = `The mask of ${place.image} in ${place.path}`;
  const runs = await runsOf(root, place);
  const { width, height } = size;
  const fault = runs === '' ? undefined : runsFault(runs, size);
  if (fault === undefined) return { bits: decodeColumnRuns(runs, width, height) };
  if (runsFault(runs, severstalSize) === undefined) {
    return { readOnly: sizeFault(what, severstalSize, size), isUnread: true };
  }
  const readOnly = `${what} cannot be read: its run lengths ${fault}; mend or remove the row.`;
  return { readOnly, isUnread: true };
}

async function readFileLayer(
  { root, images }: MaskSubject,
  place: FilePlace,
  size: ImageHeader,
  reader: ImageReader,
): Promise<Layer> {
  const { path } = place;
  const isOutside = images.tree.isOutside(path);
  const file = isOutside ? await resolved(join(root, path)) : await placeInside(root, path);
  if ((await fileHash(file)) === 'none') return {};
  const fault = isOutside
    ? `The mask ${path} is reached by a link and lies at ${file}, outside of the dataset folder; it is shown, and nothing is written there: put the masks themselves into the dataset to edit them.`
    : await targetFault(root, place, images);
  const { width, height, bytes, isPhoto } = await reader.maskBits(file);
  if (width !== size.width || height !== size.height) {
    const readOnly = fault ?? sizeFault(`The mask ${path}`, { width, height }, size);
    return { readOnly, isUnread: true };
  }
  const bits = MaskBits.fromBytes(width, height, bytes);
  // An image that is named as a mask can be looked at, and is read for an export.
  const readOnly = fault ?? (place.isNamed === true && isPhoto ? looksLikePhoto(path) : undefined);
  return { bits, ...(readOnly === undefined ? {} : { readOnly }) };
}

/** What several files mark together. Throws a UserError where one of them cannot be read or has another size. */
async function readParts(
  root: string,
  parts: readonly string[],
  size: ImageHeader,
  reader: ImageReader,
): Promise<Layer> {
  const bits = new MaskBits(size.width, size.height);
  for (const path of parts) {
    const { width, height, bytes } = await reader.maskBits(join(root, path));
    if (width !== size.width || height !== size.height) {
      return { readOnly: sizeFault(`The mask ${path}`, { width, height }, size), isUnread: true };
    }
    bits.unite(MaskBits.fromBytes(width, height, bytes));
  }
  return { bits };
}

/** A layer with why it cannot be edited; a fault of the file costs nothing but this. */
async function readLayer(
  subject: MaskSubject,
  place: MaskPlace,
  size: ImageHeader,
  reader: ImageReader,
): Promise<Layer> {
  const { root } = subject;
  try {
    const layer =
      place.kind === 'rows'
        ? await readRows(root, place, size)
        : place.parts !== undefined
          ? await readParts(root, place.parts, size, reader)
          : await readFileLayer(subject, place, size, reader);
    const refusal =
      place.kind === 'file' && subject.images.tree.isOutside(place.path)
        ? undefined
        : await refusalOf(await placeInside(root, place.path));
    const readOnly =
      layer.readOnly ??
      placeFault(place) ??
      (refusal === undefined
        ? undefined
        : `${place.path} cannot be written: ${refusal}; check who may write there.`);
    return {
      ...layer,
      ...(readOnly === undefined ? {} : { readOnly }),
      ...(refusal === undefined ? {} : { isRefused: true }),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { readOnly: error.message, isUnread: true };
  }
}

/** Files that are written all the time are read all the same. */
const mostReads = 3;

/** Reads both layers. Throws an ImageError for an image that cannot be read; a large one is read-only. */
export async function openMask(subject: MaskSubject, reader: ImageReader): Promise<MaskLayers> {
  let layers = await readOnce(subject, reader);
  // Pixels of one mask with the stamp of another would be taken for that one if it came back.
  for (let reads = 1; reads < mostReads; reads += 1) {
    if ((await maskStamp(subject)) === layers.stamp) break;
    layers = await readOnce(subject, reader);
  }
  return layers;
}

async function readOnce(subject: MaskSubject, reader: ImageReader): Promise<MaskLayers> {
  const { root, image, place } = subject;
  const header = await reader.header(join(root, image));
  const size = { width: header.width, height: header.height, header };
  // Before the pixels: what changes meanwhile is a conflict later, never lost.
  const held = await heldBy(subject);
  const stamp = stampOf(held);
  if (Math.max(size.width, size.height) > mostSide) {
    const readOnly = `${image} has ${size.width}x${size.height} pixels; masks are edited up to ${mostSide} on a side: cut the image into parts.`;
    return {
      ...{ ...size, defect: undefined, ignore: undefined, stamp, refused: [], readOnly },
      held: { defect: undefined, ignore: undefined },
      faults: { defect: readOnly, ignore: readOnly },
      unread: layerNames,
    };
  }
  const layers = {
    defect: await readLayer(subject, place, header, reader),
    ignore: await readLayer(subject, ignorePlace(image), header, reader),
  };
  const { defect, ignore } = layers;
  const filled = (layer: Layer): MaskBits | undefined =>
    layer.bits?.isEmpty === false ? layer.bits : undefined;
  return {
    ...size,
    defect: filled(defect),
    ignore: filled(ignore),
    stamp,
    held: {
      defect: defect.readOnly === undefined ? held.defect : undefined,
      ignore: ignore.readOnly === undefined ? held.ignore : undefined,
    },
    refused: layerNames.filter((name) => layers[name].isRefused === true),
    readOnly: defect.readOnly ?? ignore.readOnly,
    faults: { defect: defect.readOnly, ignore: ignore.readOnly },
    unread: layerNames.filter((name) => layers[name].isUnread === true),
  };
}
