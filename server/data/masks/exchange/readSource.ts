/** Files of a source: their sizes are limited, and what is wrong with them is a sentence. */
import { open } from 'node:fs/promises';
import { UserError, errorText } from '../../../../protocol/errors.ts';
import { errorCode } from '../../../files/fileSystem.ts';
import { systemReasons } from '../../../files/readWhole.ts';

/** A text of more characters than this is no string in Node. */
export const mostSourceBytes = 512_000_000;

/** Throws a UserError for a file that is too large, and for what the system refuses. */
export async function readSourceText(file: string, most = mostSourceBytes): Promise<string> {
  let handle;
  try {
    handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size > most) throw tooLarge(file, size, most);
    return (await handle.readFile('utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw sourceError(error, file);
  } finally {
    await handle?.close();
  }
}

export function tooLarge(file: string, size: number, most = mostSourceBytes): UserError {
  const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
  return new UserError(
    `${file} has ${megabytes(size)} MB, and at most ${megabytes(most)} MB are read; export it in parts.`,
  );
}

/** A UserError for what the system refuses; any other error as it is. */
export function sourceError(error: unknown, file: string): unknown {
  const reason = systemReasons[errorCode(error) ?? ''];
  if (reason === undefined) return error;
  return new UserError(`Could not read ${file}: ${reason}.`, { cause: error });
}

/** The value of a JSON file; `named`: what a sentence calls it. */
export async function readSourceJson(file: string, named = file): Promise<unknown> {
  const text = await readSourceText(file);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${named} is not valid JSON (${errorText(error)}); export it again.`, {
      cause: error,
    });
  }
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
