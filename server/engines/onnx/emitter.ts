/**
 * Turns a trace into an ONNX graph: asks the operator of each kernel, from the outputs backwards, so that
 * only what is needed is emitted. A value's ONNX tensor has the value's physical shape (trace/trace.ts).
 */
import type { LayerForms } from '../engine.ts';
import { GraphBuilder, type Dimension } from './graphBuilder.ts';
import { OPERATORS } from './operators/index.ts';
import { METHOD_KERNELS, type MethodKernel } from './trace/kernels.ts';
import { physicalShape, type Trace, type TraceNode, type TraceValue } from './trace/trace.ts';

export interface EmitOptions {
  readonly forms: readonly LayerForms[];
  /** Weights to be written into the file, in physical shape, by placeholder name; the rest are inputs. */
  readonly constants?: ReadonlyMap<string, Float32Array>;
  /** The first axis of images and results is free. Only inference with direct forms. */
  readonly dynamicBatch?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** How operators see the graph under construction. */
export class Emitter {
  readonly graph = new GraphBuilder();
  /** Transformed inputs of minimal filtering, shared between the forward pass and the filter gradient. */
  readonly transformed = new Map<string, string>();
  private readonly names = new Map<number, string>();
  private readonly producers = new Map<number, TraceNode>();
  private readonly users = new Map<number, TraceNode[]>();
  private readonly forms: ReadonlyMap<string, LayerForms>;
  readonly dynamicBatch: boolean;

  constructor(trace: Trace, options: EmitOptions) {
    this.dynamicBatch = options.dynamicBatch ?? false;
    this.forms = new Map(options.forms.map((f) => [f.layer, f]));
    for (const node of trace.nodes) {
      for (const value of node.output) this.producers.set(value.id, node);
      for (const value of node.inputs) {
        const root = this.root(value).id;
        this.users.set(root, [...(this.users.get(root) ?? []), node]);
      }
    }
  }

  /** The value behind identities and casts between numbers, which need no node. */
  root(value: TraceValue): TraceValue {
    const node = this.producers.get(value.id);
    if (node === undefined || (node.kernel !== 'Identity' && node.kernel !== 'Cast')) return value;
    const [source] = node.inputs;
    if (source === undefined || source.dtype === 'bool') return value;
    return this.root(source);
  }

  producer(value: TraceValue): TraceNode | undefined {
    return this.producers.get(this.root(value).id);
  }

  /** Kernels that read this value. */
  usersOf(value: TraceValue): readonly TraceNode[] {
    return this.users.get(this.root(value).id) ?? [];
  }

  formsOf(layer: string): LayerForms {
    const forms = this.forms.get(layer);
    if (forms === undefined) throw new Error(`No form was chosen for the convolution ${layer}.`);
    return forms;
  }

  /** The name of the tensor that holds this value, emitting what makes it. */
  get(value: TraceValue): string {
    const root = this.root(value);
    const known = this.names.get(root.id);
    if (known !== undefined) return known;
    if (root.fill !== undefined) return this.set(root, this.graph.scalar(root.fill));
    if (root.placeholder !== undefined) return this.set(root, root.placeholder);
    const node = this.producers.get(root.id);
    if (node === undefined) throw new Error(`Nothing makes the value %${root.id}.`);
    const outputs = OPERATORS[kernelOf(node)](this, node);
    node.output.forEach((v, i) => this.set(v, outputs[i] ?? ''));
    return this.names.get(root.id) ?? '';
  }

  /** As {@link get}, but a constant fills its whole shape instead of staying a number. */
  full(value: TraceValue): string {
    const root = this.root(value);
    const name = this.get(root);
    if (root.fill === undefined || root.shape.length === 0) return name;
    return this.graph.op('Expand', [name, this.graph.integers(...physicalShape(root))]);
  }

  private set(value: TraceValue, name: string): string {
    this.names.set(value.id, name);
    return name;
  }
}

function kernelOf(node: TraceNode): MethodKernel {
  const kernel = METHOD_KERNELS.find((k) => k === node.kernel);
  if (kernel === undefined) throw new Error(`The kernel ${node.kernel} has no translation.`);
  return kernel;
}

/** The trace as a model file. */
export function emitModel(trace: Trace, options: EmitOptions): Uint8Array {
  const emitter = new Emitter(trace, options);
  const { graph } = emitter;
  const free = (shape: number[], isBatch: boolean): Dimension[] =>
    emitter.dynamicBatch && isBatch ? ['N', ...shape.slice(1)] : shape;
  for (const value of trace.placeholders) {
    const name = value.placeholder ?? '';
    const data = options.constants?.get(name);
    if (data === undefined) graph.input(name, free(physicalShape(value), true));
    else graph.initializer(name, data, physicalShape(value));
  }
  for (const [name, value] of trace.outputs) {
    graph.output(name, emitter.full(value), free(physicalShape(value), true));
  }
  return graph.toBytes(options.metadata ?? {});
}
