/**
 * What the tracing backend records: values, and the kernels that made them, in order of execution.
 * A trace is independent of ONNX; the operators translate it (../operators).
 */

/**
 * How a value lies in memory, as a permutation of its tfjs axes. tfjs thinks NHWC and HWIO; ONNX Runtime
 * computes NCHW and OIHW, so rank-4 values are kept that way and axes are translated when emitting.
 */
export type Layout = 'activation' | 'filter' | 'plain';

/** Physical axis i holds logical axis PERMUTATION[layout][i]. */
const PERMUTATION = { activation: [0, 3, 1, 2], filter: [3, 2, 0, 1] } as const;

export interface TraceValue {
  readonly id: number;
  /** The shape that tfjs sees. */
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly layout: Layout;
  /** The graph input's name, for a placeholder. */
  readonly placeholder?: string;
  /** A constant: one number for the whole shape. */
  readonly fill?: number;
}

export interface TraceNode {
  readonly kernel: string;
  readonly inputs: readonly TraceValue[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly output: readonly TraceValue[];
}

export interface Trace {
  readonly placeholders: readonly TraceValue[];
  readonly nodes: readonly TraceNode[];
  readonly outputs: ReadonlyMap<string, TraceValue>;
}

/** The shape in memory. */
export function physicalShape(value: TraceValue): number[] {
  if (value.layout === 'plain') return [...value.shape];
  return PERMUTATION[value.layout].map((axis) => value.shape[axis] ?? 1);
}

/** The axis in memory of a tfjs axis (negative ones count from the end). */
export function physicalAxis(value: TraceValue, axis: number): number {
  const logical = axis < 0 ? axis + value.shape.length : axis;
  if (value.layout === 'plain') return logical;
  return (PERMUTATION[value.layout] as readonly number[]).indexOf(logical);
}

/** Permutation that takes the memory order of `layout` back to tfjs's own order. */
export function toLogicalOrder(layout: Exclude<Layout, 'plain'>): number[] {
  return [0, 1, 2, 3].map((axis) => (PERMUTATION[layout] as readonly number[]).indexOf(axis));
}

/** Permutation from tfjs's order to the memory order of `layout`. */
export function fromLogicalOrder(layout: Exclude<Layout, 'plain'>): number[] {
  return [...PERMUTATION[layout]];
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** The trace without nodes that no output needs, in the same order. */
export function pruned(trace: Trace): Trace {
  const needed = new Set([...trace.outputs.values()].map((v) => v.id));
  const nodes: TraceNode[] = [];
  for (const node of [...trace.nodes].reverse()) {
    if (!node.output.some((v) => needed.has(v.id))) continue;
    for (const v of node.inputs) needed.add(v.id);
    nodes.push(node);
  }
  return { ...trace, nodes: nodes.reverse() };
}

/** The trace as text, a kernel a line: what golden tests compare. */
export function printTrace(trace: Trace): string {
  const type = (v: TraceValue): string => `[${v.shape.join(',')}]`;
  const name = (v: TraceValue): string =>
    v.placeholder ?? (v.fill === undefined ? `%${v.id}` : `${v.fill}${type(v)}`);
  const lines = trace.placeholders.map((v) => `input ${name(v)} ${type(v)} ${v.layout}`);
  for (const node of trace.nodes) {
    const attributes = Object.entries(node.attributes)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    lines.push(
      `${node.output.map((v) => `${name(v)}${type(v)}`).join(' ')} = ${node.kernel}(${node.inputs.map(name).join(', ')})${attributes.length > 0 ? ` {${attributes.join(' ')}}` : ''}`,
    );
  }
  for (const [key, v] of trace.outputs) lines.push(`output ${key} = ${name(v)}`);
  return `${lines.join('\n')}\n`;
}
