/** Operators that move values without computing: reshape, concatenate, split, constants. */
import type { Operator } from './index.ts';
import {
  fromLogicalOrder,
  physicalAxis,
  physicalShape,
  toLogicalOrder,
  type TraceValue,
} from '../trace/trace.ts';
import { input, output } from './support.ts';

export const identity: Operator = (emitter, node) => [emitter.get(input(node, 0))];

/** Stays a number; whoever needs its shape expands it. */
export const constant: Operator = (emitter, node) => {
  const { fill } = output(node);
  if (fill === undefined) throw new Error(`${node.kernel} is not a constant.`);
  return [emitter.graph.scalar(fill)];
};

/** True when memory order and tfjs's order agree, because all but one axis of the image part is 1. */
function orderAgrees(value: TraceValue): boolean {
  if (value.layout === 'plain') return true;
  if (value.layout === 'filter') return false;
  const [, h = 1, w = 1, c = 1] = value.shape;
  return h * w === 1 || c === 1;
}

export const reshape: Operator = (emitter, node) => {
  const [from, to] = [emitter.root(input(node, 0)), output(node)];
  const { graph } = emitter;
  if (from.fill !== undefined) return [emitter.get(from)];
  const samePlace = from.layout === to.layout && from.shape.join() === to.shape.join();
  let name = emitter.get(from);
  if (samePlace) return [name];
  if (from.layout !== 'plain' && !orderAgrees(from)) {
    name = graph.op('Transpose', [name], { perm: toLogicalOrder(from.layout) });
  }
  if (to.layout === 'plain' || orderAgrees(to)) {
    const shape = physicalShape(to);
    // 0 copies the size, which may be free.
    if (emitter.dynamicBatch && shape.length > 0) shape[0] = 0;
    return [graph.reshape(name, shape)];
  }
  const logical = graph.reshape(name, to.shape);
  return [graph.op('Transpose', [logical], { perm: fromLogicalOrder(to.layout) })];
};

export const concat: Operator = (emitter, node) => {
  const axis = physicalAxis(input(node, 0), Number(node.attributes['axis']));
  return [
    emitter.graph.op(
      'Concat',
      node.inputs.map((v) => emitter.full(v)),
      { axis },
    ),
  ];
};

export const split: Operator = (emitter, node) => {
  const x = input(node, 0);
  const axis = physicalAxis(x, Number(node.attributes['axis']));
  const sizes = node.output.map((v) => physicalShape(v)[axis] ?? 1);
  return emitter.graph.ops(
    'Split',
    [emitter.full(x), emitter.graph.integers(...sizes)],
    sizes.length,
    { axis },
  );
};
