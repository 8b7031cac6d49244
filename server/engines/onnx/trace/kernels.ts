/**
 * The tfjs kernels that the method uses, and the shape each gives. The table of operators
 * (../operators/index.ts) has one translation for each: a kernel without one does not compile.
 */
import type { Layout, TraceValue } from './trace.ts';
import { sizeOf } from './trace.ts';

export const METHOD_KERNELS = [
  'Add',
  'Sub',
  'Multiply',
  'RealDiv',
  'Maximum',
  'Sqrt',
  'Square',
  'Reciprocal',
  'Relu',
  'Step',
  'Sigmoid',
  'Softplus',
  'Neg',
  'Identity',
  'Cast',
  'Fill',
  'ZerosLike',
  'Equal',
  'Reshape',
  'Sum',
  'Mean',
  'Max',
  'Concat',
  'SplitV',
  'Conv2D',
  'Conv2DBackpropInput',
  'Conv2DBackpropFilter',
  'MaxPool',
  'MaxPoolGrad',
] as const;
export type MethodKernel = (typeof METHOD_KERNELS)[number];

export interface KernelCall {
  readonly inputs: readonly TraceValue[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What a kernel returns: shape and layout of each output, its type where it differs from the first input's. */
export interface OutputSpec {
  readonly shape: readonly number[];
  readonly layout: Layout;
  readonly dtype?: string;
  readonly fill?: number;
}

export function inputAt(call: KernelCall, index: number): TraceValue {
  const value = call.inputs[index];
  if (value === undefined) throw new Error(`A kernel was called without its input ${index}.`);
  return value;
}

/** An attribute that is a list of numbers. */
export function numbersOf(call: KernelCall, name: string): number[] {
  const value = call.attributes[name];
  if (typeof value === 'number') return [value];
  if (Array.isArray(value) && value.every((v): v is number => typeof v === 'number')) return value;
  throw new Error(`The attribute ${name} is not a list of numbers.`);
}

/** The layout that a rank-4 value gets when nothing says otherwise. */
export function defaultLayout(shape: readonly number[]): Layout {
  return shape.length === 4 ? 'activation' : 'plain';
}

/** Element-wise on one value. */
export function sameShape(call: KernelCall): OutputSpec[] {
  const { shape, layout } = inputAt(call, 0);
  return [{ shape, layout }];
}

/** Element-wise on two values, with broadcasting from the last axis. */
export function broadcastShape(call: KernelCall): OutputSpec[] {
  const [a, b] = [inputAt(call, 0), inputAt(call, 1)];
  const rank = Math.max(a.shape.length, b.shape.length);
  const at = (v: TraceValue, i: number): number => v.shape[v.shape.length - rank + i] ?? 1;
  const shape = Array.from({ length: rank }, (_, i) => Math.max(at(a, i), at(b, i)));
  const leading = [a, b].find((v) => v.shape.length === rank && v.fill === undefined) ?? a;
  const other = leading === a ? b : a;
  if (rank === 4 && sizeOf(other.shape) > 1 && other.fill === undefined) {
    if (other.layout !== leading.layout) {
      throw new Error(`Values of layouts ${a.layout} and ${b.layout} cannot be combined.`);
    }
  }
  const layout =
    leading.shape.length === rank && rank === 4 ? leading.layout : defaultLayout(shape);
  return [{ shape, layout }];
}

/** The axes that a reduction runs over, as tfjs counts them; none given means all. */
export function reducedAxes(call: KernelCall, attribute: string): number[] {
  const rank = inputAt(call, 0).shape.length;
  if (call.attributes[attribute] === undefined || call.attributes[attribute] === null) {
    return Array.from({ length: rank }, (_, axis) => axis);
  }
  return numbersOf(call, attribute).map((axis) => (axis < 0 ? axis + rank : axis));
}

function reducedShape(axisAttribute: string): (call: KernelCall) => OutputSpec[] {
  return (call) => {
    const x = inputAt(call, 0);
    const axes = new Set(reducedAxes(call, axisAttribute));
    if (call.attributes['keepDims'] === true) {
      return [{ shape: x.shape.map((n, i) => (axes.has(i) ? 1 : n)), layout: x.layout }];
    }
    const shape = x.shape.filter((_, i) => !axes.has(i));
    return [{ shape, layout: defaultLayout(shape) }];
  };
}

function pooledShape(call: KernelCall): OutputSpec[] {
  const { shape } = inputAt(call, 0);
  const [n = 1, h = 1, w = 1, c = 1] = shape;
  return [{ shape: [n, Math.floor(h / 2), Math.floor(w / 2), c], layout: 'activation' }];
}

function shapeAttribute(name: string, layout?: Layout): (call: KernelCall) => OutputSpec[] {
  return (call) => {
    const shape = numbersOf(call, name);
    return [{ shape, layout: layout ?? defaultLayout(shape) }];
  };
}

export const KERNEL_SHAPES: Readonly<Record<MethodKernel, (call: KernelCall) => OutputSpec[]>> = {
  Add: broadcastShape,
  Sub: broadcastShape,
  Multiply: broadcastShape,
  RealDiv: broadcastShape,
  Maximum: broadcastShape,
  Equal: (call) => broadcastShape(call).map((spec) => ({ ...spec, dtype: 'bool' })),
  Sqrt: sameShape,
  Square: sameShape,
  Reciprocal: sameShape,
  Relu: sameShape,
  Step: sameShape,
  Sigmoid: sameShape,
  Softplus: sameShape,
  Neg: sameShape,
  Identity: sameShape,
  Cast: (call) =>
    sameShape(call).map((spec) => ({ ...spec, dtype: String(call.attributes['dtype']) })),
  Fill: (call) => {
    const shape = numbersOf(call, 'shape');
    return [
      {
        shape,
        layout: defaultLayout(shape),
        dtype: 'float32',
        fill: Number(call.attributes['value']),
      },
    ];
  },
  ZerosLike: (call) => sameShape(call).map((spec) => ({ ...spec, fill: 0 })),
  Reshape: shapeAttribute('shape'),
  Sum: reducedShape('axis'),
  Mean: reducedShape('axis'),
  Max: reducedShape('reductionIndices'),
  Concat: (call) => {
    const [first] = call.inputs;
    if (first === undefined) throw new Error('Concat of nothing.');
    const axis = Number(call.attributes['axis']);
    const sum = call.inputs.reduce((total, v) => total + (v.shape[axis] ?? 0), 0);
    return [{ shape: first.shape.map((n, i) => (i === axis ? sum : n)), layout: first.layout }];
  },
  SplitV: (call) => {
    const x = inputAt(call, 0);
    const axis = Number(call.attributes['axis']);
    return numbersOf(call, 'numOrSizeSplits').map((size) => ({
      shape: x.shape.map((n, i) => (i === axis ? size : n)),
      layout: x.layout,
    }));
  },
  Conv2D: (call) => {
    const [n = 1, h = 1, w = 1] = inputAt(call, 0).shape;
    return [{ shape: [n, h, w, inputAt(call, 1).shape[3] ?? 1], layout: 'activation' }];
  },
  Conv2DBackpropInput: shapeAttribute('inputShape', 'activation'),
  Conv2DBackpropFilter: shapeAttribute('filterShape', 'filter'),
  MaxPool: pooledShape,
  MaxPoolGrad: (call) => [{ shape: inputAt(call, 1).shape, layout: 'activation' }],
};
