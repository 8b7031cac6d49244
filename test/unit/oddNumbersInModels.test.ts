/** What a model gives is a score and a map of 0..1, or an error that names the model; it is never called good. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import { isDefective, outcomeOf } from '../../protocol/outcome.ts';
import { checkedPrediction } from '../../server/engines/checkedPrediction.ts';
import { exportOnnx } from '../../server/engines/onnx/exportModel.ts';
import {
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  type GraphProto,
} from '../../server/engines/onnx/schema/onnx_pb.ts';
import { encodeSafetensors } from '../../server/files/safetensors.ts';
import { initialWeights } from '../../server/method/initialWeights.ts';
import { PixelMetrics, imageMetrics } from '../../server/metrics/index.ts';
import { importWeights } from '../../server/runs/importWeights.ts';
import { loadModel } from '../../server/runs/model.ts';
import { realParts } from '../../server/runs/parts.ts';
import { predictFiles } from '../../server/runs/predict.ts';
import { oddShares, smallSpec as spec } from '../support/oddNumbers.ts';
import { writeTree } from '../support/tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'segdec-odd-'));
const parts = await realParts();
const reader = parts.createReader();
afterAll(async () => {
  await reader.dispose();
  await rm(folder, { recursive: true, force: true });
});

const weights = initialWeights(spec, 1);
const sound = exportOnnx(spec, weights, { 'segdec.threshold': '0.25' });

/** The model with a change, as a file. */
async function modelFile(change: (graph: GraphProto) => void): Promise<string> {
  const model = fromBinary(ModelProtoSchema, sound);
  if (model.graph === undefined) throw new Error('The model has no graph.');
  change(model.graph);
  const file = join(folder, 'model.onnx');
  await writeFile(file, toBinary(ModelProtoSchema, model));
  return file;
}

/** Every prediction of one image. */
async function predicted(file: string): Promise<unknown[]> {
  const model = await loadModel(file, parts, { threads: 1 });
  try {
    const data = await writeTree(join(folder, 'data'), { 'a.png': 100 });
    const found: unknown[] = [];
    for await (const one of predictFiles(model, [join(data, 'a.png')], reader)) found.push(one);
    return found;
  } finally {
    await model.dispose();
  }
}

async function expectRefused(file: string, says: RegExp): Promise<void> {
  const error: unknown = await predicted(file).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain(file);
  expect((error as UserError).message).toMatch(says);
}

/** Puts further steps behind an output: operators with a constant each. */
function behind(
  output: 'probability' | 'map',
  ...steps: readonly (readonly [operator: string, constant: number])[]
): (graph: GraphProto) => void {
  return (graph) => {
    for (const node of graph.node) {
      node.output = node.output.map((name) => (name === output ? 'before' : name));
      node.input = node.input.map((name) => (name === output ? 'before' : name));
    }
    steps.forEach(([opType, value], i) => {
      const rawData = new Uint8Array(Float32Array.of(value).buffer);
      const name = `odd${i}`;
      graph.initializer.push(create(TensorProtoSchema, { name, dataType: 1, dims: [1n], rawData }));
      const input = [i === 0 ? 'before' : `after${i - 1}`, name];
      const last = i === steps.length - 1;
      graph.node.push(
        create(NodeProtoSchema, { opType, input, output: [last ? output : `after${i}`] }),
      );
    });
  };
}

const oddSteps: readonly (readonly [what: string, steps: Parameters<typeof behind>[1][]])[] = [
  ['2 and more', [['Add', 2]]],
  ['a little above 1', [['Add', 1.0001]]],
  ['below 0', [['Sub', 1.5]]],
  ['-1 and less', [['Mul', -40]]],
  ['infinite', [['Div', 0]]],
  [
    'minus infinite',
    [
      ['Mul', -1],
      ['Div', 0],
    ],
  ],
  [
    'NaN',
    [
      ['Div', 0],
      ['Mul', 0],
    ],
  ],
];

describe.each(['probability', 'map'] as const)('a model whose %s', (output) => {
  test.each(oddSteps)('is %s is refused when it scores', async (_, steps) => {
    const what = output === 'map' ? 'a map with the value' : 'the score';
    await expectRefused(
      await modelFile(behind(output, ...steps)),
      new RegExp(`The model gives ${what} .* not from 0 to 1`),
    );
  });
});

test('the sound model, and one whose outputs are halved, score', async () => {
  expect(await predicted(await modelFile(() => undefined))).toMatchObject([{ defective: true }]);
  expect(await predicted(await modelFile(behind('map', ['Mul', 0.5])))).toHaveLength(1);
});

test.each([NaN, Infinity, -Infinity, -NaN, 1e39])(
  'a model with the weight %d is refused before it runs',
  async (value) => {
    const file = await modelFile((graph) => {
      for (const tensor of graph.initializer.filter(({ dataType }) => dataType === 1).slice(-1)) {
        const data = new Uint8Array(tensor.rawData);
        new DataView(data.buffer).setFloat32(0, value, true);
        tensor.rawData = data;
      }
    });
    await expectRefused(file, /refused: its tensor ".*" holds/);
  },
);

test.each([0n, -8n, 12n, 1_000_000_000n, 1n << 62n, 16_392n])(
  'a model for images of %d pixels a side is refused',
  async (side) => {
    const file = await modelFile((graph) => {
      const dim = graph.input[0]?.type?.tensorType?.shape?.dim[3];
      if (dim !== undefined) dim.value = { case: 'dimValue', value: side };
    });
    await expectRefused(file, /refused/);
  },
);

/** A sound graph with other words about it. */
async function withMetadata(metadata: Readonly<Record<string, string>>): Promise<string> {
  const file = join(folder, 'words.onnx');
  await writeFile(file, exportOnnx(spec, weights, metadata));
  return file;
}

test.each([...oddShares, ''])('a model with the threshold "%s" is refused', async (threshold) => {
  const file = await withMetadata({ 'segdec.threshold': threshold });
  await expectRefused(file, /segdec\.threshold is .*, not a number from 0 to 1/);
});

test.each([
  ...['0', '-8', '1e9', '64.0', '', 'NaN'].map((v) => ['segdec.input_width', v] as const),
  ...['0', '-8', '1000000000', '64', '0x80'].map((v) => ['segdec.input_height', v] as const),
  ...['0', '3', '-1', 'NaN', '1.0'].map((v) => ['segdec.channels', v] as const),
  ...['', 'none', 'values 0..1', 'NaN', '1e999'].map((v) => ['segdec.normalisation', v] as const),
  ...['', 'none', 'cell i stands for the point 8i + 4'].map((v) => ['segdec.map', v] as const),
  ...['', 'none', 'keep the aspect ratio', 'crop', '0'].map((v) => ['segdec.resize', v] as const),
])('a model whose metadata has %s = "%s" is refused', async (key, value) => {
  await expectRefused(await withMetadata({ [key]: value }), new RegExp(`metadata ${key} is`));
});

test('a run whose weights are finite, but whose scores are not, scores nothing', async () => {
  const huge = new Map(
    [...weights].map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 3e38) }]),
  );
  const file = join(folder, 'huge.safetensors');
  await writeFile(file, encodeSafetensors(huge, { network: JSON.stringify(spec) }));
  const { run } = await importWeights({ file, output: join(folder, 'huge') });
  await expectRefused(run, /gives (the score|a map with the value) .* not from 0 to 1/);
});

const map = new Float32Array(8).fill(0.5);
test.each([
  ['no score', [], map, /0 scores/],
  ['two scores', [0.5, 0.5], map, /2 scores/],
  ['a missing score', undefined, map, /0 scores/],
  ['no map', [0.5], undefined, /a map of 0 pixels where 8/],
  ['a short map', [0.5], map.slice(1), /a map of 7 pixels/],
  ['a long map', [0.5], new Float32Array(9), /a map of 9 pixels/],
  ['an empty map', [0.5], new Float32Array(0), /a map of 0 pixels/],
  ['a score of NaN', [NaN], map, /the score NaN/],
  ['one pixel of NaN', [0.5], map.map((v, i) => (i === 7 ? NaN : v)), /the value NaN/],
] as const)('outputs with %s are no prediction', (_, probability, pixels, says) => {
  expect(() => checkedPrediction({ probability, map: pixels }, 8, 'X')).toThrow(says);
});

const odd = [NaN, Infinity, -Infinity, -0.001, 1.001, 1e308];
describe.each(odd)('the score %d', (score) => {
  test('has no figures', () => {
    for (const scores of [
      [score, 0.2, 0.3],
      [0.1, 0.2, score],
    ]) {
      expect(() => imageMetrics([1, 0, 1], scores)).toThrow(RangeError);
    }
  });

  test('is neither good nor defective', () => {
    expect(() => isDefective(score, 0.5)).toThrow(RangeError);
    expect(() => isDefective(0.5, score)).toThrow(RangeError);
    for (const label of ['ok', 'defective']) {
      expect(() => outcomeOf(label, score, 0.5)).toThrow(RangeError);
      expect(() => outcomeOf(label, 0.5, score)).toThrow(RangeError);
    }
  });

  test('is no pixel of a map', () => {
    const probabilities = Float32Array.of(0.1, 0.2, 0.3, score);
    const image = { mask: Uint8Array.of(0, 1, 0, 1), width: 2, height: 2, probabilities };
    expect(() => new PixelMetrics().add(image)).toThrow(RangeError);
  });
});

test('labels that are none, and lists of different lengths, have no figures', () => {
  expect(() => imageMetrics([1, NaN], [0.5, 0.5])).toThrow(RangeError);
  expect(() => imageMetrics([1, 2], [0.5, 0.5])).toThrow(RangeError);
  expect(() => imageMetrics([1, 0], [0.5])).toThrow(RangeError);
});
