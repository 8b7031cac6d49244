/**
 * Convolution (stride 1, same padding, odd kernels) and its two gradients, in the form chosen for the layer
 * (forms.ts). tfjs names the inputs: Conv2D x, filter; Conv2DBackpropInput dy, filter; Conv2DBackpropFilter x, dy.
 */
import type { Emitter } from '../emitter.ts';
import type { Operator } from './index.ts';
import type { TraceNode, TraceValue } from '../trace/trace.ts';
import {
  directConvolution,
  directFilterGradient,
  directInputGradient,
} from './directConvolution.ts';
import {
  minimalConvolution,
  minimalFilterGradient,
  minimalInputGradient,
} from './minimalConvolution.ts';
import { activationShape, input } from './support.ts';

/** Sizes of one convolution: channels in and out, kernel side, height and width. */
export interface ConvolutionSize {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly height: number;
  readonly width: number;
}

function sizeOfConvolution(x: TraceValue, filterShape: readonly number[]): ConvolutionSize {
  const { height, width } = activationShape(x);
  const [kernel = 1, across = 1, inputs = 1, outputs = 1] = filterShape;
  if (kernel !== across || kernel % 2 === 0)
    throw new Error(`A kernel of ${kernel} x ${across} is not supported.`);
  return { input: inputs, output: outputs, kernel, height, width };
}

/** A layer is known by its weight: the filter itself, or, for the filter gradient, the convolution that read the same input. */
function layerOf(filter: TraceValue): string {
  return filter.placeholder ?? 'unnamed';
}

export const convolution: Operator = (emitter, node) => {
  const [x, filter] = [emitter.root(input(node, 0)), emitter.root(input(node, 1))];
  const size = sizeOfConvolution(x, filter.shape);
  const emit =
    emitter.formsOf(layerOf(filter)).forward === 'minimal' ? minimalConvolution : directConvolution;
  return [emit(emitter, emitter.full(x), emitter.get(filter), size)];
};

export const inputGradient: Operator = (emitter, node) => {
  const [dy, filter] = [emitter.root(input(node, 0)), emitter.root(input(node, 1))];
  const size = sizeOfConvolution(dy, filter.shape);
  const form = emitter.formsOf(layerOf(filter)).inputGradient;
  const emit = form === 'minimal' ? minimalInputGradient : directInputGradient;
  return [emit(emitter, emitter.full(dy), emitter.get(filter), size)];
};

export const filterGradient: Operator = (emitter, node) => {
  const [x, dy] = [emitter.root(input(node, 0)), emitter.root(input(node, 1))];
  const filterShape = node.output[0]?.shape ?? [];
  const size = sizeOfConvolution(x, filterShape);
  const form = emitter.formsOf(
    layerOf(filterReadWith(emitter, x, filterShape, node)),
  ).filterGradient;
  if (form === 'direct')
    return [directFilterGradient(emitter, emitter.full(x), emitter.full(dy), size)];
  return [minimalFilterGradient(emitter, emitter.full(x), emitter.full(dy), size)];
};

function filterReadWith(
  emitter: Emitter,
  x: TraceValue,
  shape: readonly number[],
  node: TraceNode,
): TraceValue {
  const forward = emitter
    .usersOf(x)
    .find((user) => user.kernel === 'Conv2D' && user.inputs[1]?.shape.join() === shape.join());
  const filter = forward?.inputs[1];
  if (filter === undefined) throw new Error(`${node.kernel} belongs to no convolution.`);
  return emitter.root(filter);
}
