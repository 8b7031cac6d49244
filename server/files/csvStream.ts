/** CSV files row by row, whatever their size. */
import { Readable, pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import type { Options, Parser } from 'csv-parse';
import { UserError } from '../../protocol/errors.ts';
import { mostBytes, portionsOf } from '../../common/node/readLimited.ts';

/** Bytes parsed at once: some milliseconds, between which a server answers. */
const portion = 16_384;
/** Bytes of one row: the run lengths of a large mask are in one. */
const mostOfRow = 64e6;
const mostColumns = 1000;

/** The columns as the options say, unless there are more than anybody can have meant. */
function limited(path: string, { columns }: Options): Pick<Options, 'columns'> {
  if (columns !== true && typeof columns !== 'function') return {};
  const checked = (
    names: string[],
  ): ReturnType<Extract<typeof columns, (record: string[]) => unknown>> => {
    if (names.length > mostColumns) {
      throw new UserError(
        `${path} has ${names.length} columns, and at most ${mostColumns} are read; mend its first line.`,
      );
    }
    return columns === true ? names : columns(names);
  };
  return { columns: checked };
}

async function* behind(parts: AsyncIterable<Uint8Array>, from: number): AsyncGenerator<Uint8Array> {
  let left = from;
  for await (const part of parts) {
    if (left < part.length) yield left === 0 ? part : part.subarray(left);
    left = Math.max(0, left - part.length);
  }
}

/**
 * The records of a file from a byte on. Iterating throws what the disk refuses (a missing file: ENOENT), a UserError for what
 * is no regular file or too large, and what is not CSV.
 */
export function csvRecords(path: string, options: Options, from = 0): Parser {
  const parser = parse({ ...options, ...limited(path, options), max_record_size: mostOfRow });
  const parts = behind(portionsOf(path, mostBytes.table, portion), from);
  const bytes = Readable.from(parts, { objectMode: false });
  // `pipe` would leave the reader of the parser waiting for ever when the file cannot be opened.
  pipeline(bytes, parser, () => undefined);
  return parser;
}
