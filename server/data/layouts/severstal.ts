/** Severstal steel: `train_images/*.jpg` and `train.csv` with run-length masks of four classes. */
import { join } from 'node:path';
import type { Finding } from '../../../protocol/dataset.ts';
import { csvRecords } from '../../files/csvStream.ts';
import { UserError } from '../../../protocol/errors.ts';
import type { FileTree } from '../fileTree.ts';
import { isImageName } from '../fileTree.ts';
import { ignoreMaskOf } from './layout.ts';
import { headerFault, onlyBadRows, runsIn, severstalKey } from './severstalTable.ts';
import type { DraftSample, Layout, LayoutContent, LayoutOptions } from './layout.ts';

/** Of every published image and so of every mask, in pixels. */
export const severstalSize = { width: 1600, height: 256 } as const;
const { width: maskWidth, height: maskHeight } = severstalSize;
const classes = ['1', '2', '3', '4'] as const;
/** Trained for unless a person says otherwise. */
export const severstalClass = '3';

/** Run lengths of an image by class; classes without defect are absent. */
type Rows = Map<string, Map<string, string>>;

const pairs = /^\d+ \d+( \d+ \d+)*$/;

/** Why run lengths are no mask of a size, or undefined if they are. */
export function runsFault(
  encoded: string,
  { width, height }: { readonly width: number; readonly height: number },
): string | undefined {
  if (!pairs.test(encoded)) return 'are not pairs of start and length';
  const numbers = encoded.split(' ').map(Number);
  for (let i = 0; i < numbers.length; i += 2) {
    const [start = 0, length = 0] = [numbers[i], numbers[i + 1]];
    if (start < 1 || length < 1 || start + length - 1 > width * height) {
      return `lead out of ${width}x${height}`;
    }
  }
  return undefined;
}

/** Of any image that is read. */
const anySize = { width: 16_384 ** 2, height: 1 } as const;

async function readRows(path: string, findings: Finding[]): Promise<Rows> {
  const rows: Rows = new Map();
  const fault = (line: number, what: string): void => {
    findings.push({
      kind: 'label-row',
      severity: 'error',
      files: ['train.csv'],
      message: `train.csv, line ${line}: ${what}; mend or remove the row.`,
    });
  };
  let wrongHeader: string | undefined;
  const parser = csvRecords(path, {
    columns: (names: string[]) => {
      const trimmed = names.map((name) => name.trim());
      wrongHeader = headerFault(trimmed);
      return trimmed;
    },
    bom: true,
    info: true,
    skip_empty_lines: true,
    trim: true,
    ...onlyBadRows((line, what) => fault(line, what)),
  });
  try {
    for await (const item of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>) {
      if (wrongHeader !== undefined) break;
      const key = severstalKey(item.record);
      const encoded = runsIn(item.record['EncodedPixels']);
      if (key?.class === '' && encoded === '') {
        // An image without defects, as joining its table with another one leaves it.
        rows.set(key.image, rows.get(key.image) ?? new Map<string, string>());
        continue;
      }
      if (key === undefined || !classes.some((c) => c === key.class)) {
        fault(item.info.lines, 'names no image with a class from 1 to 4');
        continue;
      }
      const found = rows.get(key.image) ?? new Map<string, string>();
      rows.set(key.image, found);
      if (encoded === '') continue;
      // The size is the image's, which is not opened here (runSizes.ts).
      const wrong = runsFault(encoded, anySize);
      const before = found.get(key.class);
      // Several rows of one image and class are parts of one mask.
      if (wrong === undefined) {
        found.set(key.class, before === undefined ? encoded : `${before} ${encoded}`);
      } else fault(item.info.lines, `the run lengths ${wrong}`);
    }
    if (wrongHeader !== undefined) {
      findings.push({
        ...{ kind: 'label-row', severity: 'error', files: ['train.csv'] },
        message: `train.csv, line 1: ${wrongHeader}.`,
      });
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !('lines' in error)) throw error;
    fault(Number(error.lines), error.message.replace(/\.$/, ''));
  }
  return rows;
}

async function read(tree: FileTree, options: LayoutOptions): Promise<LayoutContent> {
  const wanted = options.class ?? severstalClass;
  if (!classes.some((c) => c === wanted)) {
    throw new UserError(
      `There is no class ${JSON.stringify(wanted)} in Severstal's set; choose one of ${classes.join(', ')}.`,
    );
  }
  const findings: Finding[] = [];
  const rows = await readRows(join(options.root, 'train.csv'), findings);
  const samples: DraftSample[] = [];
  for (const image of tree.under('train_images')) {
    if (!isImageName(image)) continue;
    const defects = rows.get(image.slice('train_images/'.length)) ?? new Map<string, string>();
    const encoded = defects.get(wanted);
    const positive = encoded !== undefined && (options.onlyClass !== true || defects.size === 1);
    // An image with defects of other classes alone is neither: it is listed and left out.
    const label = positive ? 'defective' : defects.size === 0 ? 'ok' : 'unlabelled';
    samples.push({
      image,
      label,
      ...(positive
        ? { mask: { kind: 'runs' as const, encoded, width: maskWidth, height: maskHeight } }
        : {}),
      ...ignoreMaskOf(tree, image),
      split: undefined,
      kind: '',
    });
  }
  for (const name of rows.keys()) {
    if (tree.has(`train_images/${name}`)) continue;
    findings.push({
      kind: 'missing-image',
      severity: 'warning',
      files: ['train.csv'],
      message: `train.csv names ${name}, which is not in train_images; add the image or remove its rows.`,
    });
  }
  return { samples, findings, classes, folds: 0 };
}

export const severstal: Layout = {
  name: 'severstal',
  hasClasses: true,
  size: { imageWidth: 1600, imageHeight: 256, channels: 1 },
  detect: (tree) => tree.has('train.csv') && tree.hasFolder('train_images'),
  read,
};
