/** A dataset and a network so small that a whole training run takes a second. */
import { join } from 'node:path';
import { writeSampleDataset } from '../../server/data/synthetic.ts';

export const smallSize = { width: 64, height: 128 } as const;

/** A dataset of 24 small images in `folder`/data; returns its path. */
export async function smallDataset(folder: string): Promise<string> {
  const data = join(folder, 'data');
  await writeSampleDataset(data, { images: 24, size: smallSize });
  return data;
}

/** Flags of `segdec train` for a small run into `output`. */
export function smallRun(data: string, output: string, more: readonly string[] = []): string[] {
  return [
    ...['train', data, '--output', output, '--width', '0.05', '--epochs', '3'],
    ...['--threads', '1', '--preset', 'dagm', ...more],
  ];
}
