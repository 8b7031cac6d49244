/**
 * COCO's instances: images, annotations and categories in one JSON file. Polygons of an annotation are united
 * (each by itself even-odd, as in COCO's tools); run lengths as list or text are exact.
 */
import { byCount, counted } from '../../../../protocol/counted.ts';
import { UserError } from '../../../../protocol/errors.ts';
import type { Point } from '../../../../protocol/mask/raster.ts';
import { Canvas, pointsOf } from './canvas.ts';
import { cocoLists } from './cocoLists.ts';
import type { CocoAnnotation, CocoImage, CocoLists } from './cocoLists.ts';
import type { MaskSource, SourceEntry } from './contract.ts';
import { countsOfText, drawCounts } from './cocoRuns.ts';
import { LeftOut } from './leftOut.ts';
import { isObject, numbersOf, sizeIn } from './readSource.ts';
import type { JsonObject } from './readSource.ts';

/** True for a value that looks like COCO's. */
export const isCoco = (value: unknown): value is JsonObject =>
  isObject(value) && Array.isArray(value['images']) && Array.isArray(value['annotations']);

function countsIn(counts: unknown): readonly number[] {
  const listed = typeof counts === 'string' ? countsOfText(counts) : numbersOf(counts);
  if (listed === undefined) throw new UserError('are neither a list nor a text');
  return listed;
}

function drawRuns(segmentation: JsonObject, label: string, canvas: Canvas): void {
  const { counts, size } = segmentation;
  const { width, height } = canvas.size;
  const [down, across] = numbersOf(size) ?? [];
  if (down !== height || across !== width) {
    throw new UserError(
      `its run lengths are of ${across ?? '?'}x${down ?? '?'} pixels, the image has ${width}x${height}; export the annotations of this very image`,
    );
  }
  canvas.paint(label, (bits) => {
    try {
      return drawCounts(countsIn(counts), bits);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`the run lengths ${error.message}; export the annotations again`);
    }
  });
}

/** Corners of a polygon: x, y, x, y, … or pairs of them. */
function cornersOf(polygon: unknown): Point[] {
  const numbers = numbersOf(polygon) ?? numbersOf(pairsIn(polygon)?.flat());
  if (numbers === undefined) throw new UserError('a polygon is no list of numbers');
  return pointsOf(numbers);
}

/** The items of a list of at least three pairs; undefined for any other value. */
function pairsIn(value: unknown): readonly (readonly unknown[])[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  const pairs = list.filter((one): one is unknown[] => Array.isArray(one) && one.length === 2);
  return list.length >= 3 && pairs.length === list.length ? pairs : undefined;
}

/** The polygons of a list; one that is not wrapped in a list of its own counts as one. */
const polygonsIn = (segmentation: readonly unknown[]): readonly unknown[] =>
  segmentation.every((one) => !Array.isArray(one)) || pairsIn(segmentation) !== undefined
    ? [segmentation]
    : segmentation;

async function drawAnnotation(
  { value, number }: CocoAnnotation,
  label: string,
  canvas: Canvas,
  left: LeftOut,
): Promise<void> {
  const { segmentation, bbox } = value;
  if (isObject(segmentation)) {
    drawRuns(segmentation, label, canvas);
    return;
  }
  if (!Array.isArray(segmentation) || segmentation.length === 0) {
    const alone = Array.isArray(bbox) ? 'a box alone and no segmentation' : 'no segmentation';
    throw new UserError(`it has ${alone}; export segments`);
  }
  const polygons = polygonsIn(segmentation);
  for (const [i, polygon] of polygons.entries()) {
    const part = polygons.length === 1 ? number : `${number} (polygon ${i + 1})`;
    await left.attempt(part, () => canvas.polygon(label, cornersOf(polygon)));
  }
}

function entryOf(
  { value, name, place, annotations, broken }: CocoImage,
  lists: CocoLists,
): SourceEntry {
  const size = sizeIn(value['width'], value['height']);
  // Roboflow puts a hash into the name, and says here what it was.
  const { name: original } = isObject(value['extra']) ? value['extra'] : {};
  const hasOther = typeof original === 'string' && original.trim() !== '';
  return {
    reference: name,
    kind: 'image',
    ...(hasOther ? { also: { reference: original.trim(), kind: 'image' } } : {}),
    place,
    ...(size === undefined ? {} : { size }),
    ...(broken === undefined ? {} : { broken }),
    count: () => annotations.length,
    draw: async (own, tell) => {
      const [canvas, left] = [new Canvas(own), new LeftOut('annotation')];
      for (const annotation of annotations) {
        await left.attempt(annotation.number, async () => {
          const label = lists.labelOf(annotation.value['category_id']);
          await drawAnnotation(annotation, label, canvas, left);
        });
      }
      left.tell(tell);
      if (size === undefined) canvas.tellCut(tell);
      return canvas.layers;
    },
  };
}

/** The source of a file's value. */
export function cocoSource(file: string, value: unknown): MaskSource {
  if (!isCoco(value)) {
    throw new UserError(
      `${file} is no COCO file: it has no lists "images" and "annotations"; name the file with the instances.`,
    );
  }
  const lists = cocoLists(value);
  const { images, lost, repeated } = lists;
  return {
    format: 'coco',
    total: images.length,
    async *entries(_, tell) {
      if (lost > 0) {
        tell?.lost(
          lost,
          `${counted(lost, 'annotation', 'annotations')} of ${file} ${byCount(lost, 'names no image that it lists, and is', 'name no image that it lists, and are')} left out.`,
        );
      }
      if (repeated.length > 0) {
        const some = repeated.slice(0, 3).join(', ');
        tell?.note(
          `${counted(repeated.length, 'image is', 'images are')} listed more than once with the same id (${some}), and taken once.`,
        );
      }
      for (const image of images) yield entryOf(image, lists);
    },
  };
}
