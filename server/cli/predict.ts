/** `segdec predict RUN|model.onnx FILE…`: scores of any images, printed as they come. */
import { counted } from '../../protocol/counted.ts';
import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import { mostThreads } from '../../protocol/run.ts';
import { UserError } from '../../protocol/errors.ts';
import { mapAtSize, mapSizeOf } from '../../protocol/mapGeometry.ts';
import { DiskError, makeFolder, writeFileWhole } from '../files/atomicWrite.ts';
import { keptFiles } from '../files/kept.ts';
import { csvField, pathField } from '../runs/csv.ts';
import { shortestFloat32 } from '../runs/float32.ts';
import { HeatmapWriter } from '../runs/heatmaps.ts';
import type { Model } from '../runs/model.ts';
import type { FilePrediction } from '../runs/predict.ts';
import { assertOutputFile } from '../data/outputFile.ts';
import { given, newCommand } from './door.ts';
import type { Door, Session } from './door.ts';
import { mostOfAKind } from '../runs/text.ts';
import { oneLine } from './output.ts';
import type { OutputMode } from './output.ts';
import { decimalNumber, gibibytes, wholeNumber } from './values.ts';

interface PredictFlags extends OutputMode {
  readonly output?: string;
  readonly csv?: boolean;
  readonly heatmaps?: boolean;
  readonly threshold?: number;
  readonly threads?: number;
  readonly memory?: number;
  readonly modelMemory?: number;
  readonly deadline?: number;
}

const header = 'image,score,outcome,error\n';

/** The file as people would type it from here, with forward slashes. */
function shownName(file: string): string {
  const near = relative(process.cwd(), file);
  const name = near.startsWith('..') || isAbsolute(near) ? file : near;
  return name.split(sep).join('/');
}

/** A name under the heat map folder, unique for each file also when it lies elsewhere. */
function heatmapName(file: string): string {
  const near = relative(process.cwd(), file);
  if (!near.startsWith('..') && !isAbsolute(near)) return near.split(sep).join('/');
  const place = createHash('sha256').update(dirname(file)).digest('hex').slice(0, 8);
  return `${place}/${basename(file)}`;
}

function csvRow(prediction: FilePrediction): string {
  const image = pathField(shownName(prediction.file));
  if ('error' in prediction) return `${image},,,${csvField(oneLine(prediction.error))}\n`;
  const outcome = prediction.defective ? 'defective' : 'ok';
  return `${image},${shortestFloat32(prediction.score)},${outcome},\n`;
}

function jsonEntry(prediction: FilePrediction): string {
  const image = shownName(prediction.file);
  if ('error' in prediction) return JSON.stringify({ image, score: null, error: prediction.error });
  const { score, defective } = prediction;
  const outcome = defective ? 'defective' : 'ok';
  return JSON.stringify({ image, score: Number(shortestFloat32(score)), outcome });
}

/** Prints predictions as they come: a JSON list, CSV, or lines for people. */
class Printer {
  readonly #session: Session;
  readonly #csv: boolean;
  /** Notes by kind. */
  readonly #told = new Map<string, number>();
  counts = { images: 0, defective: 0, unreadable: 0 };

  constructor(session: Session, csv: boolean) {
    this.#session = session;
    this.#csv = csv;
  }

  /** Images with a prediction that was shown. */
  get predicted(): number {
    return this.counts.images - this.counts.unreadable;
  }

  begin({ path, threshold }: Model): void {
    const { output } = this.#session;
    if (this.#csv) output.raw(header);
    if (!output.json) return;
    const head = JSON.stringify({ model: path, threshold }).slice(0, -1);
    output.raw(`${head}, "predictions": [`);
  }

  show(prediction: FilePrediction): void {
    const { output } = this.#session;
    const first = this.counts.images === 0;
    this.counts.images += 1;
    if ('error' in prediction) {
      this.counts.unreadable += 1;
      output.warn(prediction.error);
    } else {
      if (prediction.defective) this.counts.defective += 1;
      this.#tell(prediction);
    }
    if (output.json) output.raw(`${first ? '' : ','}\n${jsonEntry(prediction)}`);
    else if (this.#csv) output.raw(csvRow(prediction));
    else if (!('error' in prediction)) {
      const word = prediction.defective ? 'defective' : 'ok       ';
      output.line(
        `${prediction.score.toFixed(4)}  ${word}  ${oneLine(shownName(prediction.file))}`,
      );
    }
  }

  #tell({ file, notes }: Extract<FilePrediction, { readonly score: number }>): void {
    for (const { kind, text } of notes) {
      const told = (this.#told.get(kind) ?? 0) + 1;
      this.#told.set(kind, told);
      if (told <= mostOfAKind) this.#session.output.warn(`${shownName(file)} ${text}.`);
    }
  }

  end(): void {
    const { output } = this.#session;
    for (const told of this.#told.values()) {
      if (told > mostOfAKind)
        output.warn(`${counted(told - mostOfAKind, 'more warning')} like these.`);
    }
    const { images, defective, unreadable } = this.counts;
    if (output.json) output.raw('\n]}\n');
    const broken = unreadable > 0 ? `, ${unreadable} could not be read` : '';
    output.progress(`${counted(images, 'image')}: ${defective} defective${broken}.`);
  }
}

/** Asks for one after the other until there are no more. */
async function drained(rows: AsyncGenerator<string>): Promise<void> {
  while ((await rows.next()).done !== true);
}

/** Throws a UserError for flags that do not go together. */
function checkFlags(flags: PredictFlags): void {
  if (flags.heatmaps === true && flags.output === undefined) {
    throw new UserError('--heatmaps needs a folder to write them into; add --output DIR.');
  }
  if (flags.csv === true && flags.json === true) {
    throw new UserError('--csv and --json both print on stdout; choose one.');
  }
}

/** The threshold of this call in place of the model's own. */
function withThreshold(model: Model, threshold: number | undefined): Model {
  return threshold === undefined
    ? model
    : { ...model, threshold: { value: threshold, from: 'user' } };
}

/** CSV rows of the predictions; each is printed, and its heat map written, as it comes by. */
async function* rowsOf(
  predictions: AsyncIterable<FilePrediction>,
  { network }: Model,
  printer: Printer,
  heatmaps: HeatmapWriter | undefined,
): AsyncGenerator<string> {
  yield header;
  for await (const prediction of predictions) {
    if (heatmaps !== undefined && 'map' in prediction) {
      const size = { width: network.imageWidth, height: network.imageHeight };
      const map = mapAtSize({ ...mapSizeOf(network), values: prediction.map }, size);
      await heatmaps.write(heatmapName(prediction.file), map, size);
    }
    printer.show(prediction);
    yield csvRow(prediction);
  }
}

/** Prints all predictions, and writes them where --output says. */
async function printAll(
  predictions: AsyncIterable<FilePrediction>,
  model: Model,
  printer: Printer,
  flags: PredictFlags,
): Promise<void> {
  const output = flags.output === undefined ? undefined : resolve(flags.output);
  if (output !== undefined) await makeFolder(output);
  const heatmaps =
    flags.heatmaps === true && output !== undefined
      ? new HeatmapWriter(join(output, 'heatmaps'), keptFiles(output))
      : undefined;
  const rows = rowsOf(predictions, model, printer, heatmaps);
  printer.begin(model);
  try {
    if (output === undefined) await drained(rows);
    else await writeFileWhole(join(output, 'predictions.csv'), rows);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    const maps =
      heatmaps === undefined
        ? ''
        : `The heat maps of ${counted(printer.predicted, 'image')} were written, `;
    throw new DiskError(
      `${error.message} ${maps}${maps === '' ? 'P' : 'p'}redictions.csv was not.`,
      {
        cause: error,
      },
    );
  } finally {
    // Whatever happened, what was printed is a whole JSON document.
    printer.end();
  }
}

async function run(
  modelPath: string,
  inputs: readonly string[],
  flags: PredictFlags,
  session: Session,
): Promise<void> {
  checkFlags(flags);
  const [
    { realParts },
    { openModel },
    { predictFiles },
    { imageFiles, imageInputs },
    { calmReader },
    { orientedReader },
  ] = await Promise.all([
    import('../runs/parts.ts'),
    import('../runs/openModel.ts'),
    import('../runs/predict.ts'),
    import('../runs/imageFiles.ts'),
    import('../runs/pause.ts'),
    import('../data/images/reader.ts'),
  ]);
  const named = await imageInputs(inputs, process.cwd());
  if (flags.output !== undefined) {
    const inputFiles = named.flatMap((input) => ('path' in input ? [input.path] : []));
    await assertOutputFile(join(resolve(flags.output), 'predictions.csv'), [
      modelPath,
      ...inputFiles,
    ]);
  }
  const parts = await realParts();
  const signal = AbortSignal.any([session.signal, session.unread]);
  const limits = given({ memoryBytes: flags.modelMemory, seconds: flags.deadline });
  const options = given({ threads: flags.threads, memoryBytes: flags.memory, limits });
  const opened = await openModel(modelPath, { ...options, signal });
  const model = withThreshold(opened, flags.threshold);
  const reader = calmReader(orientedReader(parts.createReader(), model.orientation), { signal });
  // What is being decoded is not waited for.
  signal.addEventListener('abort', () => void reader.dispose(), { once: true });
  const printer = new Printer(session, flags.csv === true);
  try {
    const files = imageFiles(named, process.cwd());
    await printAll(predictFiles(model, files, reader, signal), model, printer, flags);
  } finally {
    await reader.dispose();
    await model.dispose();
  }
  const { images, unreadable } = printer.counts;
  if (images === 0) throw new UserError(`No images were found in ${inputs.join(', ')}.`);
  if (unreadable === images) throw new UserError('None of the images could be read.');
}

/** The command. */
export function predictCommand(door: Door): Command {
  return newCommand({
    name: 'predict',
    description: 'Score images with a trained run or an exported model.',
    examples: [
      'predict .segdec/runs/RUN photo.png',
      "predict model.onnx 'photos/**/*.jpg' --csv",
      'predict .segdec/runs/RUN photos @more.txt --output out --heatmaps --json',
    ],
  })
    .argument('<MODEL>', 'a run folder or a .onnx file')
    .argument(
      '<FILE...>',
      'images, folders (without masks), globs, or @list.txt with one path a line',
    )
    .option('--output <dir>', 'write predictions.csv (and heat maps) into this folder')
    .option('--csv', 'print CSV rows on stdout')
    .option(
      '--heatmaps',
      'write a heat map for each image, as large as the input of the network (needs --output)',
    )
    .option(
      '--threshold <p>',
      "scores at or above it are defective (the model's)",
      decimalNumber('--threshold', { min: 0, max: 1 }),
    )
    .option('--memory <GiB>', 'budget from which the forms are chosen', gibibytes('--memory'))
    .option(
      '--threads <n>',
      'threads of the engine (one a core, at most 16)',
      wholeNumber('--threads', { min: 1, max: mostThreads }),
    )
    .option(
      '--model-memory <GiB>',
      'memory that a model may have before it is refused or ended (4 for a .onnx file)',
      gibibytes('--model-memory'),
    )
    .option(
      '--deadline <s>',
      'seconds that an image may take before the model is refused or ended (120 for a .onnx file)',
      decimalNumber('--deadline', { above: 0, max: 1_000_000 }),
    )
    .action((model: string, files: string[], flags: PredictFlags) =>
      run(model, files, flags, door.open(flags)),
    );
}
