/** Which network a set of weights is of: told from tensor names and shapes, never from file names. */
import { UserError } from '../../protocol/errors.ts';
import type { NetworkSpec, Variant } from '../../protocol/run.ts';
import type { Weights } from '../engines/engine.ts';
import { tensorShapes } from '../method/network.ts';

/** The network without its input size, which weights do not tell. */
export type NetworkShape = Pick<NetworkSpec, 'variant' | 'width' | 'channels'>;

/** Channels of S_f at width 1. */
const features = 1024;

/** The variants' own name for the features' convolution (docs/method.md, "Network"). */
const featureLayers: Readonly<Record<Variant, string>> = {
  paper: 'volume.12.0.weight',
  reference: 'volume.11.0.weight',
};

function firstDifference(weights: Weights, shapes: ReadonlyMap<string, readonly number[]>) {
  for (const [name, shape] of shapes) {
    const found = weights.get(name);
    if (found === undefined) return `${name} is missing`;
    if (found.shape.join() !== shape.join()) {
      return `${name} is ${found.shape.join('x')}, not ${shape.join('x')}`;
    }
  }
  const extra = [...weights.keys()].find((name) => !shapes.has(name));
  return extra === undefined ? undefined : `${extra} is no tensor of this network`;
}

/**
 * The network that all of `weights` fit, exactly. Throws a UserError naming `path` and the first
 * tensor that does not.
 */
export function identifyNetwork(weights: Weights, path: string): NetworkShape {
  const variant = (['paper', 'reference'] as const).find((name) =>
    weights.has(featureLayers[name]),
  );
  const outputs = variant && weights.get(featureLayers[variant])?.shape[0];
  const channels = weights.get('volume.0.0.weight')?.shape[1];
  if (variant === undefined || outputs === undefined || (channels !== 1 && channels !== 3)) {
    throw new UserError(
      `${path} does not hold the weights of a SegDec network; its tensors must have the authors' names (volume.0.0.weight, …).`,
    );
  }
  const network = { variant, width: outputs / features, channels } as const;
  const shapes = tensorShapes({ ...network, imageWidth: 128, imageHeight: 128 });
  const difference = firstDifference(weights, shapes);
  if (difference !== undefined) {
    throw new UserError(`${path} does not fit the network it looks like: ${difference}.`);
  }
  return network;
}
