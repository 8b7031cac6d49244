/**
 * labels.csv: a person's own labels, which win over what the layout implies. A missing column keeps
 * what the layout says; in a row, an empty label means unlabelled, any other empty cell means "as it is".
 */
import { join } from 'node:path';
import { mostBytes, portionsOf } from '../../common/node/readLimited.ts';
import { splitNames } from '../../protocol/dataset.ts';
import type { Finding, MaskSource, Sample } from '../../protocol/dataset.ts';
import {
  columnName,
  dialectOf,
  headOfDialect,
  repeatedColumns,
} from '../../protocol/labels/labelsDialect.ts';
import { nameKey } from '../../protocol/names.ts';
import { errorCode } from '../files/fileSystem.ts';
import { csvRecords } from '../files/csvStream.ts';
import type { FileTree } from './fileTree.ts';
import { leadsOut } from '../files/leadsOut.ts';
import { nearNames } from './nearNames.ts';
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
  const value = words.find((candidate) => candidate === text.toLowerCase());
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

const notUtf8 =
  'it is not UTF-8 but in an encoding of the spreadsheet or the system, such as Windows-1252; save the table as "CSV UTF-8"';

const rowFault = (line: number, what: string): Finding => ({
  kind: 'label-row',
  severity: 'error',
  files: [labelsFile],
  message: `${labelsFile}, line ${line}: ${what}; mend or remove the row.`,
});

/** A replacement character stands for bytes that are no UTF-8. */
const isForeign = (cells: Cells): boolean =>
  Object.values(cells).some((text) => text?.includes('\uFFFD') === true);

const isBlank = (cells: Cells): boolean =>
  Object.values(cells).every((text) => (text ?? '').trim() === '');

/** The beginning of a file, each byte a character; '' without a file. */
async function headOf(path: string): Promise<string> {
  try {
    for await (const part of portionsOf(path, mostBytes.table, headOfDialect)) {
      return part.toString('latin1');
    }
  } catch (error) {
    // What else the disk refuses is said where the rows are read.
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  return '';
}

/** What the header says, as findings; the names as they count. */
function headerFindings(names: readonly string[]): Finding[] {
  if (!names.includes('image')) {
    return [
      rowFault(
        1,
        `the header has no column "image" (it has ${names
          .slice(0, 5)
          .map((n) => JSON.stringify(n))
          .join(', ')}); name the column of the paths "image"`,
      ),
    ];
  }
  return repeatedColumns(names).map((name) => ({
    ...rowFault(1, `the column "${name}" is there more than once, and the last one counts`),
    severity: 'warning',
  }));
}

/** Reads the rows; broken ones become findings of severity error that name their line. */
async function readRows(root: string, findings: Finding[]): Promise<Map<string, LabelRow>> {
  const rows = new Map<string, LabelRow>();
  const path = join(root, labelsFile);
  if (leadsOut(await resolved(root), await resolved(path))) {
    findings.push(rowFault(1, `${path} leads out of the dataset folder, so it is not read`));
    return rows;
  }
  const head = await headOf(path);
  if (/^(\u00FF\u00FE|\u00FE\u00FF)/.test(head)) {
    findings.push(rowFault(1, 'the file is UTF-16; save it as "CSV UTF-8"'));
    return rows;
  }
  const { delimiter, skipped, skippedLines } = dialectOf(head);
  const header = { hasImage: false };
  const turns = new Turns();
  const columns = (names: string[]): string[] => {
    const known = names.map(columnName);
    header.hasImage = known.includes('image');
    findings.push(...headerFindings(known));
    return known;
  };
  const options = { columns, bom: true, info: true, skip_empty_lines: true, delimiter };
  const parser = csvRecords(path, options, skipped);
  try {
    for await (const item of parser as AsyncIterable<{ record: Cells; info: { lines: number } }>) {
      if (!header.hasImage) break;
      const lines = item.info.lines + skippedLines;
      if (turns.isOver) await turns.next();
      // Spreadsheets write rows of delimiters alone below what they hold.
      if (isBlank(item.record)) continue;
      if (isForeign(item.record)) {
        findings.push(rowFault(lines, notUtf8));
        continue;
      }
      const row = rowOf(item.record, lines);
      if (typeof row === 'string') findings.push(rowFault(lines, row));
      else if (rows.has(nameKey(row.image)))
        findings.push(rowFault(lines, `${row.image} has a row already`));
      else rows.set(nameKey(row.image), row);
    }
  } catch (error) {
    // The tree may have been read before the file was made, or before it was removed.
    if (errorCode(error) === 'ENOENT') return rows;
    if (!(error instanceof Error) || !('lines' in error)) throw error;
    const line = Number(error.lines) + skippedLines;
    findings.push(rowFault(line, error.message.replace(/\.$/, '')));
  }
  return rows;
}

/** The masks that labels.csv gives images, whatever their labels, by the `nameKey` of the image. */
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

/** Why the mask that a row names is not used; `found`: the file that is meant. */
function maskFault(tree: FileTree, wanted: string, found: string | undefined): string | undefined {
  if (found === undefined) return `the mask ${wanted} is not there`;
  // What a table names lies in the dataset folder, all links followed (docs/decisions/places.md).
  return tree.isOutside(found)
    ? `the mask ${wanted} leads out of the dataset folder by a link, so it is not used`
    : undefined;
}

const maskOfRow = (wanted: string, listed: string | undefined): MaskSource =>
  listed === undefined
    ? { kind: 'file', path: wanted, isUnlisted: true }
    : { kind: 'file', path: listed };

/** `named`: the listed file that the row names as its mask, where it may be used. */
function applied(sample: DraftSample, row: LabelRow, named: string | undefined): LabelledSample {
  const { mask: layoutMask, ...rest } = sample;
  const label = row.label ?? sample.label;
  const mask = row.mask === undefined ? layoutMask : maskOfRow(row.mask, named);
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
  const nearName = nearNames(samples.map(({ image }) => image));
  const labelled = await mapInPortions(samples, (sample): LabelledSample => {
    const key = nameKey(sample.image);
    const row = rows.get(key);
    if (row === undefined) return { ...sample, weak: false };
    named.add(key);
    const mask = row.mask === undefined ? undefined : tree.find(row.mask);
    if (row.mask !== undefined) masks.add(mask ?? row.mask);
    const fault = row.mask === undefined ? undefined : maskFault(tree, row.mask, mask);
    if (fault !== undefined) findings.push(rowFault(row.line, fault));
    return applied(sample, row, mask !== undefined && tree.isOutside(mask) ? undefined : mask);
  });
  await eachInPortions(rows.values(), (row) => {
    if (named.has(nameKey(row.image))) return;
    const near = nearName(row.image);
    const there = near === undefined ? '' : `, but there is ${near}`;
    findings.push({
      kind: 'missing-image',
      severity: 'warning',
      files: [labelsFile],
      message: `${labelsFile}, line ${row.line}: there is no image ${row.image}${there}; mend the path or remove the row.`,
    });
  });
  return { samples: labelled, findings, masks };
}
