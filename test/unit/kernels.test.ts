/** Every kernel and every form by itself, as an ONNX graph, against the plain kernels of tfjs. */
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, test } from 'vitest';
import type { LayerForms } from '../../server/engines/engine.ts';
import { emitModel } from '../../server/engines/onnx/emitter.ts';
import { GraphSession, type Feed } from '../../server/engines/onnx/session.ts';
import { METHOD_KERNELS } from '../../server/engines/onnx/trace/kernels.ts';
import { physicalShape, printTrace } from '../../server/engines/onnx/trace/trace.ts';
import { trace } from '../../server/engines/onnx/trace/traceBackend.ts';
import * as tf from '../../server/method/tf.ts';
import { seededRandom } from '../support/random.ts';

interface Input {
  /** As tfjs sees it. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
  readonly layout?: 'filter';
}
type Inputs = Readonly<Record<string, Input>>;
type Tensors = Readonly<Record<string, tf.Tensor>>;
type Program = (inputs: Tensors) => Record<string, tf.Tensor>;

const order = { activation: [0, 3, 1, 2], filter: [3, 2, 0, 1], plain: undefined } as const;

/** Values in the memory order of a layout. */
function physical(tensor: tf.Tensor, layout: keyof typeof order): Float32Array {
  const permutation = order[layout];
  const moved = permutation === undefined ? tensor : tf.transpose(tensor, [...permutation]);
  return moved.dataSync() as Float32Array;
}

/** Runs a program as a graph and plainly; gives both results by name, in memory order. */
async function both(program: Program, inputs: Inputs, forms: readonly LayerForms[] = []) {
  await tf.setBackend('cpu');
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
  );
  const traced = trace((placeholder) =>
    program(
      Object.fromEntries(
        Object.entries(inputs).map(([name, { shape, layout }]) => [
          name,
          placeholder(name, shape, layout),
        ]),
      ),
    ),
  );
  const session = await GraphSession.create(emitModel(traced, { forms }), { threads: 1 });
  const feeds: Record<string, Feed> = {};
  for (const value of traced.placeholders) {
    const name = value.placeholder ?? '';
    const tensor = tensors[name];
    if (tensor === undefined) throw new Error(`no input ${name}`);
    feeds[name] = { data: physical(tensor, value.layout), shape: physicalShape(value) };
  }
  const got = await session.run(feeds);
  await session.dispose();
  await tf.setBackend('cpu');
  const plain = program(tensors);
  const expected = Object.fromEntries(
    Object.entries(plain).map(([name, tensor]) => [
      name,
      physical(tensor, traced.outputs.get(name)?.layout ?? 'plain'),
    ]),
  );
  return { got, expected, text: printTrace(traced) };
}

/** Kernels that a test has seen in a trace: at the end none of the method's may be missing. */
const seen = new Set<string>();

async function expectEqual(
  program: Program,
  inputs: Inputs,
  { forms = [], tolerance = 1e-5 }: { forms?: readonly LayerForms[]; tolerance?: number } = {},
): Promise<void> {
  const { got, expected, text } = await both(program, inputs, forms);
  for (const kernel of METHOD_KERNELS) if (text.includes(`= ${kernel}(`)) seen.add(kernel);
  for (const [name, values] of Object.entries(expected)) {
    const found = got[name] ?? new Float32Array();
    expect(found, name).toHaveLength(values.length);
    const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
    values.forEach((v, i) => {
      expect(Math.abs((found[i] ?? NaN) - v) / largest, `${name}[${i}]`).toBeLessThan(tolerance);
    });
  }
}

function random(shape: readonly number[], seed: number, from = -1, to = 1): Input {
  const next = seededRandom(seed);
  const length = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length }, () => from + (to - from) * next()) };
}

const four = [1, 3, 5, 2] as const;
const a = (t: Tensors): tf.Tensor => t['a'] as tf.Tensor;
const b = (t: Tensors): tf.Tensor => t['b'] as tf.Tensor;

describe('elementwise kernels and reductions', () => {
  const programs: Readonly<Record<string, Program>> = {
    Add: (t) => ({ y: a(t).add(b(t)) }),
    Sub: (t) => ({ y: a(t).sub(b(t)) }),
    Multiply: (t) => ({ y: a(t).mul(b(t)) }),
    RealDiv: (t) => ({ y: a(t).div(b(t).add(3)) }),
    Maximum: (t) => ({ y: tf.maximum(a(t), b(t)) }),
    Sqrt: (t) => ({ y: a(t).square().sqrt() }),
    Reciprocal: (t) => ({ y: a(t).add(3).reciprocal() }),
    Relu: (t) => ({ y: a(t).relu() }),
    Step: (t) => ({ y: a(t).relu().mul(0).add(a(t).step()) }),
    Sigmoid: (t) => ({ y: a(t).mul(20).sigmoid() }),
    Softplus: (t) => ({ y: a(t).mul(40).softplus() }),
    Neg: (t) => ({ y: a(t).neg() }),
    Identity: (t) => ({ y: a(t).clone().add(0) }),
    Fill: (t) => ({ y: a(t).add(tf.fill([1, 3, 5, 2], 0.25)) }),
    ZerosLike: (t) => ({ y: a(t).add(tf.zerosLike(b(t))) }),
    Cast: (t) => ({ y: a(t).mul(tf.cast(tf.equal(a(t), a(t).max([1, 2], true)), 'float32')) }),
    Reshape: (t) => ({ y: a(t).mean([1, 2], true).squeeze([1, 2]).add(1) }),
    Sum: (t) => ({ y: a(t).sum([1, 2], true), all: a(t).sum() }),
    Mean: (t) => ({ y: a(t).mean([1, 2], true), all: a(t).mean() }),
    Max: (t) => ({ y: a(t).max([1, 2], true) }),
    Concat: (t) => ({ y: tf.concat([a(t), b(t)], 3) }),
    SplitV: (t) => {
      const joined = tf.concat([a(t), b(t).relu()], 3);
      const [first, second] = tf.split(joined, [1, 3], 3);
      return { first: (first as tf.Tensor).add(0), second: (second as tf.Tensor).mul(2) };
    },
  };
  test.each(Object.entries(programs))('%s', async (kernel, program) => {
    await expectEqual(program, { a: random(four, 1), b: random(four, 2) });
    expect(seen).toContain(kernel);
  });

  test('extreme values stay finite where the method needs it', async () => {
    const data = Float32Array.of(-1e4, -100, -1, 0, 1, 100, 1e4, 1e-8);
    await expectEqual((t) => ({ s: a(t).sigmoid(), p: a(t).softplus() }), {
      a: { shape: [8], data },
    });
  });
});

/** Value, and both gradients of its product with `dy`. */
const convolved: Program = (t) => {
  const [x, w, dy] = [t['x'] as tf.Tensor4D, t['w'] as tf.Tensor4D, t['dy'] as tf.Tensor4D];
  const y = tf.conv2d(x, w, 1, 'same');
  const [dx, dw] = tf.grads((...v: tf.Tensor[]) =>
    tf
      .conv2d(v[0] as tf.Tensor4D, v[1] as tf.Tensor4D, 1, 'same')
      .mul(dy)
      .sum(),
  )([x, w]);
  return { y, dx: dx as tf.Tensor, dw: dw as tf.Tensor };
};

const direct: LayerForms = {
  layer: 'w',
  forward: 'direct',
  inputGradient: 'direct',
  filterGradient: 'direct',
};
const minimal: LayerForms = {
  layer: 'w',
  forward: 'minimal',
  inputGradient: 'minimal',
  filterGradient: 'minimal',
};

describe('convolution and its gradients', () => {
  const cases: readonly (readonly [
    kernel: number,
    h: number,
    w: number,
    input: number,
    output: number,
  ])[] = [
    [1, 1, 1, 2, 3],
    [1, 3, 5, 4, 1],
    [5, 1, 1, 1, 1],
    [5, 2, 3, 3, 2],
    [5, 7, 9, 2, 4],
    [5, 8, 4, 4, 4],
    [15, 5, 7, 2, 2],
    [15, 16, 9, 1, 3],
  ];
  test.each(cases)('%i x %i kernel, directly: %i x %i', async (kernel, h, w, input, output) => {
    await expectEqual(
      convolved,
      {
        x: random([1, h, w, input], 3),
        w: { ...random([kernel, kernel, input, output], 4), layout: 'filter' },
        dy: random([1, h, w, output], 5),
      },
      { forms: [direct] },
    );
  });

  const tiles = cases.filter(([kernel]) => kernel > 1);
  test.each(tiles)(
    '%i x %i kernel, minimal filtering: %i x %i',
    async (kernel, h, w, input, output) => {
      for (const pass of ['forward', 'inputGradient', 'filterGradient', 'all'] as const) {
        const forms = pass === 'all' ? minimal : { ...direct, [pass]: 'minimal' };
        await expectEqual(
          convolved,
          {
            x: random([1, h, w, input], 6),
            w: { ...random([kernel, kernel, input, output], 7), layout: 'filter' },
            dy: random([1, h, w, output], 8),
          },
          { forms: [forms], tolerance: 1e-4 },
        );
      }
    },
  );
});

describe('max-pool of 2', () => {
  const pooled: Program = (t) => {
    const x = t['x'] as tf.Tensor4D;
    const pool = (v: tf.Tensor4D): tf.Tensor4D => tf.maxPool(v, 2, 2, 'valid');
    const dx = tf.grad((v: tf.Tensor) =>
      pool(v as tf.Tensor4D)
        .mul(t['dy'] as tf.Tensor)
        .sum(),
    )(x);
    return { y: pool(x), dx };
  };
  test.each([
    [2, 2],
    [3, 5],
    [7, 4],
    [8, 9],
  ] as const)('rounds down at %i x %i', async (h, w) => {
    const dy = random([1, Math.floor(h / 2), Math.floor(w / 2), 3], 10);
    await expectEqual(pooled, { x: random([1, h, w, 3], 9), dy });
  });

  test('the gradient of equal maxima goes to the first of them, as in PyTorch', async () => {
    const x = { shape: [1, 2, 4, 1], data: Float32Array.of(5, 5, 0, 0, 5, 1, 0, 0) };
    const dy = { shape: [1, 1, 2, 1], data: Float32Array.of(1, 1) };
    const { got } = await both(pooled, { x, dy });
    expect([...(got['dx'] ?? [])]).toEqual([1, 0, 1, 0, 0, 0, 0, 0]);
  });
});

test('every kernel that the method may use was compared', () => {
  const untested = METHOD_KERNELS.filter((kernel) => !seen.has(kernel));
  expect(untested).toEqual([]);
});
