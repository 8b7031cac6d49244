/** Images whose names have no ending, as some cameras and archives write them: told of, as nothing else would. */
import { join } from 'node:path';
import { UnreadableFile, openRegular } from '../../common/node/readLimited.ts';
import { errorCode } from '../files/fileSystem.ts';
import { readableContent, tellingBytes } from './images/contentNames.ts';
import type { OddEntry } from './oddEntries.ts';

async function startOf(file: string): Promise<Uint8Array> {
  const handle = await openRegular(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(tellingBytes), 0, tellingBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Why a file whose name has no ending is left out, where it holds an image; undefined for any other. */
export async function withoutEndingEntry(
  root: string,
  path: string,
): Promise<OddEntry | undefined> {
  let start;
  try {
    start = await startOf(join(root, path));
  } catch (error) {
    // What cannot be opened is no image that anybody misses.
    if (!(error instanceof UnreadableFile) && errorCode(error) === undefined) throw error;
    return undefined;
  }
  const content = readableContent(start);
  if (content === undefined) return undefined;
  const { name, ending } = content;
  return {
    path,
    why: `holds a ${name} image, but its name has no ending, and it is left out; rename it to ${path}${ending}`,
  };
}
