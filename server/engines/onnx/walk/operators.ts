/**
 * The operators that an exported model may hold: which inputs and attributes each takes, what its result's
 * shape is and how many multiplications it costs. Every input is a float32 value but the ones named as lists
 * of integers, so that nothing is ever divided, indexed or sized by a number that the model computes.
 */
import { ModelRefusal, shapeText } from './refusal.ts';
import type { Shape } from './values.ts';

/** A node whose inputs and attributes have been looked up. */
export interface CheckedNode {
  readonly operator: string;
  /** Shapes of the float32 inputs, in order. */
  readonly shapes: readonly Shape[];
  /** The list of integers that is its last input, if it has one. */
  readonly list: readonly number[] | undefined;
  readonly attributes: ReadonlyMap<string, readonly number[]>;
}

export interface Operator {
  /** Float32 inputs, at least and at most. */
  readonly inputs: readonly [least: number, most: number];
  /** A list of integers follows them. */
  readonly takesList?: true;
  /** Attributes that it may have: one integer, or a list of them. */
  readonly attributes?: Readonly<Record<string, 'one' | 'many'>>;
  /** Shape of its one output; throws a ModelRefusal. */
  readonly shape: (node: CheckedNode) => Shape;
  /** Multiplications, or values touched where nothing is multiplied. */
  readonly work: (node: CheckedNode, output: Shape) => number;
}

const mostJoined = 64;

const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

const everyInput = ({ shapes }: CheckedNode, output: Shape): number =>
  shapes.reduce((sum, shape) => sum + sizeOf(shape), sizeOf(output));

function refuse({ operator }: CheckedNode, reason: string): never {
  throw new ModelRefusal(`its ${operator} ${reason}`);
}

function first({ shapes: [shape = []] }: CheckedNode): Shape {
  return shape;
}

/** Refuses any value of the attribute but this; `otherwise` is what ONNX takes for one that is missing. */
function expect(
  node: CheckedNode,
  name: string,
  expected: readonly number[],
  otherwise: readonly number[],
): void {
  const found = node.attributes.get(name) ?? otherwise;
  if (found.join() !== expected.join())
    refuse(node, `has ${name} ${found.slice(0, 8).join(', ')}, not ${expected.join(', ')}`);
}

function joined(node: CheckedNode, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const at = (shape: Shape, i: number): number => shape[shape.length - rank + i] ?? 1;
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [at(a, i), at(b, i)];
    if (m !== n && m !== 1 && n !== 1)
      refuse(node, `combines ${shapeText(a)} with ${shapeText(b)}`);
    return Math.max(m, n);
  });
}

/** The same for each value. */
const unary: Operator = { inputs: [1, 1], shape: first, work: (_, output) => sizeOf(output) };

const broadcast = (least: number, most: number): Operator => ({
  inputs: [least, most],
  shape: (node) => node.shapes.reduce((a, b) => joined(node, a, b)),
  work: everyInput,
});

/** Stride 1, as many zeros around as keep the size, odd square filters, without a bias. */
const convolution: Operator = {
  inputs: [2, 2],
  attributes: {
    ...{ pads: 'many', kernel_shape: 'many', strides: 'many', dilations: 'many' },
    group: 'one',
  },
  shape: (node) => {
    const [image = [], filter = []] = node.shapes;
    const [n = 0, channels = 0, height = 0, width = 0] = image;
    const [out = 0, inputs = 0, kernel = 0, across = 0] = filter;
    const ranks = image.length === 4 && filter.length === 4;
    if (!ranks || inputs !== channels || kernel !== across || kernel % 2 !== 1)
      refuse(node, `applies a filter of ${shapeText(filter)} to ${shapeText(image)}`);
    const margin = (kernel - 1) / 2;
    expect(node, 'pads', [margin, margin, margin, margin], [0, 0, 0, 0]);
    expect(node, 'kernel_shape', [kernel, kernel], [kernel, kernel]);
    expect(node, 'strides', [1, 1], [1, 1]);
    expect(node, 'dilations', [1, 1], [1, 1]);
    expect(node, 'group', [1], [1]);
    return [n, out, height, width];
  },
  work: ({ shapes: [, filter = []] }, output) => sizeOf(output) * sizeOf(filter.slice(1)),
};

const pool: Operator = {
  inputs: [1, 1],
  attributes: { kernel_shape: 'many', strides: 'many', pads: 'many' },
  shape: (node) => {
    const [n = 0, channels = 0, height = 0, width = 0] = first(node);
    if (first(node).length !== 4) refuse(node, `takes ${shapeText(first(node))}`);
    expect(node, 'kernel_shape', [2, 2], []);
    expect(node, 'strides', [2, 2], [1, 1]);
    expect(node, 'pads', [0, 0, 0, 0], [0, 0, 0, 0]);
    return [n, channels, Math.floor(height / 2), Math.floor(width / 2)];
  },
  work: everyInput,
};

function reducedShape(node: CheckedNode): Shape {
  const shape = first(node);
  const axes = node.list ?? node.attributes.get('axes') ?? [];
  const reduced = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  const inside = [...reduced].every((axis) => axis >= 0 && axis < shape.length);
  if (!inside || reduced.size === 0 || reduced.size !== axes.length)
    refuse(node, `goes over the axes ${axes.join(', ') || '(none)'} of ${shapeText(shape)}`);
  const [keep = 1] = node.attributes.get('keepdims') ?? [];
  if (keep !== 0 && keep !== 1) refuse(node, `has keepdims ${keep}, not 0 or 1`);
  if (keep === 1) return shape.map((size, i) => (reduced.has(i) ? 1 : size));
  return shape.filter((_, i) => !reduced.has(i));
}

const reduction: Operator = {
  inputs: [1, 1],
  attributes: { axes: 'many', keepdims: 'one' },
  shape: reducedShape,
  work: everyInput,
};

/** Its axes are an input since operator set 13. */
const sum: Operator = {
  ...reduction,
  takesList: true,
  attributes: { keepdims: 'one' },
};

const concatenation: Operator = {
  inputs: [1, mostJoined],
  attributes: { axis: 'one' },
  shape: (node) => {
    const shape = first(node);
    const [axis = -1] = node.attributes.get('axis') ?? [];
    if (axis < 0 || axis >= shape.length) refuse(node, `joins along axis ${axis}`);
    const without = (s: Shape): string => s.map((size, i) => (i === axis ? '' : size)).join();
    const other = node.shapes.find((s) => without(s) !== without(shape));
    if (other !== undefined) refuse(node, `joins ${shapeText(shape)} and ${shapeText(other)}`);
    const total = node.shapes.reduce((all, s) => all + (s[axis] ?? 0), 0);
    return shape.map((size, i) => (i === axis ? total : size));
  },
  work: everyInput,
};

const reshape: Operator = {
  inputs: [1, 1],
  takesList: true,
  shape: (node) => {
    const shape = first(node);
    const wanted = node.list ?? [];
    const copied = wanted.map((size, i) => (size === 0 ? (shape[i] ?? 0) : size));
    const rest = copied.reduce((a, b) => (b === -1 ? a : a * b), 1);
    const result = copied.map((size) => (size === -1 ? sizeOf(shape) / rest : size));
    const free = wanted.filter((size) => size === -1).length;
    const fits = sizeOf(result) === sizeOf(shape) && result.every((size) => size >= 1);
    if (!fits || free > 1 || !result.every(Number.isInteger))
      refuse(node, `makes ${shapeText(wanted)} of ${shapeText(shape)}`);
    return result;
  },
  work: (_, output) => sizeOf(output),
};

/** By name. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    ...{ Sqrt: unary, Reciprocal: unary, Relu: unary, Sigmoid: unary, Identity: unary },
    ...{ Add: broadcast(2, 2), Sub: broadcast(2, 2), Mul: broadcast(2, 2) },
    ...{ Div: broadcast(2, 2), Max: broadcast(1, mostJoined) },
    ...{ ReduceMean: reduction, ReduceMax: reduction, ReduceSumSquare: reduction },
    ...{ ReduceSum: sum, Conv: convolution, MaxPool: pool },
    ...{ Concat: concatenation, Reshape: reshape },
  }),
);
