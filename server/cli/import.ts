/** `segdec import FILE --output DIR`: weights from elsewhere as a run. */
import type { Command } from 'commander';
import type { PixelSize } from '../runs/request.ts';
import { given, newCommand } from './door.ts';
import type { Door } from './door.ts';
import type { OutputMode } from './output.ts';
import { decimalNumber, pixelSize } from './values.ts';

interface ImportFlags extends OutputMode {
  readonly output: string;
  readonly size?: PixelSize;
  readonly threshold?: number;
}

/** The command. */
export function importCommand(door: Door): Command {
  return newCommand({
    name: 'import',
    description: "Make a run of a safetensors file whose tensors have the authors' names.",
    examples: ['import weights.safetensors --output imported --size 232x640 --threshold 0.6'],
  })
    .argument('<FILE>', 'a safetensors file')
    .requiredOption('--output <dir>', 'the new run folder')
    .option(
      '--size <WxH>',
      'input size (of files written by segdec it is known)',
      pixelSize('--size'),
    )
    .option(
      '--threshold <p>',
      'scores at or above it are defective (0.5)',
      decimalNumber('--threshold', { min: 0, max: 1 }),
    )
    .action(async (file: string, flags: ImportFlags) => {
      const { output, signal } = door.open(flags);
      const { importWeights } = await import('../runs/importWeights.ts');
      const { size, threshold } = flags;
      const imported = await importWeights(given({ file, output: flags.output, size, threshold }), {
        signal,
      });
      output.document(imported);
      const { variant, width, channels, imageWidth, imageHeight } = imported.network;
      output.line(
        `Run ${imported.run}: variant ${variant}, width ${width}, ${imageWidth}x${imageHeight}x${channels}, threshold ${imported.threshold}.`,
      );
    });
}
