/**
 * YOLO's segments: a text file an image, a line a region: class, then corners as shares of width and height.
 * A line of five numbers is a box: class, centre, width, height.
 */
import { join } from 'node:path';
import { UserError } from '../../../../protocol/errors.ts';
import { decimalOf } from '../../../../protocol/numbers.ts';
import type { Size } from '../../../../protocol/mask/raster.ts';
import type { FileTree } from '../../fileTree.ts';
import { Canvas, pointsOf } from './canvas.ts';
import type { MaskSource, SourceEntry } from './contract.ts';
import { readSourceText } from './readSource.ts';
import { yoloNames } from './yoloNames.ts';

/** Text files beside the labels that hold none. */
export const otherTexts =
  /(^|\/)(classes|obj|notes|predefined_classes|readme[^/]*|train|val|test)\.txt$/i;
/** Descriptions of a set. */
const dataFiles = /(^|\/)(data|dataset)\.ya?ml$/i;
const folder = /^(.*\/)?labels\//;

/** True for the text of a label file with a region. */
export function isYolo(text: string): boolean {
  const [index = '', ...places] = firstLine(text).split(/\s+/);
  return (
    /^\d+$/.test(index) && places.length >= 4 && places.every((one) => decimalOf(one) !== undefined)
  );
}

const firstLine = (text: string): string => (text.trimStart().split('\n', 1)[0] ?? '').trim();

/** True for a tree that is laid out for YOLO, whatever its texts hold. */
export const isYoloFolder = (tree: FileTree): boolean =>
  tree.files.some(
    (path) =>
      dataFiles.test(path) ||
      (folder.test(path) && path.endsWith('.txt') && !otherTexts.test(path)),
  );

/** Files that may hold labels. */
export function yoloFilesOf(tree: FileTree): string[] {
  const texts = tree.files.filter((path) => path.endsWith('.txt') && !otherTexts.test(path));
  const inside = texts.filter((path) => folder.test(path));
  return inside.length > 0 ? inside : texts;
}

function drawLine(line: string, names: readonly string[], canvas: Canvas): 'polygon' | 'box' {
  const numbers = line.split(/\s+/).map((one) => decimalOf(one) ?? Number.NaN);
  const [index = 0, ...places] = numbers;
  const isClass = Number.isSafeInteger(index) && index >= 0;
  if (!isClass || places.length < 4 || places.some((value) => Number.isNaN(value))) {
    throw new UserError(`${JSON.stringify(line.slice(0, 40))} is no class with its corners`);
  }
  const { width, height } = canvas.size;
  const label = names[index] ?? '';
  const scaled = places.map((value, i) => value * (i % 2 === 0 ? width : height));
  if (places.length === 5) {
    throw new UserError(
      `${JSON.stringify(line.slice(0, 40))} is a box with a confidence; export without confidences`,
    );
  }
  if (places.length > 4) {
    canvas.polygon(label, pointsOf(scaled));
    return 'polygon';
  }
  const [x = 0, y = 0, across = 0, down = 0] = scaled;
  const from = { x: x - across / 2, y: y - down / 2 };
  canvas.rectangle(label, from, { x: from.x + across, y: from.y + down });
  return 'box';
}

async function draw(file: string, names: readonly string[], size: Size, onBox: () => void) {
  const canvas = new Canvas(size);
  const lines = (await readSourceText(file)).split(/\r?\n/);
  lines.forEach((line, i) => {
    if (line.trim() === '') return;
    try {
      if (drawLine(line.trim(), names, canvas) === 'box') onBox();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`line ${i + 1}: ${error.message}`, { cause: error });
    }
  });
  return canvas.layers;
}

const noNames =
  'No names of classes were found (classes.txt, or "names" in data.yaml), so that every class is a defect, "ignore" as well.';

/** The source of a folder (absolute) and its names, or of some files of it. */
export function yoloSource(root: string, tree: FileTree, files: readonly string[]): MaskSource {
  return {
    format: 'yolo',
    total: files.length,
    note: 'Polygons of YOLO have no holes, and their corners are shares of the size: they are drawn by pixel centres.',
    async *entries(_, tell) {
      const names = await yoloNames(root, tree);
      if (names === undefined) tell?.(noNames);
      let isTold = false;
      for (const path of files) {
        yield {
          reference: path.replace(folder, ''),
          kind: 'label',
          place: path,
          draw: (size) =>
            draw(join(root, path), names ?? [], size, () => {
              if (!isTold)
                tell?.(`${path} and perhaps other files have boxes, which are drawn whole.`);
              isTold = true;
            }),
        } satisfies SourceEntry;
      }
    },
  };
}
