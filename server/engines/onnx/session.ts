/** A model file loaded into ONNX Runtime, and feeds and results as plain typed arrays. */
import type * as ort from 'onnxruntime-node';
import { runtime } from './runtime.ts';

export interface SessionOptions {
  readonly threads: number;
  /** Weights are part of the file: the runtime may then bring them into its own layout. */
  readonly constantWeights?: boolean;
}

/** A tensor as the runtime takes it. */
export interface Feed {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export class GraphSession {
  private constructor(private readonly session: ort.InferenceSession) {}

  /**
   * Without memory patterns, which cost a third more memory and save nothing here. The highest level's
   * layout transformation pays only where weights are constant; in a training graph it reorders for nothing.
   */
  static async create(model: Uint8Array, options: SessionOptions): Promise<GraphSession> {
    const session = await runtime.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: options.constantWeights === true ? 'all' : 'extended',
      enableMemPattern: false,
      logSeverityLevel: 3,
    });
    return new GraphSession(session);
  }

  /** Runs once. Blocks this process's event loop while it computes. */
  async run(
    feeds: Readonly<Record<string, Feed>>,
    into: Readonly<Record<string, Feed>> = {},
  ): Promise<Record<string, Float32Array>> {
    const tensor = ({ data, shape }: Feed): ort.Tensor =>
      new runtime.Tensor('float32', data, shape);
    const inputs = Object.fromEntries(
      this.session.inputNames.map((name) => {
        const feed = feeds[name];
        if (feed === undefined) throw new Error(`The graph's input ${name} was not given.`);
        return [name, tensor(feed)];
      }),
    );
    const fetches = Object.fromEntries(
      this.session.outputNames.map((name) => {
        const target = into[name];
        return [name, target === undefined ? null : tensor(target)];
      }),
    );
    const results = await this.session.run(inputs, fetches);
    return Object.fromEntries(
      Object.entries(results).map(([name, value]) => [name, value.data as Float32Array]),
    );
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}
