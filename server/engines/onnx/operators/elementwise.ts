/** Operators that work value by value, with broadcasting. */
import type { Operator } from './index.ts';
import { physicalShape, sizeOf, type TraceValue } from '../trace/trace.ts';
import { input, output } from './support.ts';

const FLOAT = 1;

export function unary(type: string): Operator {
  return (emitter, node) => [emitter.graph.op(type, [emitter.get(input(node, 0))])];
}

/** Add, Sub, Mul, Div, Max. A factor of 1 is left out; constants stay numbers unless both sides are. */
export function binary(type: string): Operator {
  return (emitter, node) => {
    const [a, b] = [emitter.root(input(node, 0)), emitter.root(input(node, 1))];
    const result = output(node);
    const covers = (v: TraceValue): boolean =>
      v.fill === undefined && sizeOf(v.shape) === sizeOf(result.shape);
    if (type === 'Mul' && a.fill === 1 && covers(b)) return [emitter.get(b)];
    if ((type === 'Mul' || type === 'Div') && b.fill === 1 && covers(a)) return [emitter.get(a)];
    const name = emitter.graph.op(type, [emitter.get(a), emitter.get(b)]);
    if (covers(a) || covers(b) || broadcastFills(a, b, result)) return [name];
    return [emitter.graph.op('Expand', [name, emitter.graph.integers(...physicalShape(result))])];
  };
}

/** True when the two operands, without constants' shapes, already give the result's shape. */
function broadcastFills(a: TraceValue, b: TraceValue, result: TraceValue): boolean {
  const real = [a, b].filter((v) => v.fill === undefined);
  return result.shape.every((n, i) => {
    const at = (v: TraceValue): number => v.shape[v.shape.length - result.shape.length + i] ?? 1;
    return n === Math.max(1, ...real.map(at));
  });
}

/** As a number rather than a truth value: it is only ever used as a factor. */
export const equal: Operator = (emitter, node) => [
  emitter.graph.op('Equal', [emitter.get(input(node, 0)), emitter.get(input(node, 1))]),
];

export const castToFloat: Operator = (emitter, node) => [
  emitter.graph.op('Cast', [emitter.get(input(node, 0))], { to: FLOAT }),
];

export const square: Operator = (emitter, node) => {
  const x = emitter.get(input(node, 0));
  return [emitter.graph.op('Mul', [x, x])];
};

/**
 * 1 where x > 0, as a number. Asked of the ReLU's output where there is one, so that its input need not
 * be kept. Cast and multiply: Where is many times slower on the CPU.
 */
export const step: Operator = (emitter, node) => {
  const x = input(node, 0);
  const relu = emitter.usersOf(x).find((user) => user.kernel === 'Relu');
  const name = emitter.get(relu === undefined ? x : output(relu));
  const positive = emitter.graph.op('Greater', [name, emitter.graph.scalar(0)]);
  return [emitter.graph.op('Cast', [positive], { to: FLOAT })];
};
