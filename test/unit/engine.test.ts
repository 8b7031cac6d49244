/** The engine against the method run by plain kernels, against itself in other forms, and against its own slope. */
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, test } from 'vitest';
import type { NetworkSpec } from '../../protocol/run.ts';
import type { StepFactors, TrainingSample, Weights } from '../../server/engines/engine.ts';
import { chooseForms } from '../../server/engines/onnx/chooseForms.ts';
import { emitModel } from '../../server/engines/onnx/emitter.ts';
import { convolutionLayers, directForms, minimalForms } from '../../server/engines/onnx/forms.ts';
import { OnnxEngine } from '../../server/engines/onnx/onnxEngine.ts';
import { GraphSession, type Feed } from '../../server/engines/onnx/session.ts';
import { GRADIENT, STEP_INPUTS, traceStep } from '../../server/engines/onnx/trace/methodTraces.ts';
import { initialWeights } from '../../server/method/initialWeights.ts';
import { classify, segment } from '../../server/method/network.ts';
import { trainingStep, type StepKind } from '../../server/method/step.ts';
import * as tf from '../../server/method/tf.ts';
import { structuredImage } from '../support/images.ts';
import { methodTensors, nhwc } from '../support/plainNetwork.ts';
import { seededRandom } from '../support/random.ts';

const tiny: NetworkSpec = {
  variant: 'paper',
  width: 0.06,
  channels: 3,
  imageWidth: 72,
  imageHeight: 128,
};
const FACTORS = { segmentation: 0.7, classification: 0.3 };

function sampleFor(spec: NetworkSpec, seed: number): TrainingSample {
  const random = seededRandom(seed);
  const map = (spec.imageWidth / 8) * (spec.imageHeight / 8);
  return {
    data: structuredImage(spec, seed),
    target: Float32Array.from({ length: map }, () => (random() < 0.2 ? random() : 0)),
    weight: Float32Array.from({ length: map }, () => 0.5 + random()),
    classTarget: 1,
    segmented: true,
  };
}

/** Losses and gradients as the ONNX graph gives them. */
async function graphStep(
  spec: NetworkSpec,
  kind: StepKind,
  weights: Weights,
  sample: TrainingSample,
  forms = directForms(spec),
) {
  const session = await GraphSession.create(
    emitModel(traceStep(spec, kind, 'gradients'), { forms }),
    {
      threads: 1,
    },
  );
  const map = [1, 1, spec.imageHeight / 8, spec.imageWidth / 8];
  const number = (value: number, shape: number[] = []): Feed => ({
    data: Float32Array.of(value),
    shape,
  });
  const values = await session.run({
    ...Object.fromEntries(weights),
    [STEP_INPUTS.image]: {
      data: sample.data,
      shape: [1, spec.channels, spec.imageHeight, spec.imageWidth],
    },
    [STEP_INPUTS.target]: { data: sample.target, shape: map },
    [STEP_INPUTS.weight]: { data: sample.weight, shape: map },
    [STEP_INPUTS.classTarget]: number(sample.classTarget, [1]),
    [STEP_INPUTS.segmentationFactor]: number(kind === 'weak' ? 0 : FACTORS.segmentation),
    [STEP_INPUTS.classificationFactor]: number(FACTORS.classification),
  });
  await session.dispose();
  const gradients = new Map(
    Object.entries(values)
      .filter(([name]) => name.startsWith(GRADIENT))
      .map(([name, data]) => [name.slice(GRADIENT.length), data]),
  );
  const [segmentation, classification] = [
    values['segmentation']?.[0],
    values['classification']?.[0],
  ];
  return { segmentation: segmentation ?? NaN, classification: classification ?? NaN, gradients };
}

const norm = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));
const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  norm(Array.from(a).map((v, i) => v - (b[i] ?? NaN))) / Math.max(1e-7, norm(b));

describe('the traced graph computes what plain kernels compute', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  test.each([
    ['stopped', 'paper'],
    ['flowing', 'paper'],
    ['weak', 'paper'],
    ['stopped', 'reference'],
  ] as const)('a step, gradient %s, variant %s', async (kind, variant) => {
    const spec = { ...tiny, variant, width: variant === 'paper' ? 0.06 : 0.04 };
    const weights = initialWeights(spec, 5);
    const sample = sampleFor(spec, 11);
    const got = await graphStep(spec, kind, weights, sample);
    await tf.setBackend('cpu');
    const [h, w] = [spec.imageHeight, spec.imageWidth];
    const expected = trainingStep(
      kind,
      {
        image: nhwc(sample.data, spec.channels, h, w),
        target: nhwc(sample.target, 1, h / 8, w / 8),
        weight: nhwc(sample.weight, 1, h / 8, w / 8),
        classTarget: tf.tensor1d([sample.classTarget]),
        segmentationFactor: tf.scalar(kind === 'weak' ? 0 : FACTORS.segmentation),
        classificationFactor: tf.scalar(FACTORS.classification),
      },
      methodTensors(weights),
      spec,
    );
    expect(got.segmentation).toBeCloseTo(expected.segmentation.dataSync()[0] ?? NaN, 5);
    expect(got.classification).toBeCloseTo(expected.classification.dataSync()[0] ?? NaN, 5);
    expect([...got.gradients.keys()].sort()).toEqual(Object.keys(expected.gradients).sort());
    for (const [name, gradient] of Object.entries(expected.gradients)) {
      const back =
        gradient.rank < 4
          ? gradient
          : name.endsWith('.weight')
            ? tf.transpose(gradient, [3, 2, 0, 1])
            : gradient;
      expect(apart(got.gradients.get(name) ?? [], back.dataSync()), name).toBeLessThan(2e-3);
    }
  });

  test('inference', async () => {
    const weights = initialWeights(tiny, 6);
    const data = structuredImage(tiny, 3);
    const engine = new OnnxEngine({ network: tiny, threads: 1, memoryBytes: 2 ** 30, weights });
    const [got] = await engine.predict([{ data }]);
    await engine.dispose();
    await tf.setBackend('cpu');
    const tensors = methodTensors(weights);
    const s = segment(nhwc(data, 3, tiny.imageHeight, tiny.imageWidth), tensors, tiny);
    const probability = tf.sigmoid(classify(s, tensors, tiny)).dataSync()[0] ?? NaN;
    expect(Math.abs((got?.probability ?? NaN) - probability)).toBeLessThan(1e-4);
    expect(apart(got?.map ?? [], tf.sigmoid(s.map).dataSync())).toBeLessThan(1e-3);
  });
});

describe('minimal filtering', () => {
  // Maps whose sides are no multiples of the tile, and both kernel sizes.
  const sizes: readonly (readonly [NetworkSpec['variant'], number, number, number])[] = [
    ['paper', 0.5, 72, 136],
    ['paper', 0.5, 136, 88],
    ['paper', 1, 64, 128],
    ['reference', 0.5, 128, 64],
  ];
  test.each(sizes)('%s at width %s, %s x %s', async (variant, width, imageWidth, imageHeight) => {
    const spec = { variant, width, imageWidth, imageHeight, channels: 1 } as const;
    const weights = initialWeights(spec, 2);
    const sample = sampleFor(spec, 4);
    const forms = minimalForms(spec);
    expect(forms.filter(({ forward }) => forward === 'minimal').length).toBeGreaterThan(2);
    const direct = await graphStep(spec, 'stopped', weights, sample);
    const minimal = await graphStep(spec, 'stopped', weights, sample, forms);
    expect(minimal.segmentation).toBeCloseTo(direct.segmentation, 4);
    const errors = [...direct.gradients].map(([name, g]) =>
      apart(minimal.gradients.get(name) ?? [], g),
    );
    errors.sort((a, b) => a - b);
    expect(errors[errors.length >> 1]).toBeLessThan(1e-3);
    expect(errors.at(-1)).toBeLessThan(0.1);
  });
});

describe('gradients are slopes', () => {
  test.each(['stopped', 'flowing'] as const)('of the whole step, gradient %s', async (kind) => {
    const weights = initialWeights(tiny, 9);
    const sample = sampleFor(tiny, 8);
    const { gradients } = await graphStep(tiny, kind, weights, sample);
    // With the stop, the segmentation sub-network follows its own loss alone.
    const own = (name: string): boolean => !/^(extractor|fc)/.test(name);
    const names = [...gradients.keys()].filter((name) => kind === 'flowing' || own(name));
    const length = norm(names.flatMap((name) => [...(gradients.get(name) ?? [])]));
    const moved = (step: number): Weights =>
      new Map(
        [...weights].map(([name, { shape, data }]) => {
          const g = names.includes(name) ? gradients.get(name) : undefined;
          return [name, { shape, data: data.map((v, i) => v + (step * (g?.[i] ?? 0)) / length) }];
        }),
      );
    const loss = async (step: number): Promise<number> => {
      const { segmentation, classification } = await graphStep(tiny, kind, moved(step), sample);
      const flowing = kind === 'flowing' ? FACTORS.classification * classification : 0;
      return FACTORS.segmentation * segmentation + flowing;
    };
    // The loss moves by a few ten-thousandths: far above float32's noise, far below the next kink of a ReLU.
    const step = 3e-4 / length;
    const slope = ((await loss(step)) - (await loss(-step))) / (2 * step);
    expect(Math.abs(slope - length) / length).toBeLessThan(0.03);
  });
});

describe('the engine', () => {
  const factors: StepFactors = { ...FACTORS, learningRate: 0.01, gradientStop: true };
  const options = {
    network: tiny,
    threads: 1,
    memoryBytes: 2 ** 30,
    weights: initialWeights(tiny, 1),
  };

  test('a batch of two is one update with both gradients', async () => {
    const [a, b] = [sampleFor(tiny, 1), sampleFor(tiny, 2)];
    const engine = new OnnxEngine(options);
    await engine.step([a, b], factors);
    const together = engine.exportState();
    await engine.dispose();
    const first = await graphStep(tiny, 'stopped', options.weights, a);
    const second = await graphStep(tiny, 'stopped', options.weights, b);
    for (const [name, { data }] of options.weights) {
      const [ga, gb] = [first.gradients.get(name), second.gradients.get(name)];
      const expected = data.map((v, i) => v - 0.01 * ((ga?.[i] ?? 0) + (gb?.[i] ?? 0)));
      expect(apart(together.get(name)?.data ?? [], expected), name).toBeLessThan(1e-5);
    }
  });

  test('a weakly labelled positive trains the classification sub-network alone', async () => {
    const engine = new OnnxEngine(options);
    await engine.step([{ ...sampleFor(tiny, 1), segmented: false }], factors);
    const after = engine.exportState();
    await engine.dispose();
    for (const [name, { data }] of options.weights) {
      const same = apart(after.get(name)?.data ?? [], data) === 0;
      expect(same, name).toBe(!/^(extractor|fc)/.test(name));
    }
  });

  test('repeats itself bit for bit, also after its weights were exported and imported', async () => {
    const run = async (again: boolean): Promise<Weights> => {
      let engine = new OnnxEngine(options);
      for (let i = 0; i < 4; i += 1) {
        await engine.step([{ ...sampleFor(tiny, i), segmented: i !== 2 }], factors);
        if (!again || i !== 1) continue;
        const weights = engine.exportState();
        await engine.dispose();
        engine = new OnnxEngine({ ...options, weights });
      }
      const state = engine.exportState();
      await engine.dispose();
      return state;
    };
    const first = await run(false);
    for (const other of [await run(false), await run(true)]) {
      for (const [name, { data }] of first) {
        expect(apart(other.get(name)?.data ?? [], data), name).toBe(0);
      }
    }
  });

  test('refuses weights of another network by the name of the first that differs', () => {
    const other = initialWeights({ ...tiny, channels: 1 }, 1);
    expect(() => new OnnxEngine({ ...options, weights: other })).toThrow(/volume\.0\.0\.weight is/);
  });
});

describe('the choice of forms', () => {
  const published: NetworkSpec = {
    variant: 'paper',
    width: 1,
    channels: 3,
    imageWidth: 232,
    imageHeight: 640,
  };

  test('uses minimal filtering in every pass where memory allows, and gives up forward first', () => {
    const wide = convolutionLayers(published).filter(
      ({ input, output }) => Math.min(input, output) >= 32,
    );
    const rich = chooseForms(published, 8 * 2 ** 30);
    for (const { name } of wide) {
      const forms = rich.find(({ layer }) => layer === name);
      expect(forms, name).toMatchObject({ filterGradient: 'minimal', forward: 'minimal' });
    }
    const poor = chooseForms(published, 2 ** 29);
    const forward = (forms: typeof rich) => forms.filter((f) => f.forward === 'minimal').length;
    expect(forward(poor)).toBeLessThan(forward(rich));
  });

  test('depends on nothing but sizes and budget', () => {
    expect(chooseForms(published, 2 ** 31)).toEqual(chooseForms(published, 2 ** 31));
  });
});
