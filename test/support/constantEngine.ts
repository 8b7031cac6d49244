/** Parts of a run whose network gives every image the same score, at the cost of one multiplication. */
import type { Engine } from '../../server/engines/engine.ts';
import { realParts } from '../../server/runs/parts.ts';
import type { RunParts } from '../../server/runs/parts.ts';

/** `onPredict` is called before each prediction. */
export async function constantParts(score: number, onPredict?: () => void): Promise<RunParts> {
  const parts = await realParts();
  const constant = (engine: Engine): Engine => ({
    description: engine.description,
    importState: (weights) => engine.importState(weights),
    exportState: () => engine.exportState(),
    dispose: () => engine.dispose(),
    step: (batch) => Promise.resolve(batch.map(() => ({ segmentation: 0.5, classification: 0.5 }))),
    predict: (images) => {
      onPredict?.();
      const map = new Float32Array(8 * 16).fill(score);
      return Promise.resolve(images.map(() => ({ probability: score, map })));
    },
  });
  return {
    ...parts,
    createEngine: async (options) => constant(await parts.createEngine(options)),
  };
}
