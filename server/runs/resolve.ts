/**
 * From what was asked to everything that a run needs: flags over segdec.json over what the dataset and
 * the preset say. Each value notes where it came from.
 */
import { resolve } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import type { Sample } from '../../protocol/dataset.ts';
import type {
  DeviceName,
  EngineName,
  NetworkSpec,
  PresetName,
  TrainingSettings,
  Variant,
} from '../../protocol/run.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ImageReader } from '../data/images/reader.ts';
import { chooseSegmented } from '../data/segmented.ts';
import type { Weights } from '../engines/engine.ts';
import { checkInputSize } from '../method/network.ts';
import { classTargetOf, presetOfLayout, presetSettings } from '../method/presets.ts';
import {
  defaultCacheBytes,
  defaultMemoryBytes,
  defaultThreads,
  defaultValidationEvery,
  gibibyte,
} from './defaults.ts';
import { Origins } from './origins.ts';
import type { Candidate } from './origins.ts';
import type { RunParts } from './parts.ts';
import { dataFolder, openProject, settingsFor } from './projectFile.ts';
import type { Project, ProjectSettings } from './projectFile.ts';
import type { PixelSize, TrainRequest } from './request.ts';
import type { TrainedRunFile, ValidationRule } from './runFile.ts';
import { applyValidation, labelledOf, trainingSet } from './splits.ts';
import type { TrainingSet } from './splits.ts';
import { readStartingWeights } from './startingWeights.ts';
import type { StartingWeights } from './startingWeights.ts';

export interface ResolvedRun {
  readonly project: Project;
  /** With all labels known. */
  readonly dataset: Dataset;
  /** The dataset's samples with the validation rule applied. */
  readonly samples: readonly Sample[];
  readonly datasetOptions: Pick<
    TrainedRunFile['dataset'],
    'class' | 'onlyClass' | 'fold' | 'splitSeed' | 'followLinks'
  >;
  readonly training: TrainingSet;
  /** Images whose masks are used. */
  readonly segmented: ReadonlySet<string>;
  readonly network: NetworkSpec;
  readonly preset: PresetName;
  readonly settings: TrainingSettings;
  readonly seed: number;
  readonly validation: ValidationRule;
  readonly weights: 'last' | 'best';
  readonly from: StartingWeights | undefined;
  readonly engine: Pick<
    TrainedRunFile['engine'],
    'name' | 'requestedDevice' | 'threads' | 'memoryBytes'
  >;
  readonly cacheBytes: number;
  /** Weights to start from: another run's, or drawn by seed. */
  startingWeights(): Weights;
  readonly origins: Origins;
}

/** The flag, then segdec.json's value: the two that come before everything inferred. */
function asked<T>(flag: T | undefined, inFile: T | undefined): [Candidate<T>, Candidate<T>] {
  return [
    ['asked', flag],
    ['segdec.json', inFile],
  ];
}

function sizeInFile({ size }: ProjectSettings): PixelSize | undefined {
  const [width, height] = (size ?? '').split('x').map(Number);
  return width !== undefined && height !== undefined ? { width, height } : undefined;
}

function refuseBrokenLabels(dataset: Dataset): void {
  const broken = dataset.findings.filter((f) => f.kind === 'label-row' && f.severity === 'error');
  const first = broken[0];
  if (first === undefined) return;
  const more = broken.length > 1 ? ` (and ${broken.length - 1} more; see \`segdec inspect\`)` : '';
  throw new UserError(`${first.message.replace(/\.$/, '')}${more}.`);
}

/** What each value is resolved from: the flags, segdec.json, and where to note its origin. */
interface Sources {
  readonly request: TrainRequest;
  readonly inFile: ProjectSettings;
  readonly origins: Origins;
}

function validationRule(
  { request, inFile, origins }: Sources,
  samples: readonly Sample[],
): ValidationRule {
  const has = (split: Sample['split']): boolean => labelledOf(samples, split).length > 0;
  const wanted = origins.pick<number | 'test' | 'none' | 'split'>(
    'validation',
    ...asked(request.validation, inFile.validation),
    ['dataset', has('val') ? 'split' : undefined],
    ['default', 'none'],
  );
  const every = origins.pick<number>(
    'validationEvery',
    ['asked', request.validationEvery],
    ['default', defaultValidationEvery],
  );
  if (typeof wanted === 'number') return { on: 'fraction', fraction: wanted, every };
  if (wanted === 'test' && !has('test')) {
    throw new UserError(
      '--validation test needs a test split with labelled images; there is none.',
    );
  }
  return { on: wanted, fraction: null, every };
}

async function networkOf(
  { request, inFile, origins }: Sources,
  from: StartingWeights | undefined,
  dataset: Dataset,
  reader: ImageReader,
): Promise<NetworkSpec> {
  const start = from?.network;
  const fromRun = 'the weights started from';
  const variant = origins.pick<Variant>(
    'variant',
    ...asked(request.variant, inFile.variant),
    [fromRun, start?.variant],
    ['default', 'paper'],
  );
  const width = origins.pick(
    'width',
    ...asked(request.width, inFile.width),
    [fromRun, start?.width],
    ['default', 1],
  );
  const size = request.size ?? sizeInFile(inFile);
  const needsDataset =
    size === undefined || (request.channels === undefined && start === undefined);
  const ofDataset = needsDataset ? await dataset.defaultSize(reader) : undefined;
  const { width: imageWidth, height: imageHeight } = origins.pick<PixelSize>(
    'size',
    ...asked(request.size, sizeInFile(inFile)),
    ['dataset', ofDataset && { width: ofDataset.imageWidth, height: ofDataset.imageHeight }],
  );
  const channels = origins.pick<1 | 3>(
    'channels',
    ['asked', request.channels],
    [fromRun, start?.channels],
    ['dataset', ofDataset?.channels],
  );
  checkInputSize(imageWidth, imageHeight);
  return { variant, width, channels, imageWidth, imageHeight };
}

function settingsOf(
  { request, inFile, origins }: Sources,
  preset: PresetName,
  network: NetworkSpec,
  counts: { readonly segmented: number; readonly positives: number },
): TrainingSettings {
  const ofPreset = {
    ...presetSettings(preset, counts.segmented, counts.positives),
    classTarget: classTargetOf(network.variant),
  };
  const entries = Object.entries(ofPreset).map(([name, value]) => {
    const key = name as keyof TrainingSettings;
    return [
      name,
      origins.pick<unknown>(
        name,
        ...asked<unknown>(request.settings?.[key], inFile.settings?.[key]),
        [name === 'classTarget' ? `variant ${network.variant}` : `preset ${preset}`, value],
      ),
    ];
  });
  // Every key of the preset's settings with a value of the same key.
  return Object.fromEntries(entries) as TrainingSettings;
}

function weightsOf(
  { request, inFile, origins }: Sources,
  preset: PresetName,
  validation: ValidationRule,
): 'last' | 'best' {
  const validated = validation.on !== 'none';
  const weights = origins.pick<'last' | 'best'>(
    'weights',
    ...asked(request.weights, inFile.weights),
    // docs/method.md, "Presets": on Severstal the best on a validation split.
    ['preset severstal', preset === 'severstal' && validated ? 'best' : undefined],
    ['default', 'last'],
  );
  if (weights === 'best' && !validated) {
    throw new UserError(
      '--weights best needs something to validate on; add --validation with a fraction such as 0.2.',
    );
  }
  return weights;
}

async function openData(
  request: TrainRequest,
  project: Project,
  reader: ImageReader,
  parts: RunParts,
  origins: Origins,
  signal: AbortSignal | undefined,
) {
  const named = request.dataset === undefined ? undefined : resolve(request.dataset);
  const folder = named ?? (await dataFolder(request.data, project));
  const inFile = named === undefined ? settingsFor(folder, project) : project.settings;
  const className = origins.pickIfAny('class', ...asked(request.class, inFile.class));
  const onlyClass = origins.pickIfAny('onlyClass', ...asked(request.onlyClass, inFile.onlyClass));
  const fold = origins.pickIfAny('fold', ...asked(request.fold, inFile.fold));
  const wanted = request.layout ?? inFile.layout;
  const splitSeed = request.splitSeed ?? 0;
  const followLinks = inFile.followLinks ?? true;
  const listed = await parts.openDataset(folder, {
    ...{ seed: splitSeed, followLinks, isChosen: inFile.dataset !== undefined },
    ...(wanted === undefined ? {} : { layout: wanted }),
    ...(className === undefined ? {} : { class: className }),
    ...(onlyClass === undefined ? {} : { onlyClass }),
    ...(fold === undefined ? {} : { fold }),
    ...(inFile.orientation === undefined ? {} : { orientation: inFile.orientation }),
    ...(signal === undefined ? {} : { signal }),
  });
  origins.note('data', listed.root, 'asked');
  origins.pick('layout', ...asked(request.layout, inFile.layout), ['detected', listed.layout]);
  origins.pick('splitSeed', ['asked', request.splitSeed], ['default', splitSeed]);
  refuseBrokenLabels(listed);
  const dataset = await parts.resolveLabels(listed, reader, signal);
  refuseBrokenLabels(dataset);
  const chosenFold = fold ?? (listed.folds > 0 ? 0 : null);
  const datasetOptions = {
    class: className ?? null,
    onlyClass: onlyClass ?? false,
    fold: chosenFold,
    splitSeed,
    followLinks,
  };
  return { dataset, inFile, datasetOptions };
}

/** A limit of this machine: flag, segdec.json, the editor's settings, default. */
function limitOf(
  { request, inFile, origins }: Sources,
  name: 'threads' | 'memoryBytes',
  [origin, fallback]: Candidate<number>,
): number {
  const memory = inFile.memory === undefined ? undefined : inFile.memory * gibibyte;
  const ofProject = name === 'threads' ? inFile.threads : memory;
  const ofMachine = request.machine?.[name];
  const differs = ofMachine !== undefined && ofProject !== ofMachine;
  return origins.pick<number>(
    name,
    ['asked', request[name]],
    [differs ? "segdec.json, over this machine's settings" : 'segdec.json', ofProject],
    ["this machine's settings", ofMachine],
    [origin, fallback],
  );
}

function engineOf(sources: Sources) {
  const { request, inFile, origins } = sources;
  return {
    name: origins.pick<EngineName>('engine', ...asked(request.engine, inFile.engine), [
      'default',
      'onnx',
    ]),
    requestedDevice: origins.pick<DeviceName>('device', ...asked(request.device, inFile.device), [
      'default',
      'auto',
    ]),
    threads: limitOf(sources, 'threads', ['this machine', defaultThreads()]),
    memoryBytes: limitOf(sources, 'memoryBytes', ['default', defaultMemoryBytes]),
  };
}

/**
 * Resolves a request. Reads the dataset's names, label files and, where the label is in the mask, masks.
 * Throws a UserError for anything that cannot be trained as asked.
 */
export async function resolveRun(
  request: TrainRequest,
  reader: ImageReader,
  parts: RunParts,
  signal?: AbortSignal,
): Promise<ResolvedRun> {
  const origins = new Origins();
  const project = await openProject(request.data);
  const data = await openData(request, project, reader, parts, origins, signal);
  const { dataset, inFile, datasetOptions } = data;
  const seed = origins.pick<number>('seed', ...asked(request.seed, inFile.seed), ['default', 0]);
  const sources = { request, inFile, origins };
  const validation = validationRule(sources, dataset.samples);
  const samples = applyValidation(dataset.samples, validation, seed);
  const training = trainingSet(samples, dataset.root);
  const wanted = origins.pick<number | 'all' | readonly string[]>(
    'segmented',
    ...asked<number | 'all' | readonly string[]>(request.segmented, inFile.segmented),
    ['default', 'all'],
  );
  const segmented = chooseSegmented(training.positives, wanted, seed);
  const from = request.from === undefined ? undefined : await readStartingWeights(request.from);
  if (from !== undefined) origins.note('from', from.path, 'asked');
  const preset = origins.pick('preset', ...asked(request.preset, inFile.preset), [
    `layout ${dataset.layout}`,
    presetOfLayout(dataset.layout),
  ]);
  const network = await networkOf(sources, from, dataset, reader);
  const counts = { segmented: segmented.size, positives: training.positives.length };
  const settings = settingsOf(sources, preset, network, counts);
  const weights = weightsOf(sources, preset, validation);
  const cacheBytes = origins.pick<number>(
    'cacheBytes',
    ['asked', request.cacheBytes],
    ['default', defaultCacheBytes],
  );
  return {
    ...{ project, dataset, samples, datasetOptions, training, segmented, network, preset },
    ...{ settings, seed, validation, weights, from, cacheBytes, origins },
    engine: engineOf(sources),
    startingWeights: () => from?.weights ?? parts.initialWeights(network, seed),
  };
}
