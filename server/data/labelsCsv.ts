/**
 * labels.csv: a person's own labels, which win over what the layout implies. A missing column keeps
 * what the layout says; in a row, an empty label means unlabelled, any other empty cell means "as it is".
 */
import { join } from 'node:path';
import { splitNames } from '../../protocol/dataset.ts';
import type { Finding, Sample } from '../../protocol/dataset.ts';
import { errorCode } from '../files/fileSystem.ts';
import { csvRecords } from '../files/csvStream.ts';
import type { FileTree } from './fileTree.ts';
import { leadsOut } from '../files/leadsOut.ts';
import { resolved } from './places.ts';
import type { DraftSample } from './layouts/layout.ts';
import { eachInPortions, mapInPortions, Turns } from './portions.ts';

export const labelsFile = 'labels.csv';

/** The words that a cell of these columns may hold, besides nothing. */
export const cellWords = {
  label: ['ok', 'defective'],
  supervision: ['mask', 'weak'],
  split: splitNames,
} as const;

interface LabelRow {
  readonly line: number;
  readonly image: string;
  readonly label?: 'ok' | 'defective' | 'unlabelled';
  readonly supervision?: 'mask' | 'weak';
  readonly split?: Sample['split'];
  readonly kind?: string;
  readonly mask?: string;
  readonly reviewed?: string;
}

type Cells = Readonly<Record<string, string | undefined>>;

/** One of some words or '' (undefined), else the fault. */
function word<T extends string>(
  cells: Cells,
  column: string,
  words: readonly T[],
): { value?: T; fault?: string } {
  const text = (cells[column] ?? '').trim();
  if (text === '') return {};
  const value = words.find((candidate) => candidate === text);
  if (value !== undefined) return { value };
  return { fault: `${column} is ${JSON.stringify(text)}, not ${words.join(', ')} or empty` };
}

/** Relative, with forward slashes, and not leading out. */
export const isInside = (path: string): boolean =>
  !/^([/\\]|[A-Za-z]:)/.test(path) && !path.split(/[/\\]/).includes('..') && !path.includes('\0');

function rowOf(cells: Cells, line: number): LabelRow | string {
  const image = (cells['image'] ?? '').trim();
  const maskPath = (cells['mask'] ?? '').trim();
  if (image === '') return 'names no image';
  for (const path of [image, maskPath]) {
    if (!isInside(path)) return `the path ${JSON.stringify(path)} leads out of the dataset folder`;
  }
  const label = word(cells, 'label', cellWords.label);
  const supervision = word(cells, 'supervision', cellWords.supervision);
  const split = word(cells, 'split', cellWords.split);
  const fault = label.fault ?? supervision.fault ?? split.fault;
  if (fault !== undefined) return fault;
  const kind = (cells['kind'] ?? '').trim();
  const reviewed = (cells['reviewed'] ?? '').trim();
  return {
    line,
    image,
    ...(cells['label'] === undefined ? {} : { label: label.value ?? 'unlabelled' }),
    ...(supervision.value === undefined ? {} : { supervision: supervision.value }),
    ...(split.value === undefined ? {} : { split: split.value }),
    ...(kind === '' ? {} : { kind }),
    ...(maskPath === '' ? {} : { mask: maskPath }),
    ...(reviewed === '' ? {} : { reviewed }),
  };
}

const rowFault = (line: number, what: string): Finding => ({
  kind: 'label-row',
  severity: 'error',
  files: [labelsFile],
  message: `${labelsFile}, line ${line}: ${what}; mend or remove the row.`,
});

/** Reads the rows; broken ones become findings of severity error that name their line. */
async function readRows(root: string, findings: Finding[]): Promise<Map<string, LabelRow>> {
  const rows = new Map<string, LabelRow>();
  const path = join(root, labelsFile);
  if (leadsOut(await resolved(root), await resolved(path))) {
    findings.push(rowFault(1, `${path} leads out of the dataset folder, so it is not read`));
    return rows;
  }
  const header = { hasImage: false };
  const turns = new Turns();
  const columns = (names: string[]): string[] => {
    const trimmed = names.map((name) => name.trim());
    header.hasImage = trimmed.includes('image');
    return trimmed;
  };
  const parser = csvRecords(path, { columns, bom: true, info: true, skip_empty_lines: true });
  try {
    for await (const item of parser as AsyncIterable<{ record: Cells; info: { lines: number } }>) {
      if (!header.hasImage) {
        findings.push(rowFault(1, 'the header has no column "image"'));
        break;
      }
      const { lines } = item.info;
      if (turns.isOver) await turns.next();
      const row = rowOf(item.record, lines);
      if (typeof row === 'string') findings.push(rowFault(lines, row));
      else if (rows.has(row.image))
        findings.push(rowFault(lines, `${row.image} has a row already`));
      else rows.set(row.image, row);
    }
  } catch (error) {
    // The tree may have been read before the file was made, or before it was removed.
    if (errorCode(error) === 'ENOENT') return rows;
    if (!(error instanceof Error) || !('lines' in error)) throw error;
    findings.push(rowFault(Number(error.lines), error.message.replace(/\.$/, '')));
  }
  return rows;
}

/** The masks that labels.csv gives images, whatever their labels. */
export async function maskColumns(root: string): Promise<ReadonlyMap<string, string>> {
  // Broken rows count nothing here either; whoever reads the labels tells of them.
  const rows = await readRows(root, []);
  return new Map(
    [...rows].flatMap(([image, { mask }]) => (mask === undefined ? [] : [[image, mask]])),
  );
}

/** A sample with everything but, perhaps, its split. */
export type LabelledSample = DraftSample & Pick<Sample, 'weak' | 'reviewed'>;

export interface Labelled {
  readonly samples: readonly LabelledSample[];
  readonly findings: readonly Finding[];
  /** Files that a row names as the mask of an image that is there. */
  readonly masks: ReadonlySet<string>;
}

function applied(sample: DraftSample, row: LabelRow): LabelledSample {
  const { mask: layoutMask, ...rest } = sample;
  const label = row.label ?? sample.label;
  const mask = row.mask === undefined ? layoutMask : ({ kind: 'file', path: row.mask } as const);
  return {
    ...rest,
    label,
    // The mask of an image that a person calls good counts nothing any more.
    ...(mask === undefined || label === 'ok' ? {} : { mask }),
    split: row.split ?? sample.split,
    kind: row.kind ?? sample.kind,
    weak: row.supervision === 'weak',
    ...(row.reviewed === undefined ? {} : { reviewed: row.reviewed }),
  };
}

/** The samples with labels.csv applied, if the dataset folder has one. */
export async function applyLabels(
  root: string,
  tree: FileTree,
  samples: readonly DraftSample[],
): Promise<Labelled> {
  const findings: Finding[] = [];
  const rows = await readRows(root, findings);
  const named = new Set<string>();
  const masks = new Set<string>();
  const labelled = await mapInPortions(samples, (sample): LabelledSample => {
    const row = rows.get(sample.image);
    if (row === undefined) return { ...sample, weak: false };
    named.add(sample.image);
    if (row.mask !== undefined) masks.add(row.mask);
    if (row.mask !== undefined && !tree.has(row.mask)) {
      findings.push(rowFault(row.line, `the mask ${row.mask} is not there`));
    }
    return applied(sample, row);
  });
  await eachInPortions(rows.values(), (row) => {
    if (named.has(row.image)) return;
    findings.push({
      kind: 'missing-image',
      severity: 'warning',
      files: [labelsFile],
      message: `${labelsFile}, line ${row.line}: there is no image ${row.image}; mend the path or remove the row.`,
    });
  });
  return { samples: labelled, findings, masks };
}
