/**
 * Milliseconds of a training step (full and weakly labelled positive) and of inference, and peak memory.
 *
 *     npm run bench -- --json [--size WxH --channels C --variant V --width W --engine E --threads T --memory GiB --rounds N]
 *
 * Medians of at least ten after a warm-up. Compare only with what was measured in the same minutes.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { NetworkSpec } from '../protocol/run.ts';
import { errorText, UserError } from '../protocol/errors.ts';
import type { Engine, TrainingSample } from '../server/engines/engine.ts';
import { createEngine } from '../server/engines/index.ts';
import { initialWeights } from '../server/method/initialWeights.ts';
import { checkInputSize } from '../server/method/network.ts';

const GIB = 1024 ** 3;
const WARM_UP = 2;
const FACTORS = { segmentation: 0.5, classification: 0.5, learningRate: 0.001, gradientStop: true };

/** A picture with structure, a defect in a corner: white noise would make gradients chaotic. */
function benchSample(spec: NetworkSpec, segmented: boolean): TrainingSample {
  const { imageWidth: width, imageHeight: height, channels } = spec;
  const map = (width / 8) * (height / 8);
  const data = Float32Array.from({ length: channels * width * height }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width) % height];
    return (
      0.5 + 0.3 * Math.sin(x / 17) * Math.cos(y / 23) + 0.1 * Math.sin((x * 31 + y * 57) % 101)
    );
  });
  const target = new Float32Array(map);
  target.fill(1, 3, 9);
  return { data, target, weight: new Float32Array(map).fill(1), classTarget: 1, segmented };
}

async function medianMs(rounds: number, run: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < WARM_UP; i += 1) await run();
  const times: number[] = [];
  for (let i = 0; i < rounds; i += 1) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1] ?? Number.NaN;
}

interface BenchResult {
  readonly engine: string;
  readonly device: string;
  readonly variant: string;
  readonly width: number;
  readonly imageWidth: number;
  readonly imageHeight: number;
  readonly channels: number;
  readonly trainStepMs: number;
  readonly weakStepMs: number;
  readonly inferenceMs: number;
  readonly peakMemoryBytes: number;
}

async function measure(engine: Engine, spec: NetworkSpec, rounds: number): Promise<BenchResult> {
  const full = benchSample(spec, true);
  const weak = benchSample(spec, false);
  const trainStepMs = await medianMs(rounds, () => engine.step([full], FACTORS));
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  const weakStepMs = await medianMs(rounds, () => engine.step([weak], FACTORS));
  const inferenceMs = await medianMs(rounds, () => engine.predict([full]));
  const { variant, width, imageWidth, imageHeight, channels } = spec;
  const { engine: name, device } = engine.description;
  return {
    ...{ engine: name, device, variant, width, imageWidth, imageHeight, channels },
    ...{ trainStepMs, weakStepMs, inferenceMs, peakMemoryBytes },
  };
}

function options(): {
  spec: NetworkSpec;
  json: boolean;
  threads: number;
  memoryBytes: number;
  rounds: number;
  engine: string;
} {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      size: { type: 'string', default: '232x640' },
      channels: { type: 'string', default: '3' },
      variant: { type: 'string', default: 'paper' },
      width: { type: 'string', default: '1' },
      engine: { type: 'string', default: 'onnx' },
      threads: { type: 'string', default: String(Math.min(availableParallelism(), 8)) },
      memory: { type: 'string', default: '4' },
      rounds: { type: 'string', default: '10' },
    },
  });
  const size = /^(\d+)x(\d+)$/.exec(values.size);
  if (size === null)
    throw new UserError(`--size ${values.size} is not WIDTHxHEIGHT, for instance 232x640.`);
  const [imageWidth, imageHeight] = [Number(size[1]), Number(size[2])];
  checkInputSize(imageWidth, imageHeight);
  if (values.variant !== 'paper' && values.variant !== 'reference') {
    throw new UserError(`--variant ${values.variant} is unknown; use paper or reference.`);
  }
  if (values.channels !== '1' && values.channels !== '3') {
    throw new UserError(`--channels ${values.channels} is not 1 or 3.`);
  }
  const channels = values.channels === '1' ? 1 : 3;
  const spec = {
    variant: values.variant,
    width: Number(values.width),
    channels,
    imageWidth,
    imageHeight,
  } as const;
  const rounds = Math.max(10, Number(values.rounds));
  return {
    spec,
    json: values.json,
    threads: Number(values.threads),
    memoryBytes: Number(values.memory) * GIB,
    rounds,
    engine: values.engine,
  };
}

async function main(): Promise<void> {
  const { spec, json, threads, memoryBytes, rounds, engine: name } = options();
  if (name !== 'onnx' && name !== 'tensorflow')
    throw new UserError(`--engine ${name} is unknown; use onnx or tensorflow.`);
  const engine = await createEngine({
    network: spec,
    threads,
    memoryBytes,
    weights: initialWeights(spec, 0),
    engine: name,
    device: 'cpu',
  });
  const result = await measure(engine, spec, rounds);
  await engine.dispose();
  if (json) process.stdout.write(`${JSON.stringify([result], null, 2)}\n`);
  else {
    const ms = (value: number): string => `${value.toFixed(0)} ms`;
    process.stdout.write(
      `${spec.variant} ${spec.imageWidth}x${spec.imageHeight}x${spec.channels} on ${result.engine}, ${threads} threads: training step ${ms(result.trainStepMs)}, weak step ${ms(result.weakStepMs)}, inference ${ms(result.inferenceMs)}, peak memory ${(result.peakMemoryBytes / GIB).toFixed(2)} GiB\n`,
    );
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = error instanceof UserError ? 2 : 70;
});
