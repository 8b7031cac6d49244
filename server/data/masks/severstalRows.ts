/**
 * Severstal's train.csv as text whose other rows stay byte for byte: both its forms (`ImageId,ClassId,
 * EncodedPixels` and the older `ImageId_ClassId,EncodedPixels`), with further columns as they come.
 */
import { UserError } from '../../../protocol/errors.ts';
import { className, runsIn } from '../layouts/severstalTable.ts';

/** Bytes as characters of the same number: whatever the encoding, what is not touched stays. */
export type Bytes = string;

export const bytesOfText = (text: Uint8Array): Bytes =>
  Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('latin1');
export const textOfBytes = (bytes: Bytes): Uint8Array => Buffer.from(bytes, 'latin1');

/** A cell: where it stands in its row, quotes included, and what it says. */
interface Cell {
  readonly from: number;
  readonly to: number;
  readonly value: string;
}

function valueOf(raw: string): string {
  const text = raw.trim();
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replaceAll('""', '"').trim();
}

/** The cells of a row without its line break. */
function cellsOf(row: string): Cell[] {
  const cells: Cell[] = [];
  let [from, isQuoted] = [0, false];
  for (let at = 0; at <= row.length; at += 1) {
    if (row[at] === '"') isQuoted = !isQuoted;
    if (at < row.length && (row[at] !== ',' || isQuoted)) continue;
    cells.push({ from, to: at, value: valueOf(row.slice(from, at)) });
    from = at + 1;
  }
  return cells;
}

/** Calls `use` with the begin and end (line break included) of each row; quoted cells may hold line breaks. */
export function eachRow(
  text: Pick<Bytes, 'length' | 'indexOf'>,
  use: (from: number, to: number) => void,
): void {
  const quoteFrom = (at: number): number => {
    const found = text.indexOf('"', at);
    return found < 0 ? text.length : found;
  };
  // Kept between rows: a look for each row would read to the end of a file without quotes.
  let quote = quoteFrom(0);
  for (let from = 0; from < text.length;) {
    let to = from;
    let quotes = 0;
    do {
      const end = text.indexOf('\n', to);
      const next = end < 0 ? text.length : end + 1;
      for (; quote < next; quote = quoteFrom(quote + 1)) quotes += 1;
      to = next;
    } while (quotes % 2 === 1 && to < text.length);
    use(from, to);
    from = to;
  }
}

/** Where the columns are; `image` and `class` are the same one in the older form. */
interface Columns {
  readonly isOlder: boolean;
  readonly image: number;
  readonly class: number;
  readonly runs: number;
  readonly count: number;
}

const withoutBreak = (row: string): string => row.replace(/\r?\n$/, '');
const byteOrderMark = '\xef\xbb\xbf';

function columnsOf(header: string): Columns {
  const start = header.startsWith(byteOrderMark) ? byteOrderMark.length : 0;
  const names = cellsOf(withoutBreak(header.slice(start))).map(({ value }) => value);
  const runs = names.indexOf('EncodedPixels');
  const joint = names.indexOf('ImageId_ClassId');
  const [image, name] =
    joint < 0 ? [names.indexOf('ImageId'), names.indexOf('ClassId')] : [joint, joint];
  if (runs < 0 || image < 0 || name < 0) {
    throw new UserError(
      'train.csv has no columns ImageId, ClassId and EncodedPixels in its first row; mend that row.',
    );
  }
  return { isOlder: joint >= 0, image, class: name, runs, count: names.length };
}

/** The rows of an image, and what of them is of one class. */
interface Found {
  readonly columns: Columns;
  /** The line break of the first row. */
  readonly lineBreak: string;
  /** Where a new row goes: behind the last of the image, else the end. */
  readonly place: number;
  /** Begin and end of the class's rows, and of the cell with the run lengths in the text. */
  readonly rows: readonly { readonly from: number; readonly to: number; readonly runs: Cell }[];
}

function find(text: Bytes, image: string, wanted: string): Found {
  const name = bytesOfText(Buffer.from(image, 'utf8'));
  const quotedName = name.replaceAll('"', '""');
  let columns: Columns | undefined;
  let lineBreak = '\n';
  let place = text.length;
  const rows: Found['rows'][number][] = [];
  eachRow(text, (from, to) => {
    const row = text.slice(from, to);
    if (columns === undefined) {
      columns = columnsOf(row);
      if (row.endsWith('\r\n')) lineBreak = '\r\n';
      return;
    }
    // Most rows are of other images: only those that may fit are taken apart.
    if (!row.includes(name) && !row.includes(quotedName)) return;
    const cells = cellsOf(withoutBreak(row));
    const key = cells[columns.image]?.value ?? '';
    const cut = key.lastIndexOf('_');
    const own = columns.isOlder ? key.slice(0, Math.max(0, cut)) : key;
    const ownClass = columns.isOlder ? key.slice(cut + 1) : cells[columns.class]?.value;
    if (own !== name) return;
    place = to;
    if (className(ownClass ?? '') !== wanted) return;
    const runs = cells[columns.runs];
    if (runs === undefined) {
      throw new UserError(
        `train.csv has a row of ${image} with too few columns; add what is missing or remove the row.`,
      );
    }
    rows.push({ from, to, runs: { ...runs, from: from + runs.from, to: from + runs.to } });
  });
  if (columns === undefined) throw new UserError('train.csv is empty; put its first row back.');
  return { columns, lineBreak, place, rows };
}

/** The run lengths of a class of an image; '' without. Several rows are parts of one mask. */
export function severstalRuns(text: Bytes, image: string, wanted: string): string {
  const rows = find(text, image, wanted).rows.map(({ runs }) => runsIn(runs.value));
  return rows.filter((runs) => runs !== '').join(' ');
}

function newRow(
  { columns, lineBreak }: Found,
  image: string,
  wanted: string,
  runs: string,
): string {
  const name = bytesOfText(Buffer.from(image, 'utf8'));
  const cells = Array.from({ length: columns.count }, () => '');
  const quoted = (value: string): string =>
    /[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  cells[columns.image] = quoted(columns.isOlder ? `${name}_${wanted}` : name);
  if (!columns.isOlder) cells[columns.class] = wanted;
  cells[columns.runs] = runs;
  return cells.join(',') + lineBreak;
}

/**
 * The text with other run lengths for a class of an image. '' removes its rows, in the older form it empties
 * them. Throws a UserError for a file without the columns.
 */
export function withSeverstalRuns(text: Bytes, image: string, wanted: string, runs: string): Bytes {
  const found = find(text, image, wanted);
  const { columns, lineBreak, place, rows } = found;
  const kept = runs === '' && !columns.isOlder ? undefined : rows.at(-1);
  const parts: string[] = [];
  let at = 0;
  for (const row of rows) {
    parts.push(text.slice(at, row.from));
    at = row.to;
    // The last of several rows takes the whole mask; the others of the newer form have nothing left to say.
    if (row !== kept && !columns.isOlder) continue;
    parts.push(text.slice(row.from, row.runs.from), row === kept ? runs : '');
    parts.push(text.slice(row.runs.to, row.to));
  }
  if (rows.length > 0 || runs === '') return parts.join('') + text.slice(at);
  const before = text.slice(0, place);
  const gap = before.endsWith('\n') ? '' : lineBreak;
  return before + gap + newRow(found, image, wanted, runs) + text.slice(place);
}
