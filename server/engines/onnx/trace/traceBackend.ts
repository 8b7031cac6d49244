/**
 * A tfjs backend that records kernels instead of computing them. The method runs on it once; what it
 * recorded becomes a graph. It has no values: reading one while tracing is an error.
 */
import * as tf from '../../../method/tf.ts';
import { KERNEL_SHAPES, METHOD_KERNELS, type OutputSpec } from './kernels.ts';
import { pruned, type Layout, type Trace, type TraceNode, type TraceValue } from './trace.ts';

const BACKEND = 'segdec-trace';

class TraceBackend extends tf.KernelBackend {
  readonly placeholders: TraceValue[] = [];
  readonly nodes: TraceNode[] = [];
  private readonly values = new WeakMap<object, TraceValue>();
  private count = 0;

  newValue(spec: OutputSpec & { readonly placeholder?: string }, dtype: string): tf.TensorInfo {
    const dataId = {};
    this.values.set(dataId, { dtype, ...spec, id: this.count });
    this.count += 1;
    return { dataId, shape: [...spec.shape], dtype: dtype as tf.DataType };
  }

  describe(info: tf.TensorInfo): TraceValue {
    const value = this.values.get(info.dataId);
    if (value === undefined) throw new Error('A tensor of another backend reached the trace.');
    return value;
  }

  record(
    kernel: (typeof METHOD_KERNELS)[number],
    inputs: tf.TensorInfo[],
    attributes: object,
  ): tf.TensorInfo[] {
    const call = {
      inputs: inputs.map((info) => this.describe(info)),
      attributes: attributes as Record<string, unknown>,
    };
    const infos = KERNEL_SHAPES[kernel](call).map((spec) =>
      this.newValue(spec, spec.dtype ?? call.inputs[0]?.dtype ?? 'float32'),
    );
    this.nodes.push({ kernel, ...call, output: infos.map((info) => this.describe(info)) });
    return infos;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const numbers = Array.from(values as ArrayLike<number>);
    const first = numbers[0] ?? Number.NaN;
    for (const v of numbers) {
      if (v !== first) throw new Error('Only constants of one number can be traced.');
    }
    const layout = shape.length === 4 ? 'activation' : 'plain';
    return this.newValue({ shape, layout, fill: first }, dtype).dataId;
  }
  override readSync(): never {
    throw new Error('There are no values while tracing.');
  }
  override read(): never {
    throw new Error('There are no values while tracing.');
  }
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {
    // Nothing is counted: a trace frees nothing.
  }
  override refCount(): number {
    return 1;
  }
  override numDataIds(): number {
    return 0;
  }
  override dispose(): void {
    // There is nothing to free.
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
}

/** tfjs makes this a promise for backends that start slowly; this one, and one started before, switch at once. */
function activate(name: string): void {
  void tf.setBackend(name);
  if (tf.getBackend() !== name) throw new Error(`The tfjs backend ${name} did not start.`);
}

let active: TraceBackend | undefined;
let registered = false;

/** Registers the backend and its kernels once a process; tfjs keeps such tables globally. */
function register(): void {
  if (registered) return;
  registered = true;
  for (const kernelName of METHOD_KERNELS) {
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs, attrs }) => {
        if (active === undefined) throw new Error('A kernel was called outside a trace.');
        const list = Object.values(inputs) as tf.TensorInfo[];
        const outputs = active.record(kernelName, list, attrs ?? {});
        return kernelName === 'SplitV' ? outputs : (outputs[0] as tf.TensorInfo);
      },
    });
  }
}

/** Makes a graph input during a trace. Shape as tfjs sees it. */
export type Placeholder = (name: string, shape: readonly number[], layout?: Layout) => tf.Tensor;

/**
 * Runs `program` on the tracing backend and returns what it recorded, without what no output needs.
 * The tfjs backend that was active before is active again afterwards.
 */
export function trace(program: (placeholder: Placeholder) => Record<string, tf.Tensor>): Trace {
  register();
  const backend = new TraceBackend();
  tf.registerBackend(BACKEND, () => backend);
  const before: unknown = tf.engine().backendName;
  active = backend;
  try {
    activate(BACKEND);
    tf.engine().startScope();
    const outputs = program((name, shape, layout) => {
      const spec = {
        shape,
        layout: layout ?? (shape.length === 4 ? 'activation' : 'plain'),
        placeholder: name,
      } as const;
      const info = backend.newValue(spec, 'float32');
      backend.placeholders.push(backend.describe(info));
      return tf.engine().makeTensorFromTensorInfo(info);
    });
    const named = new Map(Object.entries(outputs).map(([k, t]) => [k, backend.describe(t)]));
    return pruned({ placeholders: backend.placeholders, nodes: backend.nodes, outputs: named });
  } finally {
    tf.engine().endScope();
    tf.removeBackend(BACKEND);
    active = undefined;
    if (typeof before === 'string' && before !== BACKEND) activate(before);
  }
}
