/**
 * YOLO's segments: a text file an image, a line a region: class, then corners as shares of width and height.
 * A line of five numbers is a box: class, centre, width, height. Predictions have a confidence at the end.
 */
import { join } from 'node:path';
import { UserError } from '../../../../protocol/errors.ts';
import { decimalOf } from '../../../../protocol/numbers.ts';
import type { Size } from '../../../../protocol/mask/raster.ts';
import type { FileTree } from '../../fileTree.ts';
import { Canvas, pointsOf } from './canvas.ts';
import type { DrawnLayers, MaskSource, SourceEntry, Teller } from './contract.ts';
import { LeftOut } from './leftOut.ts';
import type { SourceReader } from './readSource.ts';
import { yoloNames } from './yoloNames.ts';

/** Text files beside the labels that hold none. */
export const otherTexts =
  /(^|\/)(classes|obj|notes|predefined_classes|readme[^/]*|train|val|test)\.txt$/i;
/** Descriptions of a set. */
const dataFiles = /(^|\/)(data|dataset)\.ya?ml$/i;
const folder = /^(.*\/)?labels\//;

/** True for the text of a label file with a region; `hasWords`: also where a class is named by a word. */
export function isYolo(text: string, hasWords = false): boolean {
  const [index = '', ...places] = firstLine(text).split(/\s+/);
  return (
    (hasWords ? /^[^\s,;]+$/ : /^\d+(\.0+)?$/).test(index) &&
    places.length >= 4 &&
    places.every((one) => decimalOf(one) !== undefined)
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

/** A region as a line says it. */
interface Region {
  readonly label: string;
  /** Shares of width and height by turns: corners, or centre and size of a box. */
  readonly shares: readonly number[];
  readonly isBox: boolean;
  readonly hasConfidence: boolean;
}

/** A line with its number, and the numbers behind its class. */
interface Line {
  readonly number: number;
  readonly text: string;
  readonly places: readonly number[];
}

/** Corners may lie a little outside of the image; pixels are far from it. */
const isShare = (value: number): boolean => value >= -0.5 && value <= 1.5;

const isRegion = ({ places }: Line): boolean =>
  places.length >= 4 && places.every((value) => !Number.isNaN(value));

/** True for a line that is a region only if it ends with a confidence. */
const isOdd = ({ places }: Line): boolean => places.length % 2 === 1;

function linesOf(text: string): Line[] {
  return text.split(/\r\n|\r|\n/).flatMap((line, i) => {
    const [, ...places] = line.trim().split(/\s+/);
    if (line.trim() === '') return [];
    const numbers = places.map((one) => decimalOf(one) ?? Number.NaN);
    return [{ number: i + 1, text: line.trim(), places: numbers }];
  });
}

function labelIn(text: string, names: readonly string[]): string {
  const [word = ''] = text.split(/\s+/);
  if (/^\d+(\.0+)?$/.test(word)) return names[Number(word)] ?? '';
  if (names.includes(word)) return word;
  throw new UserError(
    `${JSON.stringify(word.slice(0, 40))} is no number of a class, and no name in classes.txt or data.yaml`,
  );
}

/** What the lines of a file say together of each of them. */
interface Habits {
  readonly areInPixels: boolean;
  readonly haveConfidences: boolean;
}

function habitsOf(lines: readonly Line[]): Habits {
  const regions = lines.filter(isRegion);
  const polygons = regions.filter(({ places }) => places.length > 5);
  return {
    areInPixels: regions.some(({ places }) => !places.every(isShare)),
    // One alone among others was cut off.
    haveConfidences: polygons.every(isOdd),
  };
}

function assertShares({ places }: Line, { areInPixels }: Habits): void {
  const far = places.find((value) => !isShare(value));
  const advice = 'if these are pixels, divide them by width and height';
  if (far !== undefined) {
    throw new UserError(`it holds ${far}, and places of YOLO are shares from 0 to 1; ${advice}`);
  }
  if (areInPixels && places.every(Number.isInteger)) {
    throw new UserError(
      `other lines hold no shares from 0 to 1, and it may be as they are; ${advice}`,
    );
  }
}

function regionOf(line: Line, names: readonly string[], habits: Habits): Region {
  const { text, places } = line;
  if (!isRegion(line)) {
    throw new UserError(`${JSON.stringify(text.slice(0, 40))} is no class with its corners`);
  }
  const label = labelIn(text, names);
  assertShares(line, habits);
  const isBox = places.length <= 5;
  if (!isOdd(line)) return { label, shares: places, isBox, hasConfidence: false };
  const confidence = places.at(-1) ?? Number.NaN;
  if ((!isBox && !habits.haveConfidences) || !isConfidence(confidence)) {
    throw new UserError('it has a number without its pair');
  }
  return { label, shares: places.slice(0, -1), isBox, hasConfidence: true };
}

const isConfidence = (value: number): boolean => value >= 0 && value <= 1;

function drawRegion({ label, shares, isBox }: Region, canvas: Canvas): void {
  const { width, height } = canvas.size;
  const scaled = shares.map((value, i) => value * (i % 2 === 0 ? width : height));
  if (!isBox) {
    canvas.polygon(label, pointsOf(scaled));
    return;
  }
  const [x = 0, y = 0, across = 0, down = 0] = scaled;
  const from = { x: x - across / 2, y: y - down / 2 };
  canvas.rectangle(label, from, { x: from.x + across, y: from.y + down });
}

/** What files have that is told once of all of them. */
interface Seen {
  box(): void;
  confidence(): void;
}

function seenIn(path: string, told: Set<string>, tell: Teller | undefined): Seen {
  const once = (what: string): void => {
    if (!told.has(what)) tell?.note(`${path} and perhaps other files have ${what}.`);
    told.add(what);
  };
  return {
    box: () => once('boxes, which are drawn whole'),
    confidence: () => once('a confidence behind their regions, which is left out'),
  };
}

async function draw(
  text: string,
  names: readonly string[],
  size: Size,
  seen: Seen,
  tell: Teller,
): Promise<DrawnLayers> {
  const [canvas, left, lines] = [new Canvas(size), new LeftOut('line'), linesOf(text)];
  const habits = habitsOf(lines);
  for (const line of lines) {
    await left.attempt(line.number, () => {
      const region = regionOf(line, names, habits);
      drawRegion(region, canvas);
      if (region.isBox) seen.box();
      if (region.hasConfidence) seen.confidence();
    });
  }
  left.tell(tell);
  return canvas.layers;
}

const noNames =
  'No names of classes were found (classes.txt, or "names" in data.yaml), so that every class is a defect, "ignore" as well.';

/** Lines of a file; 1 for one that cannot be read. */
async function countLines(file: string, texts: SourceReader): Promise<number> {
  try {
    return linesOf(await texts.text(file)).length;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return 1;
  }
}

/** The source of a folder (absolute) and its names, or of some files of it. */
export function yoloSource(
  root: string,
  tree: FileTree,
  files: readonly string[],
  texts: SourceReader,
): MaskSource {
  return {
    format: 'yolo',
    total: files.length,
    note: 'Polygons of YOLO have no holes, and their corners are shares of the size: they are drawn by pixel centres.',
    async *entries(_, tell) {
      const names = await yoloNames(root, tree, texts);
      if (names === undefined) tell?.note(noNames);
      const told = new Set<string>();
      for (const path of files) {
        const file = join(root, path);
        yield {
          reference: path.replace(folder, ''),
          kind: 'label',
          place: path,
          count: () => countLines(file, texts),
          draw: async (size, own) =>
            draw(await texts.text(file), names ?? [], size, seenIn(path, told, tell), own),
        } satisfies SourceEntry;
      }
    },
  };
}
