/** What operators share: a node's inputs, checked. */
import type { TraceNode, TraceValue } from '../trace/trace.ts';

export function input(node: TraceNode, index: number): TraceValue {
  const value = node.inputs[index];
  if (value === undefined) throw new Error(`${node.kernel} lacks its input ${index}.`);
  return value;
}

export function output(node: TraceNode): TraceValue {
  const [value] = node.output;
  if (value === undefined) throw new Error(`${node.kernel} has no output.`);
  return value;
}

/** Sizes of an activation. */
export function activationShape(value: TraceValue): {
  height: number;
  width: number;
  channels: number;
} {
  const [, height = 1, width = 1, channels = 1] = value.shape;
  return { height, width, channels };
}
