/** labelme's JSON files and those of its relatives, one an image: polygons, rectangles (turned or not), circles, lines with a width, and masks as PNG in base64. */
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
import type { DrawnLayers, MaskSource, SourceEntry, Teller } from './contract.ts';
import { LeftOut } from './leftOut.ts';
import { isObject, numberOf, numbersOf, sizeIn } from './readSource.ts';
import type { JsonObject, SourceReader } from './readSource.ts';

/** True for a value that looks like labelme's. */
export const isLabelme = (value: unknown): value is JsonObject =>
  isObject(value) && Array.isArray(value['shapes']) && 'imagePath' in value;

export const labelmeNote =
  'Polygons of labelme have no holes, and its shapes are drawn by pixel centres.';

function pointsIn(value: unknown): Point[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.map((point) => {
    const [x, y] = numbersOf(point) ?? [];
    if (x === undefined || y === undefined) {
      throw new UserError('it has a point that is no pair of numbers');
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

/** Names of the width of a line, in pixels, in the files of programs that know one. */
const widthNames = ['line_width', 'width', 'thickness', 'stroke_width'];

/** The width of a line, in pixels, that a shape says itself or among its attributes. */
function widthOf(shape: JsonObject): number | undefined {
  const { attributes } = shape;
  const places = [shape, isObject(attributes) ? attributes : {}];
  const found = places.flatMap((place) => widthNames.map((name) => numberOf(place[name])));
  return found.find((width) => width !== undefined);
}

function drawLine(shape: JsonObject, label: string, canvas: Canvas): void {
  const width = widthOf(shape);
  if (width === undefined) {
    throw new UserError('a line without a width ("line_width") is no area; draw it as a polygon');
  }
  canvas.line(label, pointsIn(shape['points']), width);
}

const namedKind = (kind: unknown): string => JSON.stringify(kind).slice(0, 40);

/** Draws a shape. Throws a UserError for one that cannot be drawn or is no area. */
async function drawShape(shape: JsonObject, canvas: Canvas, reader: ImageReader): Promise<void> {
  const label = typeof shape['label'] === 'string' ? shape['label'] : '';
  const kind = shape['shape_type'] ?? 'polygon';
  const points = pointsIn(shape['points']);
  switch (kind) {
    case 'polygon':
    case 'rotation':
    case 'quadrilateral':
    case 'oriented_rectangle':
      // Rectangles that are turned have their four corners.
      canvas.polygon(label, points);
      return;
    case 'rectangle':
      // Newer files may hold all four corners.
      if (points.length === 4) canvas.polygon(label, points);
      else canvas.rectangle(label, ...twoOf(points, 'rectangle'));
      return;
    case 'circle': {
      const [centre, edge] = twoOf(points, 'circle');
      const radius = Math.hypot(edge.x - centre.x, edge.y - centre.y);
      canvas.ellipse(label, centre, radius, radius, 0);
      return;
    }
    case 'line':
    case 'linestrip':
      drawLine(shape, label, canvas);
      return;
    case 'mask':
      await drawMask(shape, label, canvas, reader);
      return;
    default:
      throw new UserError(`${namedKind(kind)} is no area; draw it as a polygon`);
  }
}

async function draw(
  shapes: readonly unknown[],
  size: Size,
  reader: ImageReader,
  tell: Teller,
  isSizeKnown: boolean,
): Promise<DrawnLayers> {
  const [canvas, left] = [new Canvas(size), new LeftOut('shape')];
  for (const [i, shape] of shapes.entries()) {
    await left.attempt(i + 1, async () => {
      if (!isObject(shape)) throw new UserError('it is no shape');
      await drawShape(shape, canvas, reader);
    });
  }
  left.tell(tell);
  if (!isSizeKnown) canvas.tellCut(tell);
  return canvas.layers;
}

/**
 * As the file names its image, from where the file lies, and as the file is named: the one stays behind when images
 * are renamed, the other where files are put together.
 */
function namesOf(
  path: string,
  value: JsonObject,
): Pick<SourceEntry, 'reference' | 'kind' | 'also'> {
  const own = { reference: path, kind: 'label' } as const;
  const { imagePath } = value;
  if (typeof imagePath !== 'string' || imagePath === '') return own;
  const reference = join(dirname(path), imagePath.replaceAll('\\', '/'));
  return { reference, kind: 'image', also: own };
}

function entryOf(path: string, value: JsonObject, reader: ImageReader): SourceEntry {
  const size = sizeIn(value['imageWidth'], value['imageHeight']);
  const shapes = value['shapes'] as readonly unknown[];
  return {
    ...namesOf(path, value),
    place: path,
    ...(size === undefined ? {} : { size }),
    count: () => shapes.length,
    draw: (own, tell) => draw(shapes, own, reader, tell, size !== undefined),
  };
}

/** An entry for a file that cannot be used: it costs its image, and the others go on. */
const brokenEntry = (path: string, broken: string): SourceEntry => ({
  reference: `${withoutEnding(path)}.json`,
  kind: 'label',
  place: path,
  broken,
  // Nobody knows how many there were.
  count: () => 1,
  draw: () => Promise.resolve({}),
});

/** What labelme's entries are read with. */
export interface LabelmeReaders {
  readonly texts: SourceReader;
  readonly images: ImageReader;
}

async function readEntry(root: string, path: string, by: LabelmeReaders): Promise<SourceEntry> {
  try {
    const value = await by.texts.json(joinHere(root, path), 'it');
    if (isLabelme(value)) return entryOf(path, value, by.images);
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
  by: LabelmeReaders,
): MaskSource {
  return {
    format: 'labelme',
    total: files.length,
    note: labelmeNote,
    async *entries() {
      for (const path of files) yield await readEntry(root, path, by);
    },
  };
}
