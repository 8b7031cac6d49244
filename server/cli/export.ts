/** `segdec export RUN`: ships a model as ONNX or safetensors. */
import type { Command } from 'commander';
import { UserError } from '../../protocol/errors.ts';
import type { ExportedModel } from '../runs/exportRun.ts';
import { newCommand } from './door.ts';
import type { Door, Session } from './door.ts';
import type { OutputMode } from './output.ts';
import { figureText } from '../report/text.ts';

interface ExportFlags extends OutputMode {
  readonly onnx?: string;
  readonly safetensors?: string;
  readonly python?: string;
}

function lines(exported: ExportedModel): string[] {
  const { file, shippedThreshold, checkedImages, checkedOn } = exported;
  const threshold = `threshold ${figureText(shippedThreshold.value)} from ${shippedThreshold.from}`;
  if (checkedOn === 'nothing') return [`Wrote ${file} (${threshold}).`];
  const where = checkedOn === 'generated' ? 'generated images' : `images of ${checkedOn}`;
  return [
    `Wrote ${file} (${threshold}).`,
    `Scored again from the file on ${checkedImages} ${where}: scores differ by at most ${exported.largestScoreDifference.toExponential(1)}, maps by ${exported.largestMapDifference.toExponential(1)}.`,
  ];
}

async function exportRun(run: string, flags: ExportFlags, session: Session): Promise<void> {
  const { output, signal } = session;
  const { onnx, safetensors } = flags;
  if ((onnx === undefined) === (safetensors === undefined)) {
    throw new UserError('Say what to write: --onnx FILE or --safetensors FILE.');
  }
  if (flags.python !== undefined && onnx === undefined) {
    throw new UserError('--python writes a script for an ONNX model; add --onnx FILE.');
  }
  const { exportRunAsOnnx, exportRunAsSafetensors, writePythonScript } =
    await import('../runs/exportRun.ts');
  const exported =
    onnx === undefined
      ? await exportRunAsSafetensors(run, safetensors ?? '', { signal })
      : await exportRunAsOnnx(run, onnx, { signal });
  if (flags.python !== undefined) await writePythonScript(run, flags.python);
  output.document(exported);
  for (const line of lines(exported)) output.line(line);
  if (flags.python !== undefined) {
    output.line(
      `Wrote ${flags.python}: python ${flags.python} ${exported.file} IMAGE… scores the same.`,
    );
  }
}

/** The command. */
export function exportCommand(door: Door): Command {
  return newCommand({
    name: 'export',
    description: 'Ship the model of a run as ONNX (checked against the run) or as safetensors.',
    examples: [
      'export .segdec/runs/RUN --onnx model.onnx --python score.py',
      'export .segdec/runs/RUN --safetensors weights.safetensors',
    ],
  })
    .argument('<RUN>', 'the run folder')
    .option('--onnx <file>', 'standard operators, free batch size; input image 0..255')
    .option('--safetensors <file>', "weights by the authors' tensor names")
    .option(
      '--python <file>',
      'with --onnx: also a Python script that prepares images and scores them the same',
    )
    .action((run: string, flags: ExportFlags) => exportRun(run, flags, door.open(flags)));
}
