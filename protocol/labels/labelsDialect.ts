/**
 * How a labels.csv is written: spreadsheets take semicolons or tabs for commas, may say so in a line before the
 * header ("sep=;"), and write words with capitals. Pure text.
 */

/** All columns of a file that we make. */
export const allColumns = [
  'image',
  'label',
  'supervision',
  'split',
  'kind',
  'reviewed',
  'mask',
  'note',
] as const;
export type Column = (typeof allColumns)[number];

export const delimiters = [',', ';', '\t', '|'] as const;
export type Delimiter = (typeof delimiters)[number];

export interface Dialect {
  readonly delimiter: Delimiter;
  /** Characters before the header, where a line says what stands between cells; else 0. */
  readonly skipped: number;
  /** Line breaks in these. */
  readonly skippedLines: number;
}

/** As many characters (or bytes) as `dialectOf` needs of the beginning. */
export const headOfDialect = 65_536;

/** A column's name as it counts: those of ours in any case; of others the name without blanks around. */
export function columnName(written: string): string {
  const name = written.trim();
  const lower = name.toLowerCase();
  return allColumns.some((column) => column === lower) ? lower : name;
}

/** Columns of ours that a header names more than once; the last of each counts. */
export const repeatedColumns = (columns: readonly string[]): string[] =>
  allColumns.filter((name) => columns.indexOf(name) !== columns.lastIndexOf(name));

/** The byte order mark as a character, and as the bytes that it is in UTF-8, each as a character. */
const marks = ['\u{FEFF}', '\u{EF}\u{BB}\u{BF}'];

const isHeader = (line: string, delimiter: Delimiter): boolean =>
  line
    .split(delimiter)
    .some((cell) => columnName(cell.trim().replace(/^"(.*)"$/, '$1')) === 'image');

/** Of the beginning of a file, as text or with each byte as a character. */
export function dialectOf(head: string): Dialect {
  const mark = marks.find((one) => head.startsWith(one)) ?? '';
  const text = head.slice(mark.length);
  const said = /^[\r\n]*"?sep=([,;\t|])"?[,; \t]*(?:\r\n|\r|\n)/i.exec(text);
  const delimiter = delimiters.find((one) => one === said?.[1]);
  if (said !== null && delimiter !== undefined) {
    const skippedLines = said[0].match(/\r\n|\r|\n/g)?.length ?? 0;
    return { delimiter, skipped: mark.length + said[0].length, skippedLines };
  }
  const line = /[^\r\n]+/.exec(text)?.[0] ?? '';
  const found = delimiters.find((one) => isHeader(line, one)) ?? ',';
  return { delimiter: found, skipped: 0, skippedLines: 0 };
}
