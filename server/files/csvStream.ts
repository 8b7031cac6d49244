/** CSV files row by row, whatever their size. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import type { Options, Parser } from 'csv-parse';

/** Bytes parsed at once: some milliseconds, between which a server answers. */
const chunk = 16_384;

/** The records of a file. Iterating throws what the disk refuses (a missing file: ENOENT) and what is not CSV. */
export function csvRecords(path: string, options: Options): Parser {
  const parser = parse(options);
  // `pipe` would leave the reader of the parser waiting for ever when the file cannot be opened.
  pipeline(createReadStream(path, { highWaterMark: chunk }), parser, () => undefined);
  return parser;
}
