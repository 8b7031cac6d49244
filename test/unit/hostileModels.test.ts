/** Models of strangers (docs/trust.md, row 9): each is refused before the runtime sees it; mutants do no harm. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../protocol/errors.ts';
import type { NetworkSpec } from '../../protocol/run.ts';
import { exportOnnx } from '../../server/engines/onnx/exportModel.ts';
import { walkModel } from '../../server/engines/onnx/walk/walkModel.ts';
import type { Weights } from '../../server/engines/engine.ts';
import { tensorShapes } from '../../server/method/network.ts';
import { openModel } from '../../server/runs/openModel.ts';
import { hostileModels } from '../support/hostileModels.ts';
import { changed, graphOf, node, slowModel, smallModel } from '../support/modelFiles.ts';
import { seededRandom } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary.ts';

const model = smallModel(64, 128);
const long = process.env['SEGDEC_LONG'] !== undefined;

function refusalOf(bytes: Uint8Array): unknown {
  try {
    walkModel(bytes);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('the walk refuses', () => {
  test.each(hostileModels)('%s', (_, refusal, change) => {
    const error = refusalOf(changed(model, change));
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(/^UserError: The model is refused: [^\n]*\.$/);
    expect(String(error)).toMatch(refusal);
  });

  test('a slow model, unless it may take as long', () => {
    const bytes = slowModel();
    expect(() => walkModel(bytes)).toThrow(/multiplications.*--deadline/);
    const limits = { memoryBytes: 2 ** 32, seconds: 1e6 };
    expect(walkModel(bytes, limits).network.imageWidth).toBe(256);
  });

  test('values alive at once by the limit, and not one after the other', () => {
    const chain = changed(model, (m) => {
      const relus = Array.from({ length: 500 }, (_, i) =>
        node('Relu', [i === 0 ? 'image' : `x${i - 1}`], `x${i}`),
      );
      graphOf(m).node.unshift(...relus);
    });
    const bytes = 4 * 64 * 128;
    const allowing = (memoryBytes: number) => ({ memoryBytes, seconds: 100 });
    expect(() => walkModel(chain, allowing(100 * bytes))).not.toThrow();
    expect(() => walkModel(chain, allowing(2 * bytes))).toThrow(/--model-memory/);
  });
});

test.each([
  ...[{ imageWidth: 512, imageHeight: 512, channels: 1 }],
  ...[{ imageWidth: 512, imageHeight: 1408, channels: 1 }],
  ...[{ imageWidth: 232, imageHeight: 640, channels: 3 }],
  ...[{ imageWidth: 1600, imageHeight: 256, channels: 3 }],
  ...[{ imageWidth: 3200, imageHeight: 256, channels: 3 }],
  ...[{ imageWidth: 2048, imageHeight: 2048, channels: 3 }],
] as const)('our own models pass: $imageWidth x $imageHeight x $channels', (size) => {
  for (const variant of ['paper', 'reference'] as const) {
    const spec: NetworkSpec = { ...size, variant, width: 1 };
    const { imageWidth, imageHeight, channels } = size;
    const walked = walkModel(exportOnnx(spec, zeros(spec), {}));
    expect(walked.network).toEqual({ imageWidth, imageHeight, channels });
  }
});

/** Weights that weigh as much as others, and take no time to make. */
function zeros(spec: NetworkSpec): Weights {
  const shapes = [...tensorShapes(spec)];
  return new Map(
    shapes.map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      return [name, { shape, data }];
    }),
  );
}

const operators = ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Relu', 'Sqrt', 'Reciprocal', 'Concat'];

/** The model with bytes changed anywhere, or with operators, inputs and attributes changed. */
function mutant(random: () => number): Uint8Array {
  const below = (n: number): number => Math.floor(random() * n);
  if (random() < 0.5) {
    const bytes = model.slice();
    for (let k = 0; k < 1 + below(4); k += 1) bytes[below(bytes.length)] = below(256);
    return bytes;
  }
  return changed(model, (m) => {
    const { node: nodes } = graphOf(m);
    const one = nodes[below(nodes.length)];
    const other = nodes[below(nodes.length)];
    if (one === undefined || other === undefined) return;
    const kind = below(4);
    if (kind === 0) one.opType = operators[below(operators.length)] ?? '';
    else if (kind === 1) one.input[below(one.input.length)] = other.output[0] ?? '';
    else if (kind === 2) one.attribute = other.attribute;
    else for (const { ints } of one.attribute) ints[below(ints.length)] = BigInt(below(8) - 2);
  });
}

test(
  'mutants are refused, or run in a process that harms nobody',
  { timeout: 3_600_000 },
  async () => {
    const count = long ? 10_000 : 200;
    // A process each: at the smaller size the first of them.
    const mostRun = long ? count : 10;
    const seed = 20_261_128;
    const random = seededRandom(seed);
    const folder = await temporaryFolder();
    const file = join(folder, 'mutant.onnx');
    const image = { pixels: new Uint8Array(64 * 128).fill(100), maximum: 255 } as const;
    const counts = { refused: 0, passed: 0, failed: 0, scored: 0 };
    for (let i = 0; i < count; i += 1) {
      const bytes = mutant(random);
      try {
        walkModel(bytes);
      } catch (error) {
        expect(error, `seed ${seed}, mutant ${i}`).toBeInstanceOf(UserError);
        counts.refused += 1;
        continue;
      }
      counts.passed += 1;
      if (counts.passed > mostRun) continue;
      await writeFile(file, bytes);
      try {
        const opened = await openModel(file, { threads: 1 });
        try {
          expect((await opened.predict(image, 'an image')).map).toHaveLength(8 * 16);
          counts.scored += 1;
        } finally {
          await opened.dispose();
        }
      } catch (error) {
        expect(error, `seed ${seed}, mutant ${i}`).toBeInstanceOf(UserError);
        expect(String(error)).toContain(file);
        counts.failed += 1;
      }
    }
    console.log(`seed ${seed}: ${count} mutants, ${JSON.stringify(counts)}`);
    expect(counts.refused).toBeGreaterThan(count / 10);
    expect(counts.scored).toBeGreaterThan(0);
  },
);
