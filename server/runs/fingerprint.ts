/**
 * The dataset's fingerprint: a hash of what training depends on (names, labels, splits, mask
 * sources, sizes of the files), so that a run is never continued on other data unnoticed.
 * The contents of the files are in contents.ts.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MaskSource, Sample } from '../../protocol/dataset.ts';
import { errorCode } from '../files/fileSystem.ts';

const filesAtOnce = 64;

async function sizeOf(root: string, name: string): Promise<number> {
  try {
    return (await stat(join(root, name))).size;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    // Missing or unreadable is a state of the data like any other; reading it will say more.
    return -1;
  }
}

async function maskPart(root: string, mask: MaskSource | undefined): Promise<unknown> {
  if (mask === undefined) return null;
  if (mask.kind === 'runs') return mask.encoded;
  const more = (mask.more ?? []).map(async (path) => [path, await sizeOf(root, path)]);
  return [mask.path, await sizeOf(root, mask.path), ...(await Promise.all(more)).flat()];
}

async function samplePart(root: string, sample: Sample): Promise<string> {
  return JSON.stringify([
    sample.image,
    await sizeOf(root, sample.image),
    sample.label,
    sample.split,
    sample.weak,
    await maskPart(root, sample.mask),
    sample.ignore === undefined ? null : [sample.ignore, await sizeOf(root, sample.ignore)],
  ]);
}

/** SHA-256 in hex over the samples in their order; `root` is the dataset folder. */
export async function fingerprint(root: string, samples: readonly Sample[]): Promise<string> {
  const hash = createHash('sha256');
  for (let i = 0; i < samples.length; i += filesAtOnce) {
    const chunk = samples.slice(i, i + filesAtOnce);
    const parts = await Promise.all(chunk.map((sample) => samplePart(root, sample)));
    for (const part of parts) hash.update(part).update('\n');
  }
  return hash.digest('hex');
}
