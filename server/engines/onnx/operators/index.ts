/**
 * One translation for every kernel of the method: from the traced kernel to ONNX nodes. The type is total,
 * so that a kernel without a translation does not compile instead of failing in the first epoch.
 */
import type { Emitter } from '../emitter.ts';
import type { MethodKernel } from '../trace/kernels.ts';
import type { TraceNode } from '../trace/trace.ts';
import { convolution, filterGradient, inputGradient } from './convolution.ts';
import * as elementwise from './elementwise.ts';
import { maxPool, maxPoolGradient } from './pool.ts';
import { reduction } from './reduce.ts';
import { concat, constant, identity, reshape, split } from './structure.ts';

/** Emits a node and returns the names of its outputs, in order. */
export type Operator = (emitter: Emitter, node: TraceNode) => readonly string[];

export const OPERATORS: Readonly<Record<MethodKernel, Operator>> = {
  Add: elementwise.binary('Add'),
  Sub: elementwise.binary('Sub'),
  Multiply: elementwise.binary('Mul'),
  RealDiv: elementwise.binary('Div'),
  Maximum: elementwise.binary('Max'),
  Equal: elementwise.equal,
  Sqrt: elementwise.unary('Sqrt'),
  Square: elementwise.square,
  Reciprocal: elementwise.unary('Reciprocal'),
  Relu: elementwise.unary('Relu'),
  Step: elementwise.step,
  Sigmoid: elementwise.unary('Sigmoid'),
  Softplus: elementwise.unary('Softplus'),
  Neg: elementwise.unary('Neg'),
  Identity: identity,
  Cast: elementwise.castToFloat,
  Fill: constant,
  ZerosLike: constant,
  Reshape: reshape,
  Sum: reduction('ReduceSum', 'axis'),
  Mean: reduction('ReduceMean', 'axis'),
  Max: reduction('ReduceMax', 'reductionIndices'),
  Concat: concat,
  SplitV: split,
  Conv2D: convolution,
  Conv2DBackpropInput: inputGradient,
  Conv2DBackpropFilter: filterGradient,
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGradient,
};
