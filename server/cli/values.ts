/** Values of flags, parsed strictly: what is not exactly a number is an error that names the flag. */
import { UserError } from '../../protocol/errors.ts';
import { mostBytes } from '../../common/node/readLimited.ts';
import { decimalOf } from '../../protocol/numbers.ts';
import { errorCode } from '../files/fileSystem.ts';
import { listLines } from '../files/readLines.ts';
import { fitsFloat32 } from '../runs/float32.ts';
import type { PixelSize } from '../runs/request.ts';

const GIB = 1024 ** 3;

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** `min` itself is not allowed. */
  readonly above?: number;
}

function rangeText({ min, max, above }: NumberRange): string {
  if (above !== undefined)
    return max === undefined ? ` above ${above}` : ` above ${above}, at most ${max}`;
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? '' : ` of at most ${max}`;
}

const inRange = (value: number, { min, max, above }: NumberRange): boolean =>
  Number.isFinite(value) &&
  (min === undefined || value >= min) &&
  (max === undefined || value <= max) &&
  (above === undefined || value > above);

type Parser<T> = (text: string) => T;

/** A whole number within a range. */
export function wholeNumber(flag: string, range: NumberRange = {}): Parser<number> {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && inRange(value, range)) return value;
    throw new UserError(
      `${flag} needs a whole number${rangeText(range)}, not ${JSON.stringify(text)}.`,
    );
  };
}

/** A decimal number within a range. */
export function decimalNumber(flag: string, range: NumberRange = {}): Parser<number> {
  return (text) => {
    const value = decimalOf(text) ?? Number.NaN;
    if (inRange(value, range)) return value;
    throw new UserError(`${flag} needs a number${rangeText(range)}, not ${JSON.stringify(text)}.`);
  };
}

/** A decimal number within a range that float32 holds as well, in which networks are computed. */
export function float32Number(flag: string, range: NumberRange): Parser<number> {
  const parse = decimalNumber(flag, range);
  return (text) => {
    const value = parse(text);
    if (fitsFloat32(value)) return value;
    throw new UserError(
      `${flag} needs a number that float32 can hold, 1.4e-45 to 3.4e38, not ${text}.`,
    );
  };
}

/** An odd whole number, such as the side of a square around a pixel. */
export function oddNumber(flag: string): Parser<number> {
  const parse = wholeNumber(flag, { min: 1 });
  return (text) => {
    const value = parse(text);
    if (value % 2 === 1) return value;
    throw new UserError(`${flag} needs an odd number, not ${text}.`);
  };
}

/** One of a few words. */
export function oneOf<T extends string>(flag: string, words: readonly T[]): Parser<T> {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new UserError(`${flag} is one of ${words.join(', ')}, not ${JSON.stringify(text)}.`);
  };
}

/** WIDTHxHEIGHT in pixels. */
export function pixelSize(flag: string): Parser<PixelSize> {
  return (text) => {
    const match = /^(\d{1,6})[x×](\d{1,6})$/.exec(text);
    if (match !== null) return { width: Number(match[1]), height: Number(match[2]) };
    throw new UserError(
      `${flag} needs WIDTHxHEIGHT in pixels, such as 232x640, not ${JSON.stringify(text)}.`,
    );
  };
}

/** GiB on the command line, bytes for us. */
export function gibibytes(flag: string): Parser<number> {
  const parse = decimalNumber(flag, { above: 0, max: 1_000_000 });
  return (text) => Math.round(parse(text) * GIB);
}

/** 1 or 3. */
export function channelCount(text: string): 1 | 3 {
  return oneOf('--channels', ['1', '3'])(text) === '1' ? 1 : 3;
}

/** A threshold, or `auto`. */
export function thresholdOrAuto(text: string): number | 'auto' {
  return text === 'auto' ? text : decimalNumber('--threshold', { min: 0, max: 1 })(text);
}

/** What to validate on: a fraction of train, the test split, or nothing. */
export function validationRule(text: string): number | 'test' | 'none' {
  if (text === 'test' || text === 'none') return text;
  const fraction = decimalOf(text);
  if (fraction !== undefined && fraction > 0 && fraction < 1) return fraction;
  throw new UserError(
    `--validation needs a fraction between 0 and 1, test, or none, not ${JSON.stringify(text)}.`,
  );
}

/** The lines of a list file. Throws a UserError for one that is not there or cannot be read. */
export async function readList(file: string, flag: string): Promise<string[]> {
  const lines: string[] = [];
  try {
    for await (const line of listLines(file, mostBytes.settings)) lines.push(line);
  } catch (error) {
    const code = errorCode(error instanceof UserError ? error.cause : error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new UserError(`${flag}: there is no file ${file}.`, { cause: error });
  }
  return lines;
}

/** N, all, or a file that lists the images whose masks may be used, one a line. */
export async function segmentedImages(text: string): Promise<number | 'all' | readonly string[]> {
  if (text === 'all') return text;
  if (/^[+-]?\d+$/.test(text)) return wholeNumber('--segmented', { min: 0 })(text);
  return await readList(text, '--segmented');
}
