/** The command with models and gates whose numbers are none: exit code 2 or 1, a sentence, and never "ok". */
import { mkdtempSync } from 'node:fs';
import { access, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSampleDataset } from '../../server/data/synthetic.ts';
import { exportOnnx } from '../../server/engines/onnx/exportModel.ts';
import { encodeSafetensors } from '../../server/files/safetensors.ts';
import { initialWeights } from '../../server/method/initialWeights.ts';
import { importWeights } from '../../server/runs/importWeights.ts';
import { cli } from '../support/cli.ts';
import { changeTensors } from '../support/oddNumbers.ts';

const folder = mkdtempSync(join(tmpdir(), 'segdec-odd-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const at = (...names: readonly string[]): string => join(folder, ...names);
const data = at('data');
const spec = {
  variant: 'paper',
  width: 0.03,
  channels: 1,
  imageWidth: 64,
  imageHeight: 128,
} as const;

beforeAll(async () => {
  await writeSampleDataset(data, { images: 8, size: { width: 64, height: 128 } });
  const weights = initialWeights(spec, 1);
  const network = JSON.stringify(spec);
  const huge = new Map(
    [...weights].map(([name, { shape, data: values }]) => [
      name,
      { shape, data: values.map(() => 3e38) },
    ]),
  );
  await writeFile(at('sound.safetensors'), encodeSafetensors(weights, { network }));
  await writeFile(at('huge.safetensors'), encodeSafetensors(huge, { network }));
  await cp(at('sound.safetensors'), at('nan.safetensors'));
  await changeTensors(at('nan.safetensors'), { weight: NaN });
  const metadata = { 'segdec.threshold': '1e308' };
  await writeFile(at('model.onnx'), exportOnnx(spec, weights, metadata));
  for (const name of ['sound', 'huge']) {
    await importWeights({ file: at(`${name}.safetensors`), output: at(name) });
  }
  // A run whose weights were changed after it was made.
  await cp(at('sound'), at('changed'), { recursive: true });
  await changeTensors(at('changed', 'checkpoint.safetensors'), { weight: Infinity });
});

const refused: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [['import', at('nan.safetensors'), '--output', at('new')], /nan\.safetensors.*holds NaN/],
  [['predict', at('changed'), data], /checkpoint\.safetensors.*holds Infinity/],
  [['predict', at('huge'), data, '--csv'], /huge gives .* not from 0 to 1/],
  [
    ['evaluate', at('huge'), '--data', data, '--min-ap', '0.99', '--junit', at('x.xml')],
    /huge gives .* not from 0 to 1/,
  ],
  [['predict', at('model.onnx'), data], /model\.onnx.*segdec\.threshold is "1e308"/],
];

test.each(refused)('segdec %j', async (args, says) => {
  const { code, stdout, stderr } = await cli(args);
  expect(code, stderr).toBe(2);
  expect(stderr).toMatch(says);
  expect(stdout).not.toMatch(/\bok\b|defective|NaN/);
  await expect(access(at('new'))).rejects.toThrow();
  await expect(access(at('x.xml'))).rejects.toThrow();
});

test('a gate on missed defects fails where nothing is defective, and where the least is unread', async () => {
  const good = at('good');
  await cp(data, good, { recursive: true });
  await rm(join(good, 'test', 'defective'), { recursive: true });
  const gate = ['--data', good, '--max-fn', '0', '--junit', at('gate.xml')];
  const { code, stderr } = await cli(['evaluate', at('sound'), ...gate]);
  expect(code, stderr).toBe(1);
  expect(stderr).toContain('false negatives are undefined, since no defective image was scored');
  expect(await readFile(at('gate.xml'), 'utf8')).toContain('failures="1"');
});
