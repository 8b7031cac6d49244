/**
 * The default engine: the method's traces as ONNX graphs, run by ONNX Runtime.
 * Weights are inputs and outputs of the training graphs (two buffers that take turns) and constants of the
 * inference graph, which is made anew when they have changed.
 */
import * as ort from 'onnxruntime-node';
import { UserError } from '../../../protocol/errors.ts';
import type { StepKind } from '../../method/step.ts';
import { isClassificationTensor, tensorShapes } from '../../method/network.ts';
import { checkedPrediction } from '../checkedPrediction.ts';
import type {
  Engine,
  EngineDescription,
  EngineOptions,
  InputImage,
  Prediction,
  StepFactors,
  StepLosses,
  TrainingSample,
  Weights,
} from '../engine.ts';
import { emitModel } from './emitter.ts';
import { chooseForms, chooseInferenceForms } from './chooseForms.ts';
import { GraphSession, type Feed } from './session.ts';
import { GRADIENT, STEP_INPUTS, traceInference, traceStep, UPDATED } from './trace/methodTraces.ts';

type Buffers = Map<string, Float32Array>;
type StepResult = 'update' | 'gradients';

export class OnnxEngine implements Engine {
  readonly description: EngineDescription;
  private readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Sessions of the training step by kind and result, made when first needed. */
  private readonly steps = new Map<string, Promise<GraphSession>>();
  private inference: Promise<GraphSession> | undefined;
  private weights: Buffers;
  private spare: Buffers;

  constructor(private readonly options: EngineOptions) {
    this.shapes = tensorShapes(options.network);
    const forms = options.forms ?? chooseForms(options.network, options.memoryBytes);
    this.description = {
      engine: 'onnx',
      device: 'cpu',
      threads: options.threads,
      forms,
      versions: { 'onnxruntime-node': ort.env.versions.node ?? 'unknown' },
    };
    this.weights = this.newBuffers();
    this.spare = this.newBuffers();
    this.importState(options.weights);
  }

  async step(
    batch: readonly TrainingSample[],
    factors: StepFactors,
  ): Promise<readonly StepLosses[]> {
    this.dropInference();
    if (batch.length === 1 && batch[0] !== undefined) {
      const losses = await this.runStep(batch[0], factors, 'update', this.spare, UPDATED);
      this.swapWhatWasUpdated(batch[0], factors);
      return [losses];
    }
    return this.summedStep(batch, factors);
  }

  async predict(images: readonly InputImage[]): Promise<readonly Prediction[]> {
    this.inference ??= this.makeInference();
    const session = await this.inference;
    const { channels, imageHeight, imageWidth } = this.options.network;
    const mapLength = (imageHeight / 8) * (imageWidth / 8);
    const predictions: Prediction[] = [];
    for (const image of images) {
      const result = await session.run({
        [STEP_INPUTS.image]: { data: image.data, shape: [1, channels, imageHeight, imageWidth] },
      });
      const outputs = { probability: result['probability'], map: result['map'] };
      predictions.push(checkedPrediction(outputs, mapLength, this.options.source ?? 'The network'));
    }
    return predictions;
  }

  exportState(): Weights {
    return new Map(
      [...this.shapes].map(([name, shape]) => [name, { shape, data: this.buffer(name).slice() }]),
    );
  }

  importState(weights: Weights): void {
    for (const [name, shape] of this.shapes) {
      const given = weights.get(name);
      if (given?.shape.join() !== shape.join()) {
        const found = given === undefined ? 'is missing' : `is ${given.shape.join('x')}`;
        throw new UserError(
          `The weights are of another network: ${name} ${found}, but this network needs ${shape.join('x')}.`,
        );
      }
    }
    for (const name of this.shapes.keys()) this.buffer(name).set(weights.get(name)?.data ?? []);
    this.dropInference();
  }

  async dispose(): Promise<void> {
    const sessions = [...this.steps.values()];
    if (this.inference !== undefined) sessions.push(this.inference);
    this.steps.clear();
    this.inference = undefined;
    for (const session of sessions) await (await session).dispose();
  }

  private newBuffers(): Buffers {
    return new Map(
      [...this.shapes].map(([name, shape]) => [
        name,
        new Float32Array(shape.reduce((a, b) => a * b, 1)),
      ]),
    );
  }

  private buffer(name: string): Float32Array {
    const buffer = this.weights.get(name);
    if (buffer === undefined) throw new Error(`There is no weight ${name}.`);
    return buffer;
  }

  /** Batch of several: gradients of single samples summed, then one update. */
  private async summedStep(
    batch: readonly TrainingSample[],
    factors: StepFactors,
  ): Promise<StepLosses[]> {
    const sum = this.newBuffers();
    const losses: StepLosses[] = [];
    for (const sample of batch) {
      const gradients: Buffers = new Map();
      losses.push(await this.runStep(sample, factors, 'gradients', gradients, GRADIENT));
      for (const [name, gradient] of gradients) {
        const total = sum.get(name);
        if (total === undefined) continue;
        for (let i = 0; i < total.length; i += 1) total[i] = (total[i] ?? 0) + (gradient[i] ?? 0);
      }
    }
    for (const [name, gradient] of sum) {
      const weight = this.buffer(name);
      for (let i = 0; i < weight.length; i += 1) {
        weight[i] = (weight[i] ?? 0) - factors.learningRate * (gradient[i] ?? 0);
      }
    }
    return losses;
  }

  /** Runs one sample; results whose names start with `prefix` go into `results` by weight name. */
  private async runStep(
    sample: TrainingSample,
    factors: StepFactors,
    result: StepResult,
    results: Buffers,
    prefix: string,
  ): Promise<StepLosses> {
    const kind = kindOf(sample, factors);
    const session = await this.stepSession(kind, result);
    const into: Record<string, Feed> = {};
    for (const [name, data] of results) into[prefix + name] = { data, shape: this.shapeOf(name) };
    const values = await session.run(this.feeds(sample, factors, result), into);
    for (const [name, data] of Object.entries(values)) {
      if (name.startsWith(prefix)) results.set(name.slice(prefix.length), data);
    }
    return {
      segmentation: values['segmentation']?.[0] ?? Number.NaN,
      classification: values['classification']?.[0] ?? Number.NaN,
    };
  }

  private feeds(
    sample: TrainingSample,
    factors: StepFactors,
    result: StepResult,
  ): Record<string, Feed> {
    const { channels, imageHeight, imageWidth } = this.options.network;
    const map = [1, 1, imageHeight / 8, imageWidth / 8];
    const number = (value: number, shape: number[] = []): Feed => ({
      data: Float32Array.of(value),
      shape,
    });
    const feeds: Record<string, Feed> = {
      [STEP_INPUTS.image]: { data: sample.data, shape: [1, channels, imageHeight, imageWidth] },
      [STEP_INPUTS.target]: { data: sample.target, shape: map },
      [STEP_INPUTS.weight]: { data: sample.weight, shape: map },
      [STEP_INPUTS.classTarget]: number(sample.classTarget, [1]),
      [STEP_INPUTS.segmentationFactor]: number(sample.segmented ? factors.segmentation : 0),
      [STEP_INPUTS.classificationFactor]: number(factors.classification),
    };
    if (result === 'update') feeds[STEP_INPUTS.learningRate] = number(factors.learningRate);
    for (const [name, data] of this.weights) feeds[name] = { data, shape: this.shapeOf(name) };
    return feeds;
  }

  private shapeOf(name: string): readonly number[] {
    return this.shapes.get(name) ?? [];
  }

  /** After an update the buffers that were written become the weights, the old ones the next to write. */
  private swapWhatWasUpdated(sample: TrainingSample, factors: StepFactors): void {
    const weak = kindOf(sample, factors) === 'weak';
    for (const name of this.shapes.keys()) {
      const updated = this.spare.get(name);
      if (updated === undefined || (weak && !isClassificationTensor(name))) continue;
      this.spare.set(name, this.buffer(name));
      this.weights.set(name, updated);
    }
  }

  private stepSession(kind: StepKind, result: StepResult): Promise<GraphSession> {
    const key = `${kind} ${result}`;
    const known = this.steps.get(key);
    if (known !== undefined) return known;
    if (this.options.inferenceOnly === true) {
      throw new Error('This engine was made for inference only.');
    }
    const session = this.makeStep(kind, result);
    this.steps.set(key, session);
    return session;
  }

  private makeStep(kind: StepKind, result: StepResult): Promise<GraphSession> {
    const trace = traceStep(this.options.network, kind, result);
    return this.newSession(emitModel(trace, { forms: this.description.forms }));
  }

  private makeInference(): Promise<GraphSession> {
    const forms = chooseInferenceForms(this.options.network, this.options.memoryBytes);
    const trace = traceInference(this.options.network);
    return this.newSession(emitModel(trace, { forms, constants: this.weights }), true);
  }

  private newSession(model: Uint8Array, constantWeights = false): Promise<GraphSession> {
    return GraphSession.create(model, { threads: this.options.threads, constantWeights });
  }

  private dropInference(): void {
    const session = this.inference;
    this.inference = undefined;
    if (session !== undefined) void session.then((s) => s.dispose());
  }
}

/** Which graph a sample needs: the cheap one for a positive without a mask under gradient stop. */
function kindOf(sample: TrainingSample, factors: StepFactors): StepKind {
  if (!factors.gradientStop) return 'flowing';
  return sample.segmented ? 'stopped' : 'weak';
}
