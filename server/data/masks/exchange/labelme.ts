/** labelme's JSON files, one an image: polygons, rectangles, circles, and masks as PNG in base64. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path/posix';
import { join as joinHere } from 'node:path';
import { isFinished, isUnfinished } from '../../../files/unfinished.ts';
import { UserError } from '../../../../protocol/errors.ts';
import { MaskBits } from '../../../../protocol/mask/bits.ts';
import type { Point, Size } from '../../../../protocol/mask/raster.ts';
import { writeCacheFile } from '../../../files/cacheFile.ts';
import { withoutEnding } from '../../fileTree.ts';
import type { ImageReader } from '../../images/reader.ts';
import { Canvas } from './canvas.ts';
import type { MaskSource, SourceEntry } from './contract.ts';
import { isNumbers, isObject, readSourceJson, sizeIn } from './readSource.ts';
import type { JsonObject } from './readSource.ts';

/** True for a value that looks like labelme's. */
export const isLabelme = (value: unknown): value is JsonObject =>
  isObject(value) && Array.isArray(value['shapes']) && 'imagePath' in value;

export const labelmeNote =
  'Polygons of labelme have no holes, and its shapes are drawn by pixel centres.';

function pointsIn(value: unknown): Point[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.map((point) => {
    const [x, y] = isNumbers(point) ? point : [];
    if (x === undefined || y === undefined) {
      throw new UserError('a shape has a point that is no pair of numbers');
    }
    return { x, y };
  });
}

/** The corners of a shape that has two. */
function twoOf(points: readonly Point[], what: string): readonly [Point, Point] {
  const [a, b] = points;
  if (a === undefined || b === undefined || points.length !== 2) {
    throw new UserError(`a ${what} has ${points.length} points, not 2`);
  }
  return [a, b];
}

/** Pixels are decoded in a process of their own, which reads files. */
async function decoded(text: string, reader: ImageReader): Promise<MaskBits> {
  const folder = await mkdtemp(joinHere(tmpdir(), 'segdec-labelme-'));
  isUnfinished(folder);
  try {
    const file = joinHere(folder, 'mask.png');
    await writeCacheFile(file, Buffer.from(text, 'base64'));
    const { width, height, bytes } = await reader.maskBits(file);
    return MaskBits.fromBytes(width, height, bytes);
  } finally {
    await rm(folder, { recursive: true, force: true });
    isFinished(folder);
  }
}

async function drawMask(
  shape: JsonObject,
  label: string,
  canvas: Canvas,
  reader: ImageReader,
): Promise<void> {
  const { mask } = shape;
  const [corner] = pointsIn(shape['points']);
  if (typeof mask !== 'string' || mask === '' || corner === undefined) {
    throw new UserError('a mask has no pixels or no corner');
  }
  let bits;
  try {
    bits = await decoded(mask, reader);
  } catch (error) {
    // The temporary file's name would say nothing to anybody.
    if (!(error instanceof UserError)) throw error;
    throw new UserError('the PNG in a mask cannot be read', { cause: error });
  }
  canvas.mask(label, bits, corner);
}

/** False for a shape of another kind. */
async function drawShape(shape: JsonObject, canvas: Canvas, reader: ImageReader): Promise<boolean> {
  const label = typeof shape['label'] === 'string' ? shape['label'] : '';
  const points = (): Point[] => pointsIn(shape['points']);
  switch (shape['shape_type'] ?? 'polygon') {
    case 'polygon':
      canvas.polygon(label, points());
      return true;
    case 'rectangle': {
      // Newer files may hold all four corners.
      if (points().length === 4) canvas.polygon(label, points());
      else canvas.rectangle(label, ...twoOf(points(), 'rectangle'));
      return true;
    }
    case 'circle': {
      const [centre, edge] = twoOf(points(), 'circle');
      const radius = Math.hypot(edge.x - centre.x, edge.y - centre.y);
      canvas.ellipse(label, centre, radius, radius, 0);
      return true;
    }
    case 'mask':
      await drawMask(shape, label, canvas, reader);
      return true;
    default:
      return false;
  }
}

/** The kinds of shapes that are no areas, with their numbers. */
const listed = (kinds: ReadonlyMap<string, number>): string =>
  [...kinds].map(([kind, count]) => `${count} of kind ${kind}`).join(', ');

async function draw(
  shapes: readonly unknown[],
  size: Size,
  reader: ImageReader,
  warn: (message: string) => void,
) {
  const canvas = new Canvas(size);
  const others = new Map<string, number>();
  for (const shape of shapes) {
    if (isObject(shape) && (await drawShape(shape, canvas, reader))) continue;
    const kind = isObject(shape) ? JSON.stringify(shape['shape_type']) : 'none';
    others.set(kind, (others.get(kind) ?? 0) + 1);
  }
  if (others.size > 0) warn(`shapes that are no areas are left out: ${listed(others)}`);
  return canvas.layers;
}

/** As the file names its image, from where the file lies; by the file's own name where it says none. */
function referenceOf(path: string, value: JsonObject): Pick<SourceEntry, 'reference' | 'kind'> {
  const { imagePath } = value;
  if (typeof imagePath !== 'string' || imagePath === '') {
    return { reference: path, kind: 'label' };
  }
  return { reference: join(dirname(path), imagePath.replaceAll('\\', '/')), kind: 'image' };
}

function entryOf(path: string, value: JsonObject, reader: ImageReader): SourceEntry {
  const size = sizeIn(value['imageWidth'], value['imageHeight']);
  const shapes = value['shapes'] as readonly unknown[];
  return {
    ...referenceOf(path, value),
    place: path,
    ...(size === undefined ? {} : { size }),
    draw: (own, warn) => draw(shapes, own, reader, warn),
  };
}

/** An entry for a file that cannot be used: it costs its image, and the others go on. */
const brokenEntry = (path: string, message: string): SourceEntry => ({
  reference: `${withoutEnding(path)}.json`,
  kind: 'label',
  place: path,
  draw: () => Promise.reject(new UserError(message)),
});

async function readEntry(root: string, path: string, reader: ImageReader): Promise<SourceEntry> {
  try {
    const value = await readSourceJson(joinHere(root, path), 'it');
    if (isLabelme(value)) return entryOf(path, value, reader);
    return brokenEntry(path, 'it is no file of labelme (no "shapes" and "imagePath")');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return brokenEntry(path, error.message.replace(/\.$/, ''));
  }
}

/** The source of files, relative to a folder (absolute). */
export function labelmeSource(
  root: string,
  files: readonly string[],
  reader: ImageReader,
): MaskSource {
  return {
    format: 'labelme',
    total: files.length,
    note: labelmeNote,
    async *entries() {
      for (const path of files) yield await readEntry(root, path, reader);
    },
  };
}
