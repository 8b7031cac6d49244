/** Files of ours with one number changed to something that is none, or that is out of its range. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors } from '../../server/files/safetensors.ts';
import { temporaryFolder } from './temporary.ts';

/** Thresholds and scores that are none, as texts. */
export const oddShares = [
  ...['NaN', 'Infinity', '-Infinity', '1e308', '-1', '1.5', '-0.001'],
  ...['0x1', '1e-400', '1e999', '0,5', ' ', 'half', '0.5 0.5', '1_0', '٠'],
] as const;

/** Numbers as JSON has them, that are no score. 1e999 is read as infinite. */
export const oddJsonShares = ['1e999', '-1e999', '1e308', '-1', '1.5', '"0.5"', '[]', 'true'];
/** Numbers as JSON has them, that do not count anything. */
export const oddJsonCounts = ['1e999', '-1', '0.5', '9007199254740993', '1e300', '"1"', 'null'];

/** A copy of the run folder that is kept for its format. */
export async function keptRun(): Promise<string> {
  const folder = join(await temporaryFolder(), 'run');
  await cp('test/data/runs/0.1.0', folder, { recursive: true });
  return folder;
}

/** The JSON text with the value at a path (words and places) replaced by another JSON text. */
export function withJson(text: string, path: readonly (string | number)[], value: string): string {
  const mark = '"the place of the odd value"';
  const root: unknown = JSON.parse(text);
  const parents = path.slice(0, -1);
  const parent = parents.reduce<unknown>(
    (at, key) => (at as Record<string | number, unknown>)[key],
    root,
  );
  (parent as Record<string | number, unknown>)[path.at(-1) ?? ''] = JSON.parse(mark);
  return JSON.stringify(root).replace(mark, value);
}

/** Replaces a value in a JSON file. */
export async function changeJson(
  file: string,
  path: readonly (string | number)[],
  value: string,
): Promise<void> {
  await writeFile(file, withJson(await readFile(file, 'utf8'), path, value));
}

/** A safetensors file of float32 tensors, of which nothing is checked while it is written. */
export function uncheckedSafetensors(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const end = offset + data.byteLength;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...parts]);
}

/** Changes a safetensors file: its first weight, or texts of its metadata. */
export async function changeTensors(
  file: string,
  change: { readonly weight?: number; readonly metadata?: Readonly<Record<string, string>> },
): Promise<void> {
  const { tensors, metadata } = decodeSafetensors(await readFile(file));
  const [first] = tensors.values();
  if (change.weight !== undefined && first !== undefined) first.data[0] = change.weight;
  await writeFile(file, uncheckedSafetensors(tensors, { ...metadata, ...change.metadata }));
}
