/** `segdec sample DIR`: writes a small synthetic dataset of textured surfaces with defects. */
import type { Command } from 'commander';
import { given, newCommand } from './door.ts';
import type { Door } from './door.ts';
import { counted } from './output.ts';
import type { OutputMode } from './output.ts';
import type { PixelSize } from '../runs/request.ts';
import { pixelSize, wholeNumber } from './values.ts';

interface SampleFlags extends OutputMode {
  readonly images?: number;
  readonly seed?: number;
  readonly size?: PixelSize;
}

/** The command. */
export function sampleCommand(door: Door): Command {
  return newCommand({
    name: 'sample',
    description:
      'Write a small synthetic dataset: textured surfaces with defects, to try things on.',
    examples: ['sample demo-data', 'sample demo-data --images 40 --size 128x128 --seed 7'],
  })
    .argument('<DIR>', 'a new or empty folder')
    .option(
      '--images <n>',
      'images in all (160)',
      wholeNumber('--images', { min: 8, max: 100_000 }),
    )
    .option('--size <WxH>', 'size of the images (160x160)', pixelSize('--size'))
    .option(
      '--seed <n>',
      'the same seed gives the same bytes (0)',
      wholeNumber('--seed', { min: 0, max: 2 ** 31 - 1 }),
    )
    .action(async (folder: string, flags: SampleFlags) => {
      const { output, signal } = door.open(flags);
      const { writeSampleDataset } = await import('../data/synthetic.ts');
      const summary = await writeSampleDataset(
        folder,
        given({ images: flags.images, seed: flags.seed, size: flags.size, signal }),
      );
      output.document(summary);
      output.line(
        `${summary.folder}: ${counted(summary.images, 'image')}, ${summary.defective} defective, ${summary.masks} with masks.`,
      );
    });
}
