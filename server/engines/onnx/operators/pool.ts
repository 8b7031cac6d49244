/** Max-pool of 2 with stride 2, rounding down, and its gradient, which goes to the first of equal maxima. */
import type { Operator } from './index.ts';
import { physicalShape } from '../trace/trace.ts';
import { input } from './support.ts';

const WINDOW = { kernel_shape: [2, 2], strides: [2, 2] };

/** With indices only where the gradient needs them: they cost several times the pool itself. */
export const maxPool: Operator = (emitter, node) => [
  emitter.graph.op('MaxPool', [emitter.get(input(node, 0))], WINDOW),
];

/** Inputs: dy, the pool's input, the pool's output. */
export const maxPoolGradient: Operator = (emitter, node) => {
  const { graph } = emitter;
  const [dy, x] = [input(node, 0), input(node, 1)];
  const [, indices = ''] = graph.ops('MaxPool', [emitter.get(x)], 2, WINDOW);
  const shape = graph.integers(...physicalShape(x));
  return [graph.op('MaxUnpool', [emitter.full(dy), indices, shape], WINDOW)];
};
