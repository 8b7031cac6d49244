/** A model of each preset scores the same from its file, run as a user would, and by plain kernels (docs/trust.md, row 15). */
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { presetNames } from '../../protocol/run.ts';
import type { NetworkSpec, PresetName } from '../../protocol/run.ts';
import type { TrainingSample } from '../../server/engines/engine.ts';
import { exportOnnx } from '../../server/engines/onnx/exportModel.ts';
import { OnnxEngine } from '../../server/engines/onnx/onnxEngine.ts';
import { initialWeights } from '../../server/method/initialWeights.ts';
import { presetSettings } from '../../server/method/presets.ts';
import { structuredImage } from '../support/images.ts';
import { plainPrediction } from '../support/plainNetwork.ts';
import { seededRandom } from '../support/random.ts';

const images = 20;
const steps = 6;

/** Small, and no two presets alike: both variants, grey and colour, sides that differ. */
const networks: Readonly<Record<PresetName, NetworkSpec>> = {
  dagm: { variant: 'paper', width: 0.06, channels: 1, imageWidth: 64, imageHeight: 128 },
  ksdd: { variant: 'reference', width: 0.04, channels: 1, imageWidth: 72, imageHeight: 128 },
  ksdd2: { variant: 'paper', width: 0.05, channels: 3, imageWidth: 72, imageHeight: 136 },
  severstal: { variant: 'reference', width: 0.04, channels: 3, imageWidth: 128, imageHeight: 64 },
};

function sample(spec: NetworkSpec, seed: number, positiveWeight: number): TrainingSample {
  const random = seededRandom(seed);
  const cells = (spec.imageWidth / 8) * (spec.imageHeight / 8);
  const positive = seed % 2;
  return {
    data: structuredImage(spec, seed),
    target: Float32Array.from({ length: cells }, () => (random() < 0.2 ? positive : 0)),
    weight: Float32Array.from({ length: cells }, () => 0.5 + positiveWeight * random()),
    classTarget: positive,
    segmented: true,
  };
}

test.each(presetNames)(`%s: ${images} images`, async (preset) => {
  const network = networks[preset];
  const { learningRate, delta, batchSize, gradientStop, positiveWeight } = presetSettings(
    preset,
    images,
    images,
  );
  const engine = new OnnxEngine({
    ...{ network, threads: 1, memoryBytes: 2 ** 30, weights: initialWeights(network, 3) },
  });
  // Weights as training leaves them: of the preset's own steps.
  for (let step = 0; step < steps; step += 1) {
    const batch = Array.from({ length: Math.min(batchSize, 2) }, (_, i) =>
      sample(network, 1 + 2 * step + i, positiveWeight),
    );
    await engine.step(batch, {
      ...{ segmentation: 1 - step / steps, classification: (delta * step) / steps },
      // The smallest of the presets', so that so few steps do not saturate.
      ...{ learningRate: Math.min(learningRate, 0.05), gradientStop },
    });
  }
  const weights = engine.exportState();
  const session = await ort.InferenceSession.create(exportOnnx(network, weights, {}));
  const shape = [1, network.channels, network.imageHeight, network.imageWidth];
  const largest = { file: 0, plain: 0, map: 0 };
  const scores = new Set<number>();
  for (let i = 0; i < images; i += 1) {
    const data = structuredImage(network, 100 + i);
    const [expected] = await engine.predict([{ data }]);
    if (expected === undefined) throw new Error('The engine gave nothing.');
    scores.add(expected.probability);
    const image = new ort.Tensor(
      'float32',
      data.map((value) => value * 255),
      shape,
    );
    const { probability, map } = await session.run({ image });
    const plain = await plainPrediction(network, weights, data);
    expect(map?.size).toBe(expected.map.length);
    largest.file = Math.max(
      largest.file,
      Math.abs(Number(probability?.data[0]) - expected.probability),
    );
    largest.plain = Math.max(largest.plain, Math.abs(plain.probability - expected.probability));
    expected.map.forEach((value, k) => {
      const others = [Number(map?.data[k]), plain.map[k] ?? NaN];
      largest.map = Math.max(largest.map, ...others.map((other) => Math.abs(other - value)));
    });
  }
  await session.release();
  await engine.dispose();
  console.log(
    `${preset}: at most ${largest.file.toExponential(1)} from the file, ${largest.plain.toExponential(1)} by plain kernels, maps ${largest.map.toExponential(1)}`,
  );
  expect(scores.size).toBe(images);
  expect(largest.file).toBeLessThanOrEqual(1e-4);
  expect(largest.plain).toBeLessThanOrEqual(1e-4);
  expect(largest.map).toBeLessThanOrEqual(1e-3);
});
