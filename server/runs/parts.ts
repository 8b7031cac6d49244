/**
 * The rooms that runs are built on, as one value: tests put fakes in their place, and commands that
 * only read a run folder never load a runtime.
 */
import type { NetworkSpec } from '../../protocol/run.ts';
import type { Dataset, OpenOptions } from '../data/dataset.ts';
import type { ImageReader, ImageReaderOptions } from '../data/images/reader.ts';
import type { Engine, Weights } from '../engines/engine.ts';
import type { EngineRequest } from '../engines/index.ts';

export interface RunParts {
  openDataset(root: string, options?: OpenOptions): Promise<Dataset>;
  resolveLabels(dataset: Dataset, reader: ImageReader, signal?: AbortSignal): Promise<Dataset>;
  createReader(options?: ImageReaderOptions): ImageReader;
  createEngine(request: EngineRequest): Promise<Engine>;
  /** Bytes that a training step of this network will need in the forms that the budget gives. */
  estimateMemory(network: NetworkSpec, memoryBytes: number): number;
  initialWeights(network: NetworkSpec, seed: number): Weights;
}

/** The real parts. */
export async function realParts(): Promise<RunParts> {
  const [dataset, reader, engines, method] = await Promise.all([
    import('../data/dataset.ts'),
    import('../data/images/reader.ts'),
    import('../engines/index.ts'),
    import('../method/initialWeights.ts'),
  ]);
  return {
    openDataset: dataset.openDataset,
    resolveLabels: dataset.resolveLabels,
    createReader: reader.createImageReader,
    createEngine: engines.createEngine,
    estimateMemory: engines.estimateMemory,
    initialWeights: method.initialWeights,
  };
}
