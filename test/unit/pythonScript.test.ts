/** The Python script of an exported model scores photos as we do. Skipped, saying so, where Python has no packages for it. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createImageReader } from '../../server/data/images/reader.ts';
import { exportOnnx, openOnnxModel } from '../../server/engines/onnx/exportModel.ts';
import { initialWeights } from '../../server/method/initialWeights.ts';
import { pythonScript } from '../../server/runs/pythonScript.ts';
import {
  ensurePythonPackages,
  python,
  pythonEnvironment,
} from '../../scripts/lib/pythonPackages.mjs';
import { seededRandom } from '../support/random.ts';
import { shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temporary.ts';

const env = pythonEnvironment();

function canRun(): boolean {
  try {
    execFileSync(python, ['-c', 'import numpy, onnxruntime, PIL'], { stdio: 'ignore', env });
    return true;
  } catch {
    return false;
  }
}
const missing = !canRun();
const note = missing
  ? ` (skipped: ${python} has no numpy, onnxruntime and Pillow, which npm test installs where it can)`
  : '';

const reader = createImageReader();
afterAll(() => reader.dispose());

/** Waves, edges and noise, as no flat picture has them. */
function scene(width: number, height: number, channels: 1 | 3) {
  const random = seededRandom(width + channels);
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    const wave = 60 * Math.sin(x / (9 + (i % channels) * 4)) * Math.cos(y / 13);
    return 120 + wave + (x > width / 3 && y > height / 2 ? 50 : 0) + 20 * (random() - 0.5);
  });
  const picture = sharp(data, { raw: { width, height, channels } });
  return channels === 1 ? picture.toColourspace('b-w') : picture;
}

/** Smaller, larger, turned, with a profile of colours, with a palette, deep: one of each kind that is read. */
const pictures: Readonly<Record<string, () => Promise<Buffer>>> = {
  'large.jpg': () => scene(701, 533, 3).jpeg({ quality: 90 }).toBuffer(),
  'grey.jpg': () => scene(640, 480, 1).jpeg().toBuffer(),
  'turned.jpg': () => scene(500, 300, 3).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  'profile.png': () => scene(333, 222, 3).withIccProfile('p3').png().toBuffer(),
  'small.png': () => scene(40, 31, 3).png().toBuffer(),
  'palette.png': () => scene(200, 150, 3).png({ palette: true }).toBuffer(),
  'alpha.png': () => scene(200, 150, 3).ensureAlpha(0.5).png().toBuffer(),
  'deep.png': () => scene(300, 200, 1).toColourspace('grey16').png().toBuffer(),
};

async function photos(): Promise<string[]> {
  const { path, missing: none } = shared('data');
  if (none) return [];
  const some = async (folder: string, ending: string): Promise<string[]> => {
    const all = existsSync(join(path, folder)) ? await readdir(join(path, folder)) : [];
    const images = all.filter((name) => name.endsWith(ending)).slice(0, 4);
    return images.map((name) => join(path, folder, name));
  };
  return [
    ...(await some('ksdd/kos01', '.jpg')),
    ...(await some('mvtec/transistor/test/bent_lead', '.png')),
    ...(await some('severstal/train_images', '.jpg')),
  ];
}

test('the script has at most 25 lines', () => {
  expect(pythonScript.trimEnd().split('\n').length).toBeLessThanOrEqual(25);
});

describe.skipIf(missing)(`in Python${note}`, () => {
  test.each([1, 3] as const)('scores of %i channels differ by less than 1e-3', async (channels) => {
    const folder = await temporaryFolder();
    const files = await photos();
    for (const [name, make] of Object.entries(pictures)) {
      files.push(join(folder, name));
      await writeFile(join(folder, name), await make());
    }
    const spec = {
      variant: 'paper',
      width: 0.1,
      channels,
      imageWidth: 128,
      imageHeight: 96,
    } as const;
    const model = exportOnnx(spec, initialWeights(spec, 5), {
      ...{ 'segdec.input_width': '128', 'segdec.input_height': '96' },
      ...{ 'segdec.channels': String(channels), 'segdec.threshold': '0.5' },
    });
    await writeFile(join(folder, 'model.onnx'), model);
    await writeFile(join(folder, 'score.py'), pythonScript);
    // What the script makes of each image, beside the scores that it prints.
    const dump = [
      ...['import sys', 'onnx, script, *paths = sys.argv[1:]', 'sys.argv = ["score", onnx]'],
      'exec(open(script).read())',
      'for i, path in enumerate(paths): planes(path).astype("float32").tofile(f"{onnx}.{i}")',
    ].join('\n');
    const [onnx, script] = [join(folder, 'model.onnx'), join(folder, 'score.py')];
    execFileSync(python, ['-c', dump, onnx, script, ...files], { env });
    const printed = execFileSync(python, [script, onnx, ...files], { encoding: 'utf8', env });
    const lines = printed.trim().split('\n');
    expect(lines).toHaveLength(files.length);
    const opened = await openOnnxModel(model, 1);
    for (const [i, file] of files.entries()) {
      const { data, maximum } = await reader.read(file, { width: 128, height: 96, channels });
      const values = Float32Array.from(data, (value) => (value * 255) / maximum);
      const [prediction] = await opened.predict([values]);
      const score = Number(/ ([\d.e-]+) (good|defective)$/.exec(lines[i] ?? '')?.[1]);
      expect(Math.abs(score - (prediction?.probability ?? NaN)), file).toBeLessThan(1e-3);
      const bytes = await readFile(`${onnx}.${i}`);
      const theirs = new Float32Array(Uint8Array.from(bytes).buffer);
      expect(theirs, file).toHaveLength(values.length);
      const most = theirs.reduce((far, v, k) => Math.max(far, Math.abs(v - (values[k] ?? NaN))), 0);
      // Two libraries may decode a JPEG's colours a level apart.
      expect(most, file).toBeLessThanOrEqual(file.endsWith('.jpg') ? 2 : 0.01);
    }
    await opened.dispose();
  });
});

test('pure red is 76 in grey, as OpenCV and Pillow have it', async () => {
  const file = join(await temporaryFolder(), 'red.png');
  const colours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];
  const raw = { width: 4, height: 1, channels: 3 } as const;
  await writeFile(file, await sharp(Uint8Array.from(colours), { raw }).png().toBuffer());
  const { data } = await reader.read(file, { width: 4, height: 1, channels: 1 });
  expect([...data]).toEqual([76, 150, 29, 255]);
});

test('where no registry answers, or there is no pip, a reason is given and nothing is left', async () => {
  const folder = await temporaryFolder();
  vi.stubEnv('PYTHONPATH', '');
  vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9/simple');
  vi.stubEnv('PIP_NO_CACHE_DIR', '1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const wanted = join(folder, 'packages');
  const reason = await ensurePythonPackages(wanted);
  // Python may have the packages of itself.
  if (reason === undefined) expect(missing).toBe(false);
  else expect(reason).toMatch(/\w/);
  expect(await readdir(folder)).toEqual([]);
});

test('the page about pixels has the script', async () => {
  expect(await readFile('docs/pixels.md', 'utf8')).toContain(`\`\`\`python\n${pythonScript}\`\`\``);
});
