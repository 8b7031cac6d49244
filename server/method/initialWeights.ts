/**
 * Initial weights (docs/method.md, "Network"): convolutions Xavier normal, FeatureNorm scale 1 and bias 0,
 * the fully connected layer uniform in ±1/sqrt(66).
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { NetworkSpec } from '../../protocol/run.ts';
import { tensorShapes } from './network.ts';

export interface InitialTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A source of normal deviates (Box–Muller) and uniform ones from one seed. */
function randomSource(seed: number): { normal: () => number; uniform: () => number } {
  const generator = xoroshiro128plus(seed);
  const uniform = (): number => uniformFloat64(generator);
  let spare: number | undefined;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  return { normal, uniform };
}

/** All tensors by the authors' names and shapes (OIHW; FeatureNorm [1, N, 1, 1]), the same for the same seed. */
export function initialWeights(spec: NetworkSpec, seed: number): Map<string, InitialTensor> {
  const random = randomSource(seed);
  const weights = new Map<string, InitialTensor>();
  for (const [name, shape] of tensorShapes(spec)) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (name.endsWith('.scale')) data.fill(1);
    else if (name.startsWith('fc.')) {
      const bound = 1 / Math.sqrt(tensorShapes(spec).get('fc.weight')?.[1] ?? 1);
      for (let i = 0; i < data.length; i += 1) data[i] = (2 * random.uniform() - 1) * bound;
    } else if (name.endsWith('.weight')) {
      const [output = 1, input = 1, h = 1, w = 1] = shape;
      const deviation = Math.sqrt(2 / ((input + output) * h * w));
      for (let i = 0; i < data.length; i += 1) data[i] = random.normal() * deviation;
    }
    weights.set(name, { shape, data });
  }
  return weights;
}
