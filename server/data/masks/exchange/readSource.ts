/** Files of a source: their sizes are limited, and what is wrong with them is a sentence. */
import { mostBytes } from '../../../../common/node/readLimited.ts';
import { parseJson } from '../../../files/readJson.ts';
import { readWhole } from '../../../files/readWhole.ts';

/** The text of a file of a source. Throws a UserError for one that is too large, is none, or is refused. */
export async function readSourceText(
  file: string,
  most: number = mostBytes.table,
): Promise<string> {
  const bytes = await readWhole(file, most);
  // Without the mark that some programs begin UTF-8 with.
  return new TextDecoder().decode(bytes);
}

/** The value of a JSON file; `named`: what a sentence calls it. */
export async function readSourceJson(file: string, named = file): Promise<unknown> {
  return parseJson(await readSourceText(file), named, 'export it again');
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'number');

/** A size that an image may have; undefined for anything else. */
export function sizeIn(
  width: unknown,
  height: unknown,
): { readonly width: number; readonly height: number } | undefined {
  if (typeof width !== 'number' || typeof height !== 'number') return undefined;
  if (!Number.isSafeInteger(width) || !Number.isSafeInteger(height)) return undefined;
  return width > 0 && height > 0 ? { width, height } : undefined;
}
