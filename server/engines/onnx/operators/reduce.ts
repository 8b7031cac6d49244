/** Sums, means and maxima over axes. */
import type { Operator } from './index.ts';
import { reducedAxes } from '../trace/kernels.ts';
import { physicalAxis } from '../trace/trace.ts';
import { input } from './support.ts';

/** `attribute` is the name under which tfjs keeps the axes. */
export function reduction(
  type: 'ReduceSum' | 'ReduceMean' | 'ReduceMax',
  attribute: string,
): Operator {
  return (emitter, node) => {
    const x = emitter.root(input(node, 0));
    const axes = reducedAxes(node, attribute);
    const keepdims = node.attributes['keepDims'] === true ? 1 : 0;
    if (keepdims === 0 && x.layout !== 'plain' && axes.length !== x.shape.length) {
      throw new Error(`${node.kernel} of an image over some axes must keep its dimensions.`);
    }
    const physical = axes.map((axis) => physicalAxis(x, axis)).sort((a, b) => a - b);
    if (type !== 'ReduceSum') {
      return [emitter.graph.op(type, [emitter.full(x)], { axes: physical, keepdims })];
    }
    // A sum of squares is one operation.
    const square = emitter.producer(x);
    const squared = square?.kernel === 'Square' ? square.inputs[0] : undefined;
    if (squared !== undefined) {
      return [
        emitter.graph.op('ReduceSumSquare', [emitter.get(squared)], { axes: physical, keepdims }),
      ];
    }
    const list = emitter.graph.integers(...physical);
    return [emitter.graph.op('ReduceSum', [emitter.full(x), list], { keepdims })];
  };
}
