/** Dataset folders made of a few tiny pictures. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeGreyPng } from '../../server/files/png.ts';

/** A grey PNG of 8 x 8 whose pixels are all `value`; its size in bytes varies little, its bytes with the value. */
export function plainPng(value: number): Promise<Uint8Array> {
  return encodeGreyPng(new Uint8Array(64).fill(value), 8, 8);
}

/** What a file of a tree holds: text, bytes, or a grey value for a PNG. */
export type Content = string | number | Uint8Array;

/** Writes files by their relative paths; a number becomes a PNG of that grey value. */
export async function writeTree(
  folder: string,
  files: Readonly<Record<string, Content>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === 'number' ? await plainPng(content) : content);
  }
  return folder;
}
