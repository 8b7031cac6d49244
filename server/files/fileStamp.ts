/** Tells cheaply whether a file is still the same. */
import { stat } from 'node:fs/promises';
import { errorCode } from './fileSystem.ts';

/** Changes whenever the file is written or replaced; undefined without a file. */
export async function fileStamp(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${mtimeMs}/${size}/${ino}`;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
