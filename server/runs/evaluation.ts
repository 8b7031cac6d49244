/** Scoring a whole dataset with one set of weights: scores, heat maps, all metrics, in memory. */
import { counted } from '../../protocol/counted.ts';
import { join } from 'node:path';
import { UserError } from '../../protocol/errors.ts';
import type { Sample, Split } from '../../protocol/dataset.ts';
import { mapSizeOf } from '../../protocol/mapGeometry.ts';
import { isDefective, outcomeOf } from '../../protocol/outcome.ts';
import type { NetworkSpec, RunEventBody, ShippedThreshold } from '../../protocol/run.ts';
import type { ImageReader } from '../data/images/reader.ts';
import type { Prediction } from '../engines/engine.ts';
import { PixelMetrics, imageMetrics } from '../metrics/index.ts';
import type { PixelResult } from '../metrics/index.ts';
import { defaultThreshold } from './defaults.ts';
import type { HeatmapWriter } from './heatmaps.ts';
import { metricsSchemaVersion } from './metricsFile.ts';
import type { MetricsFile } from './metricsFile.ts';
import { comparePixels, pixelsKnown } from './pixels.ts';
import { prepareImage } from './preparedSample.ts';
import { supervisionOf } from './scoresFile.ts';
import type { ScoreRow } from './scoresFile.ts';
import { score } from './scoring.ts';
import type { Scorer } from './scoring.ts';
import { chooseThreshold, labelsAndScores } from './shippedThreshold.ts';
import type { ScoredSample } from './shippedThreshold.ts';
import type { ValidationRule } from './runFile.ts';
import { validationSplit } from './splits.ts';
import { assertFewUnread } from './unreadShare.ts';
import { segdecVersion } from './version.ts';

export interface EvaluationRequest {
  readonly predict: Scorer;
  readonly reader: ImageReader;
  /** The dataset folder. */
  readonly root: string;
  /** With the splits that the run used. */
  readonly samples: readonly Sample[];
  readonly network: NetworkSpec;
  /** Images whose masks were trained on. */
  readonly segmented: ReadonlySet<string>;
  readonly rule: ValidationRule;
  readonly split: Split;
  readonly weightsEpoch: number;
  /** Set by the user or kept from before; else chosen on validation or train. */
  readonly threshold?: ShippedThreshold;
  /** Writes a heat map for every image, if given. */
  readonly heatmaps?: HeatmapWriter;
  readonly stopAsked: () => Promise<boolean>;
  readonly emit: (event: RunEventBody) => Promise<void>;
  readonly onScored?: (done: number, total: number) => void;
}

export interface Evaluation {
  readonly metrics: MetricsFile;
  readonly rows: readonly ScoreRow[];
}

/** Milliseconds between the lines in the event log that say how far scoring is. */
const reportInterval = 10_000;

interface Pass {
  readonly scored: readonly (ScoredSample & { readonly sample: Sample })[];
  readonly pixels: PixelResult;
}

/** Scores every image; pixels are compared for the labelled images of the split whose pixels are known. */
async function scoreAll(request: EvaluationRequest): Promise<Pass> {
  const { samples, split, onScored } = request;
  const pixels = new PixelMetrics();
  // Without a mask in the split every pixel figure is undefined: nothing needs to be compared.
  const hasMasks = samples.some((s) => s.split === split && s.mask !== undefined && pixelsKnown(s));
  const scored: (ScoredSample & { readonly sample: Sample })[] = [];
  let reported = performance.now();
  const load = (index: number) => loadOrWarn(request, samples[index] as Sample);
  const nameOf = (index: number): string => (samples[index] as Sample).image;
  const scoring = score([...samples.keys()], { ...request, load, nameOf });
  for await (const { index, prediction } of scoring) {
    const sample = samples[index] as Sample;
    scored.push({ sample, score: prediction?.probability ?? null });
    if (prediction !== undefined) await keepMap(request, sample, prediction);
    const compared = hasMasks && sample.split === split && pixelsKnown(sample);
    if (prediction !== undefined && compared) {
      await addPixels(request, pixels, sample, prediction);
    }
    onScored?.(scored.length, samples.length);
    if (performance.now() - reported > reportInterval) {
      reported = performance.now();
      const message = `Scored ${scored.length} of ${counted(samples.length, 'image')}.`;
      await request.emit({ kind: 'state', state: 'running', message });
    }
  }
  return { scored, pixels: pixels.result() };
}

/** The image at the input size; one that cannot be read costs a warning and nothing else. */
async function loadOrWarn(request: EvaluationRequest, sample: Sample) {
  try {
    return await prepareImage(request.reader, join(request.root, sample.image), request.network);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await request.emit({ kind: 'warning', message: error.message, file: sample.image });
    return undefined;
  }
}

async function keepMap(
  { heatmaps, network }: EvaluationRequest,
  sample: Sample,
  { map }: Prediction,
): Promise<void> {
  await heatmaps?.write(sample.image, map, mapSizeOf(network));
}

async function addPixels(
  request: EvaluationRequest,
  pixels: PixelMetrics,
  sample: Sample,
  { map }: Prediction,
): Promise<void> {
  const { reader, root, network } = request;
  const compared = await comparePixels(reader, root, sample, network, map);
  if (typeof compared !== 'string') return pixels.add(compared);
  const message = `${compared.replace(/\.$/, '')}; it is left out of the pixel metrics.`;
  await request.emit({ kind: 'warning', message, file: sample.image });
}

function countOutcomes(rows: readonly ScoreRow[]) {
  const count = (outcome: string): number => rows.filter((row) => row.outcome === outcome).length;
  return {
    truePositives: count('TP'),
    falsePositives: count('FP'),
    falseNegatives: count('FN'),
    trueNegatives: count('TN'),
  };
}

/** Defective images of a split by kind, and how many reach the threshold. */
function byKind(scored: Pass['scored'], split: Split, threshold: number) {
  const kinds = new Map<string, { images: number; found: number }>();
  for (const { sample, score: value } of scored) {
    if (sample.split !== split || sample.label !== 'defective' || value === null) continue;
    const { images, found } = kinds.get(sample.kind) ?? { images: 0, found: 0 };
    const hit = isDefective(value, threshold) ? 1 : 0;
    kinds.set(sample.kind, { images: images + 1, found: found + hit });
  }
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, n]) => ({ kind, ...n }));
}

function metricsOf(
  request: EvaluationRequest,
  { scored, pixels }: Pass,
  rows: readonly ScoreRow[],
  shippedThreshold: ShippedThreshold,
): MetricsFile {
  const { root, rule, split, weightsEpoch } = request;
  const { labels, scores } = labelsAndScores(scored, split);
  const { reasons, curves, ...perImage } = imageMetrics(labels, scores);
  const { pixelThreshold, defectsByArea, reasons: pixelReasons, ...perPixel } = pixels;
  const positives = labels.filter((label) => label === 1).length;
  return {
    schemaVersion: metricsSchemaVersion,
    writtenBy: segdecVersion,
    needs: '0.1.0',
    dataset: root,
    split,
    alsoValidatedOn: validationSplit(rule) === split,
    weightsEpoch,
    shippedThreshold,
    metrics: { ...perImage, ...perPixel },
    reasons: { ...reasons, ...pixelReasons },
    atShippedThreshold: countOutcomes(rows.filter((row) => row.split === split)),
    images: { scored: labels.length, positives, negatives: labels.length - positives },
    unreadable: rows.filter((row) => row.score === null).map((row) => row.image),
    kinds: byKind(scored, split, shippedThreshold.value),
    defectsByArea,
    pixelThreshold,
    curves,
  };
}

/**
 * Scores all samples and computes the metrics of one split. Throws a CancelledError when asked to
 * stop, and a UserError when nothing can be read.
 */
export async function evaluateSamples(request: EvaluationRequest): Promise<Evaluation> {
  const pass = await scoreAll(request);
  const unread = pass.scored.filter(({ score: value }) => value === null);
  if (unread.length === pass.scored.length) {
    throw new UserError(`None of the images in ${request.root} can be read.`);
  }
  assertFewUnread(
    unread.length,
    pass.scored.length,
    `images in ${request.root}`,
    unread[0]?.sample.image,
  );
  const shipped =
    request.threshold ?? chooseThreshold(pass.scored, request.rule) ?? defaultThreshold;
  const rows = pass.scored.map(({ sample, score: value }) => ({
    image: sample.image,
    label: sample.label,
    supervision: supervisionOf(sample, request.segmented),
    split: sample.split,
    score: value,
    outcome: outcomeOf(sample.label, value, shipped.value),
  }));
  return { metrics: metricsOf(request, pass, rows, shipped), rows };
}
