/** Small datasets and sources for import and export of masks. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { MaskBits } from '../../protocol/mask/bits.ts';
import type { MaskImportReport } from '../../protocol/maskExchange.ts';
import { createImageReader } from '../../server/data/images/reader.ts';
import { openExchangeDataset } from '../../server/data/masks/exchange/dataset.ts';
import { importMasks } from '../../server/data/masks/exchange/importMasks.ts';
import type { ImportRequest } from '../../server/data/masks/exchange/importMasks.ts';
import { openMask } from '../../server/data/masks/openMask.ts';
import { pngMask } from '../../server/data/masks/pngMask.ts';
import { encodeGreyPng } from '../../server/files/png.ts';
import { rowsOf } from './masks.ts';
import { temporaryFolder } from './temporary.ts';
import { writeTree } from './tree.ts';
import type { Content } from './tree.ts';

export const reader = createImageReader();
export const goOn = new AbortController().signal;

/** A grey image. */
export const grey = (width: number, height: number): Promise<Uint8Array> =>
  encodeGreyPng(new Uint8Array(width * height).fill(90), width, height);

/** A dataset of images of 10 x 6 pixels, with other files as given. */
export async function imagesOf(
  folder: string,
  images: readonly string[],
  files: Readonly<Record<string, Content>> = {},
): Promise<string> {
  const picture = await grey(10, 6);
  await writeTree(folder, Object.fromEntries(images.map((image) => [image, picture])));
  return await writeTree(folder, files);
}

export async function bytesOf(bits: MaskBits): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of pngMask(bits)) parts.push(part);
  return Buffer.concat(parts);
}

export async function writeFileIn(folder: string, name: string, content: Content): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeTree(folder, { [name]: content });
  return path;
}

/** A folder of mask files. */
export async function masksOf(masks: Readonly<Record<string, MaskBits>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, bits] of Object.entries(masks)) {
    await writeFileIn(folder, name, await bytesOf(bits));
  }
  return folder;
}

export const writeJson = (folder: string, name: string, value: unknown): Promise<string> =>
  writeFileIn(folder, name, JSON.stringify(value));

/** Imports with the defaults of tests. */
export async function imported(
  folder: string,
  source: string,
  more: Partial<ImportRequest> = {},
): Promise<MaskImportReport> {
  const dataset = await openExchangeDataset(folder);
  return await importMasks(dataset, { source, reader, signal: goOn, ...more });
}

/** Both layers of an image as they are on disk; empty bits where there is none. */
export async function layersOf(
  folder: string,
  image: string,
): Promise<{ readonly defect: MaskBits; readonly ignore: MaskBits }> {
  const dataset = await openExchangeDataset(folder);
  const { width, height, defect, ignore } = await openMask(dataset.subject(image), reader);
  const none = (): MaskBits => new MaskBits(width, height);
  return { defect: defect ?? none(), ignore: ignore ?? none() };
}

/** Text of a file, or undefined. */
export async function textIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}

function chunk(name: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(content.length, 0);
  body.copy(bytes, 4);
  bytes.writeUInt32BE(checksum(body), body.length + 4);
  return bytes;
}

function checksum(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}

/** A PNG with a palette, whose indices are given row by row. */
export function indexedPng(
  rows: readonly (readonly number[])[],
  palette: readonly (readonly [number, number, number])[],
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(rows[0]?.length ?? 0, 0);
  header.writeUInt32BE(rows.length, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const pixels = Buffer.concat(rows.map((row) => Buffer.from([0, ...row])));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Pascal VOC's palette: three bits of an index at a time, the highest bits of the colours first. */
export const vocPalette = Array.from({ length: 256 }, (_, index): [number, number, number] => {
  const colour: [number, number, number] = [0, 0, 0];
  for (let rest = index, bit = 7; rest > 0; rest >>= 3, bit -= 1) {
    colour[0] |= (rest & 1) << bit;
    colour[1] |= ((rest >> 1) & 1) << bit;
    colour[2] |= ((rest >> 2) & 1) << bit;
  }
  return colour;
});

/** The one image of `taken`. */
export const takenImage = 'defective/a.png';

/** Columns 2 to 4 of rows 1 and 2. */
export const rectangle: readonly string[] = [
  '..........',
  '..###.....',
  '..###.....',
  '..........',
  '..........',
  '..........',
];
export const noPixels: readonly string[] = Array.from({ length: 6 }, () => '..........');

/** What an import of one file makes of an image of 10 x 6, and the messages. */
export async function taken(name: string, content: string | Uint8Array) {
  const folder = await imagesOf(await temporaryFolder(), [takenImage]);
  const source = await temporaryFolder();
  await writeFileIn(source, name, content);
  const report = await imported(folder, name.includes('/') ? source : join(source, name));
  const { defect, ignore } = await layersOf(folder, takenImage);
  const messages = report.findings.shown.map(({ message }) => message).join('\n');
  return { report, messages, defect: rowsOf(defect), ignore: rowsOf(ignore) };
}

/** A COCO file of the image of `taken`. */
export const cocoFile = (segmentation: unknown, more: object = {}) => ({
  images: [{ id: 7, file_name: takenImage, width: 10, height: 6 }],
  annotations: [{ id: 1, image_id: 7, category_id: 3, segmentation }],
  categories: [{ id: 3, name: 'scratch' }],
  ...more,
});
