/** The exported model scores as the engine does, and files that are not one are refused before they run. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import { exportOnnx, openOnnxModel } from '../../server/engines/onnx/exportModel.ts';
import { OnnxEngine } from '../../server/engines/onnx/onnxEngine.ts';
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type ModelProto,
} from '../../server/engines/onnx/schema/onnx_pb.ts';
import { walkModel } from '../../server/engines/onnx/walk/walkModel.ts';
import { initialWeights } from '../../server/method/initialWeights.ts';
import { seededRandom } from '../support/random.ts';
import { structuredImage } from '../support/images.ts';

const spec = {
  variant: 'paper',
  width: 0.125,
  channels: 3,
  imageWidth: 128,
  imageHeight: 72,
} as const;
const weights = initialWeights(spec, 3);
let model: Uint8Array;
beforeAll(() => {
  model = exportOnnx(spec, weights, { threshold: '0.25', run: 'a <b>' });
});

describe('an exported model', () => {
  test('gives the scores and maps of the engine, from images of 0..255', async () => {
    const engine = new OnnxEngine({ network: spec, threads: 1, memoryBytes: 2 ** 30, weights });
    const opened = await openOnnxModel(model, 1);
    const images = [1, 2, 3].map((seed) => structuredImage(spec, seed));
    const expected = await engine.predict(images.map((data) => ({ data })));
    const found = await opened.predict(images.map((data) => data.map((v) => v * 255)));
    expect(opened.network).toEqual({ channels: 3, imageWidth: 128, imageHeight: 72 });
    expect(opened.metadata).toEqual({ threshold: '0.25', run: 'a <b>' });
    expected.forEach((prediction, i) => {
      expect(Math.abs(prediction.probability - (found[i]?.probability ?? NaN))).toBeLessThan(1e-5);
      const map = found[i]?.map ?? new Float32Array();
      expect(map).toHaveLength(16 * 9);
      prediction.map.forEach((v, k) => expect(Math.abs(v - (map[k] ?? NaN))).toBeLessThan(1e-4));
    });
    await opened.dispose();
    await engine.dispose();
  });

  test('holds standard operators only, with a free batch', () => {
    const { graph, opsetImport } = fromBinary(ModelProtoSchema, model);
    expect(opsetImport.map((o) => o.domain)).toEqual(['']);
    expect(graph?.node.every((n) => n.domain === '')).toBe(true);
    const dims = graph?.input[0]?.type?.tensorType?.shape?.dim.map((d) => d.value.value);
    expect(dims).toEqual(['N', 3n, 72n, 128n]);
  });
});

/** The model with one change. */
function changed(change: (model: ModelProto) => void): Uint8Array {
  const parsed = fromBinary(ModelProtoSchema, model);
  change(parsed);
  return toBinary(ModelProtoSchema, parsed);
}

function graphOf(parsed: ModelProto): NonNullable<ModelProto['graph']> {
  if (parsed.graph === undefined) throw new Error('The model has no graph.');
  return parsed.graph;
}

function external(location: string): (parsed: ModelProto) => void {
  return (parsed) => {
    const [tensor] = graphOf(parsed).initializer;
    if (tensor === undefined) throw new Error('The model has no weights.');
    const entry = create(StringStringEntryProtoSchema, { key: 'location', value: location });
    tensor.externalData.push(entry);
    tensor.dataLocation = 1;
  };
}

const hostile: Record<string, (parsed: ModelProto) => void> = {
  'data in a relative file': external('../../etc/passwd'),
  'data in an absolute file': external('/etc/passwd'),
  'data in a file, without saying so': (parsed) => {
    external('weights.bin')(parsed);
    for (const t of graphOf(parsed).initializer) t.dataLocation = 0;
  },
  'a custom operator': (parsed) => {
    for (const node of graphOf(parsed).node.slice(0, 1)) node.domain = 'com.evil';
  },
  'a custom domain': (parsed) => {
    parsed.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: 'com.evil', version: 1n }));
  },
  'a loop': (parsed) => {
    const body = create(AttributeProtoSchema, { name: 'body', g: create(GraphProtoSchema, {}) });
    const loop = create(NodeProtoSchema, { opType: 'Loop', output: ['x'], attribute: [body] });
    graphOf(parsed).node.unshift(loop);
  },
  'an operator named like a property of objects': (parsed) => {
    graphOf(parsed).node.unshift(create(NodeProtoSchema, { opType: 'constructor' }));
  },
  'a tensor of 2 GB in its shape alone': (parsed) => {
    for (const t of graphOf(parsed).initializer.slice(0, 1)) t.dims = [1n << 29n];
  },
  'negative dimensions': (parsed) => {
    for (const t of graphOf(parsed).initializer.slice(0, 1)) t.dims = [-1n, -1n];
  },
  'an image of a terabyte': (parsed) => {
    for (const dim of graphOf(parsed).input[0]?.type?.tensorType?.shape?.dim ?? [])
      dim.value = { case: 'dimValue', value: 1n << 20n };
  },
  'doubling by concatenation': (parsed) => {
    const doubled = Array.from({ length: 40 }, (_, i) =>
      create(NodeProtoSchema, {
        opType: 'Concat',
        input: [i === 0 ? 'image' : `d${i - 1}`, i === 0 ? 'image' : `d${i - 1}`],
        output: [`d${i}`],
        attribute: [create(AttributeProtoSchema, { name: 'axis', i: 1n, type: 2 })],
      }),
    );
    graphOf(parsed).node.unshift(...doubled);
  },
  'padding without end': (parsed) => {
    const pads = graphOf(parsed)
      .node.flatMap((n) => n.attribute)
      .filter((a) => a.name === 'pads');
    for (const a of pads) a.ints = [1n << 31n, 2n, 2n, 2n];
  },
  'another output': (parsed) => {
    for (const o of graphOf(parsed).output.slice(0, 1)) o.name = 'secret';
  },
  functions: (parsed) => {
    parsed.functions.push(new Uint8Array([1]));
  },
  'no graph': (parsed) => {
    delete parsed.graph;
  },
};

describe('the walk refuses', () => {
  test.each(Object.entries(hostile))('%s', (_, change) => {
    expect(() => walkModel(changed(change))).toThrow(UserError);
  });

  test('what is no model at all', () => {
    for (const text of ['', 'hello', '{"a": 1}', '\u0000'.repeat(100)]) {
      expect(() => walkModel(new TextEncoder().encode(text))).toThrow(UserError);
    }
  });

  test('nothing of an unchanged model', () => {
    expect(walkModel(model).network.imageWidth).toBe(128);
  });
});

test('mutated files are refused or harmless', { timeout: 600_000 }, async () => {
  const count = process.env['SEGDEC_LONG'] === '1' ? 10_000 : 50;
  const seed = 20_240;
  const random = seededRandom(seed);
  // Away from the weights, whose bytes are free.
  const structure = model.length;
  let refused = 0;
  for (let i = 0; i < count; i += 1) {
    const bytes = model.slice();
    for (let k = 0; k < 4; k += 1) {
      const near = random() < 0.5 ? 20_000 : structure;
      bytes[Math.floor(random() * near)] = Math.floor(random() * 256);
    }
    try {
      const opened = await openOnnxModel(bytes, 1);
      const [prediction] = await opened.predict([new Float32Array(3 * 72 * 128).fill(100)]);
      expect(prediction?.map.length).toBe(16 * 9);
      await opened.dispose();
    } catch (error) {
      expect(error, `seed ${seed}, mutation ${i}`).toBeInstanceOf(UserError);
      refused += 1;
    }
  }
  console.log(`seed ${seed}: ${count} mutated models, ${refused} refused`);
  expect(refused).toBeGreaterThan(count / 4);
});
