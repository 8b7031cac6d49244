/** Compares the method on the ONNX engine with reference fixtures; what each figure means: docs/parity.md. */
import type { LayerForms, StepFactors, TrainingSample } from '../../server/engines/engine.ts';
import { chooseForms } from '../../server/engines/onnx/chooseForms.ts';
import { emitModel } from '../../server/engines/onnx/emitter.ts';
import {
  convolutionLayers,
  directForms,
  suitsMinimalFiltering,
} from '../../server/engines/onnx/forms.ts';
import { OnnxEngine } from '../../server/engines/onnx/onnxEngine.ts';
import { GraphSession, type Feed } from '../../server/engines/onnx/session.ts';
import { GRADIENT, STEP_INPUTS, traceStep } from '../../server/engines/onnx/trace/methodTraces.ts';
import { prepareLabels } from '../../server/method/labels.ts';
import { imageMetrics } from '../../server/metrics/index.ts';
import {
  readLabelCases,
  readMetricCases,
  readSteps,
  type GradientKind,
  type Losses,
  type StepFixture,
} from './fixtures.ts';

const THREADS = 2;
/** The size at which "the forms that training chooses" are taken, and its default memory budget. */
const TRAINING_SIZE = { width: 1, imageWidth: 232, imageHeight: 640 } as const;
const TRAINING_MEMORY = 4 * 1024 ** 3;

export interface ParityFigures {
  readonly logits: number;
  readonly losses: number;
  readonly gradients: number;
  readonly gradientsP90: number;
  readonly gradientsLargest: number;
  readonly trajectory: number;
  readonly labels: number;
  readonly metrics: number;
}

export interface FormLine {
  readonly layer: string;
  readonly pass: 'forward' | 'inputGradient' | 'filterGradient';
  readonly form: string;
}

/** Errors of all fixtures before they become one figure each. */
interface Errors {
  logits: number[];
  losses: number[];
  gradients: number[];
  trajectory: number[];
}

function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (const value of Array.from(values)) sum += value ** 2;
  return Math.sqrt(sum);
}

const difference = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: b.length }, (_, i) => (a[i] ?? Number.NaN) - (b[i] ?? 0));

/** Relative, but absolute where the expected value is below 1e-7. */
function relative(got: number, expected: number): number {
  const error = Math.abs(got - expected);
  return Math.abs(expected) < 1e-7 ? error : error / Math.abs(expected);
}

/** NaN counts as infinitely wrong, so that it cannot hide in a maximum. */
function quantile(errors: readonly number[], q: number): number {
  const sorted = errors.map((e) => (Number.isNaN(e) ? Infinity : e)).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Infinity;
}

const largest = (errors: readonly number[]): number => quantile(errors, 1);

/** Forms that training picks at width 1 and 232 x 640, put on every layer that is wide enough to show them. */
export function chosenForms(fixture: StepFixture): LayerForms[] {
  const { variant, channels } = fixture.network;
  const chosen = new Map(
    chooseForms({ variant, channels, ...TRAINING_SIZE }, TRAINING_MEMORY).map((f) => [f.layer, f]),
  );
  const direct = new Map(directForms(fixture.network).map((f) => [f.layer, f]));
  return convolutionLayers(fixture.network).flatMap((layer) => {
    const forms = (suitsMinimalFiltering(layer) ? chosen : direct).get(layer.name);
    return forms === undefined ? [] : [forms];
  });
}

function feedsOf(fixture: StepFixture, gamma: number): Record<string, Feed> {
  const { network, lambda, delta, classTarget } = fixture;
  const { channels, imageHeight, imageWidth } = network;
  const map = [1, 1, imageHeight / 8, imageWidth / 8];
  const number = (value: number, shape: number[] = []): Feed => ({
    data: Float32Array.of(value),
    shape,
  });
  return {
    ...Object.fromEntries(fixture.weights),
    [STEP_INPUTS.image]: { data: fixture.image, shape: [1, channels, imageHeight, imageWidth] },
    [STEP_INPUTS.target]: { data: fixture.tensor('target').data, shape: map },
    [STEP_INPUTS.weight]: { data: fixture.tensor('weight').data, shape: map },
    [STEP_INPUTS.classTarget]: number(classTarget, [1]),
    [STEP_INPUTS.segmentationFactor]: number(lambda * gamma),
    [STEP_INPUTS.classificationFactor]: number((1 - lambda) * delta),
  };
}

function totalOf(fixture: StepFixture, losses: Omit<Losses, 'total'>, gamma: number): Losses {
  const { lambda, delta } = fixture;
  const total = lambda * gamma * losses.segmentation + (1 - lambda) * delta * losses.classification;
  return { ...losses, total };
}

const LOSSES = ['segmentation', 'classification', 'total'] as const;

/** One step: logits, losses, and gradient norms with the stop, without it, and for a weak positive. */
async function compareStep(
  fixture: StepFixture,
  forms: LayerForms[],
  errors: Errors,
): Promise<void> {
  const kinds = { stopped: 'stopped', flowing: 'flowing', weakPositive: 'weak' } as const;
  for (const kind of ['stopped', 'flowing', 'weakPositive'] as readonly GradientKind[]) {
    const gamma = kind === 'weakPositive' ? 0 : 1;
    const model = emitModel(traceStep(fixture.network, kinds[kind], 'gradients'), { forms });
    const session = await GraphSession.create(model, { threads: THREADS });
    const values = await session.run(feedsOf(fixture, gamma));
    await session.dispose();
    for (const [name, expected] of Object.entries(fixture.gradientNorms[kind])) {
      errors.gradients.push(relative(norm(values[GRADIENT + name] ?? []), expected));
    }
    if (kind !== 'stopped') continue;
    const map = fixture.tensor('seg_logits').data;
    errors.logits.push(norm(difference(values['map'] ?? [], map)) / norm(map));
    errors.logits.push(norm(difference(values['logit'] ?? [], fixture.tensor('class_logit').data)));
    const got = totalOf(
      fixture,
      {
        segmentation: values['segmentation']?.[0] ?? Number.NaN,
        classification: values['classification']?.[0] ?? Number.NaN,
      },
      gamma,
    );
    for (const loss of LOSSES) errors.losses.push(relative(got[loss], fixture.losses[loss]));
  }
}

/** The losses before each of the fixture's SGD steps, on the engine that training uses. */
async function compareTrajectory(
  fixture: StepFixture,
  forms: LayerForms[],
  errors: Errors,
): Promise<void> {
  const { network, weights, lambda, delta, eta, classTarget } = fixture;
  const engine = new OnnxEngine({
    network,
    weights,
    forms,
    threads: THREADS,
    memoryBytes: TRAINING_MEMORY,
  });
  const factors: StepFactors = {
    segmentation: lambda,
    classification: (1 - lambda) * delta,
    learningRate: eta,
    gradientStop: true,
  };
  for (const expected of fixture.steps) {
    const sample: TrainingSample = {
      data: fixture.image,
      target: fixture.tensor('target').data,
      weight: fixture.tensor('weight').data,
      classTarget,
      segmented: expected.gamma !== 0,
    };
    const [losses] = await engine.step([sample], factors);
    if (losses === undefined) throw new Error('The step gave no losses.');
    const got = totalOf(fixture, losses, expected.gamma);
    for (const loss of LOSSES) errors.trajectory.push(relative(got[loss], expected[loss]));
  }
  await engine.dispose();
}

/** Largest absolute error of targets and weights over all label cases. */
export async function compareLabels(folder: string): Promise<number> {
  const { cases, tensor } = await readLabelCases(folder);
  const errors = cases.flatMap((c, index) => {
    const mask = tensor(`mask/${c.mask}`);
    const [height = 0, width = 0] = mask.shape;
    const got = prepareLabels({ data: Uint8Array.from(mask.data), width, height }, undefined, {
      imageWidth: c.width,
      imageHeight: c.height,
      dilation: c.dilation,
      positiveWeight: c.wPos,
      distancePower: c.p,
      distanceWeights: true,
      weightsPerRegion: false,
    });
    return [
      ...difference(got.target, tensor(`${index}/target`).data),
      ...difference(got.weight, tensor(`${index}/weight`).data),
    ].map(Math.abs);
  });
  return largest(errors);
}

/** Largest absolute error over all metrics; a value where null is expected, or the reverse, is infinitely wrong. */
export async function compareMetrics(folder: string): Promise<number> {
  const errors = (await readMetricCases(folder)).flatMap(({ labels, scores, expected }) => {
    const got: Readonly<Record<string, unknown>> = { ...imageMetrics(labels, scores) };
    return Object.entries(expected).map(([name, value]) => {
      const ours = got[name];
      if (value === null || typeof ours !== 'number') return value === ours ? 0 : Infinity;
      return Math.abs(ours - value);
    });
  });
  return largest(errors);
}

async function compareWith(
  folder: string,
  fixtures: readonly StepFixture[],
  formsOf: (fixture: StepFixture) => LayerForms[],
): Promise<ParityFigures> {
  const errors: Errors = { logits: [], losses: [], gradients: [], trajectory: [] };
  for (const fixture of fixtures) {
    await compareStep(fixture, formsOf(fixture), errors);
    await compareTrajectory(fixture, formsOf(fixture), errors);
  }
  return {
    logits: largest(errors.logits),
    losses: largest(errors.losses),
    gradients: quantile(errors.gradients, 0.5),
    gradientsP90: quantile(errors.gradients, 0.9),
    gradientsLargest: largest(errors.gradients),
    trajectory: quantile(errors.trajectory, 0.5),
    labels: await compareLabels(folder),
    metrics: await compareMetrics(folder),
  };
}

/** Which form each layer and pass took, over all fixtures, each combination once. */
function formLines(fixtures: readonly StepFixture[]): FormLine[] {
  const passes = ['forward', 'inputGradient', 'filterGradient'] as const;
  const lines = new Map<string, FormLine>();
  for (const fixture of fixtures) {
    for (const forms of chosenForms(fixture)) {
      for (const pass of passes) {
        const line = { layer: forms.layer.replace('.0.weight', ''), pass, form: forms[pass] };
        lines.set(`${fixture.network.variant} ${Object.values(line).join(' ')}`, line);
      }
    }
  }
  return [...lines.values()];
}

export interface ParityReport {
  readonly direct: ParityFigures;
  readonly chosen: ParityFigures & { readonly forms: readonly FormLine[] };
}

export async function compareFolder(folder: string): Promise<ParityReport> {
  const fixtures = await readSteps(folder);
  const direct = await compareWith(folder, fixtures, (f) => directForms(f.network));
  const chosen = await compareWith(folder, fixtures, chosenForms);
  return { direct, chosen: { ...chosen, forms: formLines(fixtures) } };
}
