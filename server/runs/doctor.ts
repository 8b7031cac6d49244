/** What `segdec doctor` finds out: each part is really tried, and what failed is told in its own words. */
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { arch, availableParallelism, freemem, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { isUnfinished } from '../files/unfinished.ts';
import { errorText } from '../../protocol/errors.ts';
import { writeFileWhole } from '../files/atomicWrite.ts';
import { gibibyte } from './defaults.ts';
import { realParts } from './parts.ts';
import { columns } from './text.ts';
import { segdecVersion } from './version.ts';

export interface Check {
  readonly part: string;
  readonly works: boolean;
  readonly version: string | null;
  /** What was done, or what went wrong. */
  readonly detail: string;
}

export interface Examination {
  readonly segdec: string;
  readonly node: string;
  readonly system: string;
  readonly cores: number;
  readonly memoryGiB: { readonly total: number; readonly free: number };
  readonly folder: string;
  readonly checks: readonly Check[];
}

/** The platforms that the runtime's binaries cover. */
const covered = ['linux x64', 'linux arm64', 'darwin arm64', 'win32 x64'];

async function check(
  part: string,
  attempt: () => Promise<{ version: string | null; detail: string }>,
): Promise<Check> {
  try {
    return { part, works: true, ...(await attempt()) };
  } catch (error) {
    // A failure is this command's result, not its end.
    return { part, works: false, version: null, detail: errorText(error).split('\n')[0] ?? '' };
  }
}

/** The smallest network: one step and one prediction show that the engine computes. */
async function tryEngine() {
  const parts = await realParts();
  const network = {
    variant: 'paper',
    width: 0.05,
    channels: 1,
    imageWidth: 128,
    imageHeight: 64,
  } as const;
  const engine = await parts.createEngine({
    engine: 'onnx',
    device: 'cpu',
    threads: 1,
    memoryBytes: gibibyte,
    network,
    weights: parts.initialWeights(network, 0),
  });
  try {
    const data = Float32Array.from({ length: 128 * 64 }, (_, i) => (i % 17) / 17);
    const map = { target: new Float32Array(128), weight: new Float32Array(128).fill(1) };
    const sample = { data, ...map, classTarget: 0, segmented: true };
    const factors = { segmentation: 1, classification: 1, learningRate: 0.01, gradientStop: true };
    const [losses] = await engine.step([sample], factors);
    if (!Number.isFinite(losses?.segmentation)) throw new Error('a training step gave no number');
    const versions = Object.values(engine.description.versions).join(', ');
    return { version: versions, detail: 'trained one step on the CPU' };
  } finally {
    await engine.dispose();
  }
}

async function tryImages() {
  const { encodeGreyPng } = await import('../files/png.ts');
  const folder = await mkdtemp(join(tmpdir(), 'segdec-doctor-'));
  isUnfinished(folder);
  const reader = (await realParts()).createReader();
  try {
    const file = join(folder, 'test.png');
    await writeFileWhole(file, await encodeGreyPng(new Uint8Array(64), 8, 8));
    const { width, height } = await reader.size(file);
    return { version: null, detail: `decoded a ${width}x${height} PNG in a process of its own` };
  } finally {
    await reader.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The optional engine: reported, never needed. */
async function tryTensorflow() {
  const name = '@tensorflow/tfjs-node-gpu';
  const require = createRequire(import.meta.url);
  const module: unknown = await import(require.resolve(name));
  const version =
    typeof module === 'object' && module !== null && 'version' in module
      ? JSON.stringify(module.version)
      : null;
  return { version, detail: 'loaded; not used as an engine in this version' };
}

/** Examines this machine. */
export async function examine(): Promise<Examination> {
  const system = `${process.platform} ${arch()}`;
  const gib = (bytes: number): number => Number((bytes / gibibyte).toFixed(1));
  const checks = [
    await check('platform', () => {
      if (!covered.includes(system)) {
        throw new Error(`${system} has no binaries of the runtime; use ${covered.join(', ')}`);
      }
      return Promise.resolve({ version: null, detail: 'covered by the runtime' });
    }),
    await check('onnx engine', tryEngine),
    await check('images', tryImages),
    await check('tensorflow (optional)', tryTensorflow),
  ];
  return {
    segdec: segdecVersion,
    node: process.version,
    system: `${system}, ${release()}`,
    cores: availableParallelism(),
    memoryGiB: { total: gib(totalmem()), free: gib(freemem()) },
    folder: process.cwd(),
    checks,
  };
}

/** The examination as lines for people. */
export function examinationLines(report: Examination): string[] {
  const { segdec, node, system, cores, memoryGiB, folder, checks } = report;
  const facts = [
    ['segdec', segdec],
    ['Node', node],
    ['system', system],
    ['cores', String(cores)],
    ['memory', `${memoryGiB.total} GiB, ${memoryGiB.free} GiB free`],
    ['folder', folder],
  ];
  const results = checks.map(({ part, works, version, detail }) => [
    works ? 'works' : 'FAILS',
    `${part}${version === null ? '' : ` ${version}`}`,
    detail,
  ]);
  return [...columns(facts), ...columns(results)];
}
