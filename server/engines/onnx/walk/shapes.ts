/**
 * Shapes of the values in an exported model, inferred before the runtime sees it: a small file can ask for
 * unbounded memory by broadcasting and concatenating. Only the operators of an exported model are known.
 */
import type { AttributeProto, NodeProto } from '../schema/onnx_pb.ts';

export type Shape = readonly number[];

/** What inference may ask about the file. */
export interface Known {
  /** The shape of a value made so far; throws {@link ModelRefusal} if there is none. */
  shapeOf(name: string): Shape;
  /** The content of a constant list of integers; throws {@link ModelRefusal} if it is not one. */
  integersOf(name: string): readonly number[];
}

/** Why a model is not run; the caller names the file. */
export class ModelRefusal extends Error {
  override readonly name = 'ModelRefusal';
}

/** Gives the shapes of a node's outputs; throws {@link ModelRefusal}. */
type Rule = (node: NodeProto, known: Known) => Shape[];

function refuse(node: NodeProto, reason: string): never {
  throw new ModelRefusal(`its ${node.opType} ${reason}`);
}

function inputName(node: NodeProto, index: number): string {
  return node.input[index] ?? refuse(node, `lacks its input ${index}`);
}

function integers(node: NodeProto, name: string, otherwise: readonly number[]): number[] {
  const found = node.attribute.find((a: AttributeProto) => a.name === name);
  if (found === undefined) return [...otherwise];
  return found.ints.length > 0 ? found.ints.map(Number) : [Number(found.i)];
}

function exactly(node: NodeProto, name: string, expected: readonly number[]): void {
  const found = integers(node, name, expected);
  if (found.join() !== expected.join()) refuse(node, `has ${name} ${found.join(', ')}`);
}

const same: Rule = (node, known) => [known.shapeOf(inputName(node, 0))];

const broadcast: Rule = (node, known) => {
  const [a, b] = [known.shapeOf(inputName(node, 0)), known.shapeOf(inputName(node, 1))];
  const rank = Math.max(a.length, b.length);
  const at = (shape: Shape, i: number): number => shape[shape.length - rank + i] ?? 1;
  return [
    Array.from({ length: rank }, (_, i) => {
      const [m, n] = [at(a, i), at(b, i)];
      if (m !== n && m !== 1 && n !== 1) refuse(node, `combines ${a.join('x')} and ${b.join('x')}`);
      return Math.max(m, n);
    }),
  ];
};

const convolution: Rule = (node, known) => {
  const [n = 0, c = 0, h = 0, w = 0] = known.shapeOf(inputName(node, 0));
  const [out = 0, inputs = 0, kernel = 0, across = 0] = known.shapeOf(inputName(node, 1));
  if (inputs !== c || kernel !== across || kernel % 2 !== 1) {
    refuse(node, `applies a filter ${out}x${inputs}x${kernel}x${across} to ${c} channels`);
  }
  const margin = (kernel - 1) / 2;
  exactly(node, 'pads', [margin, margin, margin, margin]);
  exactly(node, 'kernel_shape', [kernel, kernel]);
  exactly(node, 'strides', [1, 1]);
  exactly(node, 'dilations', [1, 1]);
  exactly(node, 'group', [1]);
  return [[n, out, h, w]];
};

const pool: Rule = (node, known) => {
  const [n = 0, c = 0, h = 0, w = 0] = known.shapeOf(inputName(node, 0));
  exactly(node, 'kernel_shape', [2, 2]);
  exactly(node, 'strides', [2, 2]);
  exactly(node, 'pads', [0, 0, 0, 0]);
  return [[n, c, Math.floor(h / 2), Math.floor(w / 2)]];
};

const reduction: Rule = (node, known) => {
  const shape = known.shapeOf(inputName(node, 0));
  const listed = node.input[1];
  const axes = listed === undefined ? integers(node, 'axes', []) : known.integersOf(listed);
  const reduced = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  const [keep] = integers(node, 'keepdims', [1]);
  if (keep === 1) return [shape.map((size, i) => (reduced.has(i) ? 1 : size))];
  return [shape.filter((_, i) => !reduced.has(i))];
};

const concatenation: Rule = (node, known) => {
  const shapes = node.input.map((name) => known.shapeOf(name));
  const [axis = 0] = integers(node, 'axis', []);
  const [first = []] = shapes;
  const total = shapes.reduce((sum, shape) => sum + (shape[axis] ?? 0), 0);
  if (axis < 0 || axis >= first.length) refuse(node, `joins along axis ${axis}`);
  return [first.map((size, i) => (i === axis ? total : size))];
};

const reshape: Rule = (node, known) => {
  const shape = known.shapeOf(inputName(node, 0));
  const wanted = known.integersOf(inputName(node, 1));
  const copied = wanted.map((size, i) => (size === 0 ? (shape[i] ?? 0) : size));
  const count = shape.reduce((a, b) => a * b, 1);
  const rest = copied.reduce((a, b) => (b === -1 ? a : a * b), 1);
  const result = copied.map((size) => (size === -1 ? count / rest : size));
  if (result.reduce((a, b) => a * b, 1) !== count || result.some((size) => size < 0)) {
    refuse(node, `makes ${wanted.join('x')} of ${shape.join('x')}`);
  }
  return [result];
};

/** The operators that an exported model may hold. */
export const SHAPE_RULES: Readonly<Record<string, Rule>> = {
  ...{ Sqrt: same, Reciprocal: same, Relu: same, Sigmoid: same, Identity: same },
  ...{ Add: broadcast, Sub: broadcast, Mul: broadcast, Div: broadcast, Max: broadcast },
  ...{ ReduceMean: reduction, ReduceMax: reduction, ReduceSum: reduction },
  ...{ ReduceSumSquare: reduction, Conv: convolution, MaxPool: pool },
  ...{ Concat: concatenation, Reshape: reshape },
};
