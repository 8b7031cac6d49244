/** CVAT's "for images 1.1" and the tracks of its "for video 1.1": polygons, boxes and ellipses (turned or not), masks, and lines with a width, as a stream. */
import { counted } from '../../../../protocol/counted.ts';
import { UserError } from '../../../../protocol/errors.ts';
import { decimalOf } from '../../../../protocol/numbers.ts';
import type { Point, Size } from '../../../../protocol/mask/raster.ts';
import { Canvas } from './canvas.ts';
import type { MaskSource, SourceEntry, Teller } from './contract.ts';
import { LeftOut } from './leftOut.ts';
import { sizeIn } from './readSource.ts';
import type { SourceReader } from './readSource.ts';
import { xmlTags } from './xml.ts';
import type { Attributes, XmlEvent } from './xml.ts';

interface CvatShape {
  readonly kind: string;
  readonly attributes: Attributes;
  /** The values that people gave its attributes, by their names. */
  readonly values: Map<string, string>;
}

/** Why what is no area is left out. */
const others: Readonly<Record<string, string>> = {
  points: 'points are no area; draw a polygon or a mask',
  cuboid: 'a cuboid is no area; draw a polygon or a mask',
  skeleton: 'a skeleton is no area; draw a polygon or a mask',
  tag: 'a tag is of the whole image and says of no pixel; label the image in labels.csv',
};
/** Tags within an image that stand for themselves; the others are details of these. */
const shapeNames = new Set([
  'polygon',
  'box',
  'ellipse',
  'mask',
  'polyline',
  ...Object.keys(others),
]);
/** Names that people give the width of a line, in pixels. */
const widthNames = ['width', 'line_width', 'thickness'];

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
  canvas.paint(label, (bits) => {
    let place = 0;
    runs.forEach((run, i) => {
      for (const end = place + run; place < end;) {
        const [x, y] = [place % width, Math.floor(place / width)];
        const stop = Math.min(width, x + end - place);
        if (i % 2 === 1) bits.fill(top + y, left + x, left + stop, true);
        place += stop - x;
      }
    });
    return runs.some((run, i) => i % 2 === 1 && run > 0);
  });
}

function drawLine(label: string, { attributes, values }: CvatShape, canvas: Canvas): void {
  const name = widthNames.find((one) => values.has(one));
  if (name === undefined) {
    throw new UserError(
      'a polyline without an attribute "width" is no area; draw a polygon or a mask',
    );
  }
  const width = numberIn(values.get(name) ?? '');
  canvas.line(label, pointsIn(attributes['points'] ?? ''), width);
}

/** Draws a shape. Throws a UserError for one that cannot be drawn or is no area. */
function drawShape(shape: CvatShape, canvas: Canvas): void {
  const { kind, attributes } = shape;
  const label = attributes['label'] ?? '';
  const reason = others[kind];
  if (reason !== undefined) throw new UserError(reason);
  if (kind === 'polygon') canvas.polygon(label, pointsIn(attributes['points'] ?? ''));
  else if (kind === 'box') drawBox(label, attributes, canvas);
  else if (kind === 'mask') drawMask(label, attributes, canvas);
  else if (kind === 'polyline') drawLine(label, shape, canvas);
  else {
    const centre = { x: numberOf(attributes, 'cx'), y: numberOf(attributes, 'cy') };
    const [halfX, halfY] = [numberOf(attributes, 'rx'), numberOf(attributes, 'ry')];
    canvas.ellipse(label, centre, halfX, halfY, angleOf(attributes));
  }
}

function entryOf(attributes: Attributes, shapes: readonly CvatShape[]): SourceEntry {
  const reference = attributes['name'] ?? '';
  const size = sizeIn(numberIn(attributes['width'] ?? ''), numberIn(attributes['height'] ?? ''));
  return {
    reference,
    kind: 'image',
    place: reference === '' ? 'an image without a name' : reference,
    ...(size === undefined ? {} : { size }),
    count: () => shapes.length,
    draw: async (own: Size, tell) => {
      const [canvas, left] = [new Canvas(own), new LeftOut('shape')];
      for (const [i, shape] of shapes.entries()) {
        await left.attempt(i + 1, () => drawShape(shape, canvas));
      }
      left.tell(tell);
      if (size === undefined) canvas.tellCut(tell);
      return canvas.layers;
    },
  };
}

/** The shapes of the image that is being read, and the value of an attribute between its tags. */
class ImageShapes {
  readonly attributes: Attributes;
  readonly shapes: CvatShape[] = [];
  /** The shape whose tags are open. */
  #open: CvatShape | undefined;
  #attribute: string | undefined;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  add(event: XmlEvent): void {
    if (event.kind === 'text') {
      const before = this.#open?.values.get(this.#attribute ?? '') ?? '';
      if (this.#attribute !== undefined) {
        this.#open?.values.set(this.#attribute, before + event.text);
      }
    } else if (event.kind === 'open') this.#opened(event.name, event.attributes);
    else if (event.name === 'attribute') this.#attribute = undefined;
    else if (event.name === this.#open?.kind) this.#open = undefined;
  }

  #opened(name: string, attributes: Attributes): void {
    if (name === 'attribute') this.#attribute = attributes['name'];
    // A skeleton holds points, which are parts of it.
    if (this.#open !== undefined || !shapeNames.has(name)) return;
    this.#open = { kind: name, attributes, values: new Map() };
    this.shapes.push(this.#open);
  }
}

/** The tracks of a video: what each shows on which frame. CVAT writes the frames between keyframes as well. */
class VideoFrames {
  readonly #frames = new Map<number, CvatShape[]>();
  readonly #size = new Map<string, string>();
  #track: ImageShapes | undefined;
  /** `width` or `height` of the frames, while its tag is open. */
  #side: string | undefined;
  /** Shapes without a frame. */
  #lost = 0;

  add(event: XmlEvent): void {
    if (event.kind === 'open' && event.name === 'track') {
      this.#track = new ImageShapes(event.attributes);
    } else if (event.kind === 'close' && event.name === 'track') {
      this.#close();
    } else if (this.#track !== undefined) this.#track.add(event);
    else if (event.kind === 'text') {
      if (this.#side !== undefined) this.#size.set(this.#side, event.text);
    } else {
      const isSide = event.kind === 'open' && /^(width|height)$/.test(event.name);
      this.#side = isSide ? event.name : undefined;
    }
  }

  #close(): void {
    const { attributes = {}, shapes = [] } = this.#track ?? {};
    this.#track = undefined;
    for (const shape of shapes) {
      const frame = decimalOf((shape.attributes['frame'] ?? '').trim());
      // The object has left the picture.
      if (shape.attributes['outside'] === '1') continue;
      if (frame === undefined || !Number.isSafeInteger(frame) || frame < 0) {
        this.#lost += 1;
        continue;
      }
      const of = this.#frames.get(frame) ?? [];
      const label = attributes['label'] ?? '';
      of.push({ ...shape, attributes: { ...shape.attributes, label } });
      this.#frames.set(frame, of);
    }
  }

  *entries(tell: Teller | undefined): Generator<SourceEntry> {
    if (this.#lost > 0) {
      tell?.lost(this.#lost, `${counted(this.#lost, 'shape')} of tracks without a frame left out.`);
    }
    if (this.#frames.size === 0) return;
    tell?.note(
      'It is of a video: frame 12 is taken for the image frame_000012, as CVAT names frames that it exports, or 000012.',
    );
    const [width = '', height = ''] = [this.#size.get('width'), this.#size.get('height')];
    for (const [frame, shapes] of [...this.#frames].sort(([a], [b]) => a - b)) {
      const number = String(frame).padStart(6, '0');
      yield {
        ...entryOf({ name: `frame_${number}`, width, height }, shapes),
        ...{ kind: 'label', also: { reference: number, kind: 'label' }, place: `frame ${frame}` },
      };
    }
  }
}

async function* entriesOf(
  file: string,
  texts: SourceReader,
  signal: AbortSignal,
  tell: Teller | undefined,
): AsyncGenerator<SourceEntry> {
  let image: ImageShapes | undefined;
  const video = new VideoFrames();
  let isFirst = true;
  for await (const event of xmlTags(file, texts)) {
    signal.throwIfAborted();
    if (event.kind === 'open') {
      if (isFirst && event.name !== 'annotations') {
        throw new UserError(
          `${file} begins with <${event.name}>, not with <annotations>; export it as "CVAT for images 1.1".`,
        );
      }
      isFirst = false;
      if (event.name === 'image') image = new ImageShapes(event.attributes);
    }
    if (image === undefined) video.add(event);
    image?.add(event);
    if (event.kind !== 'close' || event.name !== 'image' || image === undefined) continue;
    yield entryOf(image.attributes, image.shapes);
    image = undefined;
  }
  yield* video.entries(tell);
  if (isFirst) {
    throw new UserError(`${file} has no XML in it; export it again as "CVAT for images 1.1".`);
  }
}

/** The source of a file. */
export const cvatSource = (file: string, texts: SourceReader): MaskSource => ({
  format: 'cvat',
  total: 0,
  note: 'Polygons of CVAT have no holes; polygons, boxes and ellipses are drawn by pixel centres.',
  entries: (signal, tell) => entriesOf(file, texts, signal, tell),
});
