/**
 * COCO's instances: images, annotations and categories in one JSON file. Polygons of an annotation are united
 * (each by itself even-odd, as in COCO's tools); run lengths as list or text are exact.
 */
import { UserError } from '../../../../protocol/errors.ts';
import type { Size } from '../../../../protocol/mask/raster.ts';
import { Canvas, pointsOf } from './canvas.ts';
import type { MaskSource, SourceEntry } from './contract.ts';
import { countsOfText, drawCounts } from './cocoRuns.ts';
import { isNumbers, isObject, sizeIn } from './readSource.ts';
import type { JsonObject } from './readSource.ts';

/** True for a value that looks like COCO's. */
export const isCoco = (value: unknown): value is JsonObject =>
  isObject(value) && Array.isArray(value['images']) && Array.isArray(value['annotations']);

function labelsOf(categories: unknown): Map<unknown, string> {
  const list: readonly unknown[] = Array.isArray(categories) ? categories : [];
  return new Map(
    list.filter(isObject).map(({ id, name }) => [id, typeof name === 'string' ? name : '']),
  );
}

function drawRuns(segmentation: JsonObject, label: string, canvas: Canvas): void {
  const { counts, size } = segmentation;
  const { width, height } = canvas.size;
  const [down, across] = isNumbers(size) ? size : [];
  if (down !== height || across !== width) {
    throw new UserError(
      `its run lengths are of ${across ?? '?'}x${down ?? '?'} pixels, the image has ${width}x${height}; export the annotations of this very image`,
    );
  }
  try {
    if (typeof counts === 'string') drawCounts(countsOfText(counts), canvas.bits(label));
    else if (isNumbers(counts)) drawCounts(counts, canvas.bits(label));
    else throw new UserError('are neither a list nor a text');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`the run lengths ${error.message}; export the annotations again`);
  }
}

function drawAnnotation(annotation: JsonObject, label: string, canvas: Canvas): boolean {
  const { segmentation } = annotation;
  if (isObject(segmentation)) {
    drawRuns(segmentation, label, canvas);
    return true;
  }
  if (!Array.isArray(segmentation) || segmentation.length === 0) return false;
  for (const polygon of segmentation as readonly unknown[]) {
    if (!isNumbers(polygon)) throw new UserError('a polygon is no list of numbers');
    canvas.polygon(label, pointsOf(polygon));
  }
  return true;
}

/** The annotations of each image's id. */
function byImage(annotations: readonly unknown[]): Map<unknown, JsonObject[]> {
  const found = new Map<unknown, JsonObject[]>();
  for (const annotation of annotations.filter(isObject)) {
    const known = found.get(annotation['image_id']);
    if (known === undefined) found.set(annotation['image_id'], [annotation]);
    else known.push(annotation);
  }
  return found;
}

/** The source of a file's value. */
export function cocoSource(file: string, value: unknown): MaskSource {
  if (!isCoco(value)) {
    throw new UserError(
      `${file} is no COCO file: it has no lists "images" and "annotations"; name the file with the instances.`,
    );
  }
  const images = value['images'] as readonly unknown[];
  const labels = labelsOf(value['categories']);
  const known = new Set(images.filter(isObject).map(({ id }) => id));
  const all = value['annotations'] as readonly unknown[];
  const annotations = byImage(all);
  const lost = all.filter((one) => !isObject(one) || !known.has(one['image_id'])).length;
  return {
    format: 'coco',
    total: images.length,
    ...(lost === 0
      ? {}
      : { note: `${lost} annotations of ${file} name no image that it lists, and are left out.` }),
    async *entries() {
      for (const [i, image] of images.entries()) {
        const name = isObject(image) ? image['file_name'] : undefined;
        if (!isObject(image) || typeof name !== 'string') {
          throw new UserError(`${file}: image ${i + 1} has no "file_name"; export it again.`);
        }
        yield entryOf(image, name, annotations.get(image['id']) ?? [], labels);
      }
    },
  };
}

function entryOf(
  image: JsonObject,
  reference: string,
  annotations: readonly JsonObject[],
  labels: ReadonlyMap<unknown, string>,
): SourceEntry {
  const size = sizeIn(image['width'], image['height']);
  return {
    reference,
    kind: 'image',
    place: reference,
    ...(size === undefined ? {} : { size }),
    draw: async (own: Size, warn) => {
      const canvas = new Canvas(own);
      let boxes = 0;
      for (const annotation of annotations) {
        const label = labels.get(annotation['category_id']) ?? '';
        if (!drawAnnotation(annotation, label, canvas)) boxes += 1;
      }
      if (boxes > 0) warn(`${boxes} annotations have no segmentation and are left out`);
      return canvas.layers;
    },
  };
}
