/** CVAT's "for images 1.1": polygons, boxes and ellipses (turned or not) and masks of each image, as a stream. */
import { UserError } from '../../../../protocol/errors.ts';
import { decimalOf } from '../../../../protocol/numbers.ts';
import type { Point, Size } from '../../../../protocol/mask/raster.ts';
import { Canvas } from './canvas.ts';
import type { MaskSource, SourceEntry } from './contract.ts';
import { sizeIn } from './readSource.ts';
import { xmlTags } from './xml.ts';
import type { Attributes } from './xml.ts';

interface CvatShape {
  readonly kind: string;
  readonly attributes: Attributes;
}

const areas = new Set(['polygon', 'box', 'ellipse', 'mask']);
/** Shapes without an area, which are told of; all other tags within an image are details of shapes. */
const others = new Set(['polyline', 'points', 'cuboid', 'skeleton']);

function numberOf(attributes: Attributes, name: string): number {
  const text = attributes[name];
  const value = decimalOf((text ?? '').trim());
  if (value !== undefined) return value;
  throw new UserError(`${name} is ${JSON.stringify(text ?? '')}, no number`);
}

/** NaN for what is no decimal number, which the canvas refuses. */
const numberIn = (text: string): number => decimalOf(text.trim()) ?? Number.NaN;

/** `x,y;x,y;…` */
function pointsIn(text: string): Point[] {
  return text.split(';').map((pair) => {
    const [x = Number.NaN, y = Number.NaN] = pair.split(',').map(numberIn);
    return { x, y };
  });
}

/** Degrees clockwise, as seen; from x towards y in pixels. */
const angleOf = ({ rotation = '0' }: Attributes): number => (numberIn(rotation) * Math.PI) / 180;

function drawBox(label: string, attributes: Attributes, canvas: Canvas): void {
  const from = { x: numberOf(attributes, 'xtl'), y: numberOf(attributes, 'ytl') };
  const to = { x: numberOf(attributes, 'xbr'), y: numberOf(attributes, 'ybr') };
  const angle = angleOf(attributes);
  if (angle === 0) {
    canvas.rectangle(label, from, to);
    return;
  }
  const centre = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const corners = [from, { x: to.x, y: from.y }, to, { x: from.x, y: to.y }];
  const turned = corners.map(({ x, y }) => ({
    x: centre.x + (x - centre.x) * cos - (y - centre.y) * sin,
    y: centre.y + (x - centre.x) * sin + (y - centre.y) * cos,
  }));
  canvas.polygon(label, turned);
}

/** Run lengths, 0 first, row after row of a box within the image. */
function drawMask(label: string, attributes: Attributes, canvas: Canvas): void {
  const [left, top, width, height] = ['left', 'top', 'width', 'height'].map((name) =>
    numberOf(attributes, name),
  ) as [number, number, number, number];
  const whole = [left, top, width, height].every(
    (value) => Number.isSafeInteger(value) && value >= 0,
  );
  if (!whole || left + width > canvas.size.width || top + height > canvas.size.height) {
    throw new UserError(`a mask of ${width}x${height} at ${left},${top} leads out of the image`);
  }
  const runs = (attributes['rle'] ?? '').split(',').map(numberIn);
  let sum = 0;
  for (const run of runs) {
    sum += run;
    if (!Number.isSafeInteger(run) || run < 0 || sum > width * height) {
      throw new UserError(`the run lengths of a mask do not fit its ${width}x${height} pixels`);
    }
  }
  if (sum < width * height) {
    throw new UserError(`the run lengths of a mask are shorter than its ${width}x${height} pixels`);
  }
  const bits = canvas.bits(label);
  let place = 0;
  runs.forEach((run, i) => {
    for (const end = place + run; place < end;) {
      const [x, y] = [place % width, Math.floor(place / width)];
      const stop = Math.min(width, x + end - place);
      if (i % 2 === 1) bits.fill(top + y, left + x, left + stop, true);
      place += stop - x;
    }
  });
}

function drawShape({ kind, attributes }: CvatShape, canvas: Canvas): void {
  const label = attributes['label'] ?? '';
  if (kind === 'polygon') canvas.polygon(label, pointsIn(attributes['points'] ?? ''));
  else if (kind === 'box') drawBox(label, attributes, canvas);
  else if (kind === 'mask') drawMask(label, attributes, canvas);
  else {
    const centre = { x: numberOf(attributes, 'cx'), y: numberOf(attributes, 'cy') };
    const [halfX, halfY] = [numberOf(attributes, 'rx'), numberOf(attributes, 'ry')];
    canvas.ellipse(label, centre, halfX, halfY, angleOf(attributes));
  }
}

function entryOf(attributes: Attributes, shapes: readonly CvatShape[]): SourceEntry {
  const reference = attributes['name'] ?? '';
  const size = sizeIn(numberIn(attributes['width'] ?? ''), numberIn(attributes['height'] ?? ''));
  const left = shapes.filter(({ kind }) => others.has(kind)).map(({ kind }) => kind);
  return {
    reference,
    kind: 'image',
    place: reference === '' ? 'an image without a name' : reference,
    ...(size === undefined ? {} : { size }),
    draw: async (own: Size, warn) => {
      const canvas = new Canvas(own);
      for (const shape of shapes) if (areas.has(shape.kind)) drawShape(shape, canvas);
      if (left.length > 0) {
        warn(
          `${left.length} shapes that are no areas are left out (${[...new Set(left)].join(', ')})`,
        );
      }
      return canvas.layers;
    },
  };
}

async function* entriesOf(file: string, signal: AbortSignal): AsyncGenerator<SourceEntry> {
  let image: Attributes | undefined;
  let shapes: CvatShape[] = [];
  let isFirst = true;
  for await (const event of xmlTags(file)) {
    signal.throwIfAborted();
    if (isFirst && event.name !== 'annotations') {
      throw new UserError(
        `${file} begins with <${event.name}>, not with <annotations>; export it as "CVAT for images 1.1".`,
      );
    }
    isFirst = false;
    if (event.kind === 'open' && event.name === 'track') {
      throw new UserError(`${file} is CVAT's form for videos; export it as "CVAT for images 1.1".`);
    }
    if (event.kind === 'open' && event.name === 'image') {
      [image, shapes] = [event.attributes, []];
    } else if (event.kind === 'open' && (areas.has(event.name) || others.has(event.name))) {
      shapes.push({ kind: event.name, attributes: event.attributes });
    } else if (event.kind === 'close' && event.name === 'image' && image !== undefined) {
      yield entryOf(image, shapes);
      [image, shapes] = [undefined, []];
    }
  }
  if (isFirst) {
    throw new UserError(`${file} has no XML in it; export it again as "CVAT for images 1.1".`);
  }
}

/** The source of a file. */
export const cvatSource = (file: string): MaskSource => ({
  format: 'cvat',
  total: 0,
  note: 'Polygons of CVAT have no holes; polygons, boxes and ellipses are drawn by pixel centres.',
  entries: (signal) => entriesOf(file, signal),
});
