/**
 * Cells of the CSV files that we write. A spreadsheet takes a cell that begins with =, +, -, @, a blank or a
 * control character for a formula, or for more than one cell; in front of such a path goes `./`, which names
 * the same file. A path that begins with `./` gets another one, so that the way back is exact.
 */

/** One CSV field as RFC 4180 has it; also where a spreadsheet separates by semicolons or tabs. */
export function csvField(text: string): string {
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const guard = './';
/** Full-width signs count as well; so do characters that are not shown. */
const needsGuard = /^(?:\.\/|[=+\-@\uff1d\uff0b\uff0d\uff20\s\p{C}])/u;

/** A path (with forward slashes) as a CSV field that no spreadsheet computes. */
export const pathField = (path: string): string =>
  csvField(needsGuard.test(path) ? guard + path : path);

/** The path that a cell (unquoted) stands for: what `pathField` was given. */
export const pathOfCell = (cell: string): string =>
  cell.startsWith(guard) ? cell.slice(guard.length) : cell;
