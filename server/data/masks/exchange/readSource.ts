/** Files of a source: their sizes are limited, and what is wrong with them is a sentence. */
import { mostBytes } from '../../../../common/node/readLimited.ts';
import { decimalOf } from '../../../../protocol/numbers.ts';
import { parseJson } from '../../../files/readJson.ts';
import { readWhole } from '../../../files/readWhole.ts';
import { Encodings } from './textEncoding.ts';

/** Numbers that Python writes into JSON and that are none, and strings, which may hold the same words. */
const notNumbers = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g;

/** Reads the texts of a source. */
export class SourceReader {
  readonly encodings: Encodings;

  /** `names` are the images of the dataset, by which encodings are told apart. */
  constructor(names: Iterable<string> = []) {
    this.encodings = new Encodings(names);
  }

  /** The text of a file. Throws a UserError for one that is too large, is none, or is refused. */
  async text(file: string, most: number = mostBytes.table): Promise<string> {
    return this.encodings.text(await readWhole(file, most), file);
  }

  /** The value of a JSON file; NaN and Infinity are null. `named`: what a sentence calls the file. */
  async json(file: string, named = file): Promise<unknown> {
    const text = await this.text(file);
    const advice = 'export it again';
    // Rare, and the text may be large.
    if (!/\b(?:NaN|Infinity)\b/.test(text)) return parseJson(text, named, advice);
    const plain = text.replaceAll(notNumbers, (part) => (part.startsWith('"') ? part : 'null'));
    return parseJson(plain, named, advice);
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'number');

/** A number, also one that was written as text; undefined for anything else. */
export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number'
    ? value
    : typeof value === 'string'
      ? decimalOf(value.trim())
      : undefined;

/** Numbers, also written as texts; undefined for a list of anything else. */
export function numbersOf(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const numbers = value.map(numberOf);
  return numbers.every((one) => one !== undefined) ? numbers : undefined;
}

/** A size that an image may have; undefined for anything else. */
export function sizeIn(
  width: unknown,
  height: unknown,
): { readonly width: number; readonly height: number } | undefined {
  const [across, down] = [numberOf(width), numberOf(height)];
  if (!Number.isSafeInteger(across) || !Number.isSafeInteger(down)) return undefined;
  if (across === undefined || down === undefined) return undefined;
  return across > 0 && down > 0 ? { width: across, height: down } : undefined;
}
