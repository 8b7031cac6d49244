/** Import and export of masks over stdio: reports, progress, what the project sees, cancelling, refusals. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { errorCodes, requests, taskProgress } from '../../protocol/messages.ts';
import type { TaskProgress } from '../../protocol/messages.ts';
import { bytesOf, imagesOf, layersOf, reader } from '../support/maskExchange.ts';
import { bitsWhere } from '../support/masks.ts';
import { startRunClient } from '../support/runClient.ts';
import { temporaryFolder } from '../support/temporary.ts';

afterAll(() => reader.dispose());

const bits = bitsWhere(10, 6, (x) => x < 4);

/** A table of masks for images. */
async function tableOf(images: readonly string[]): Promise<string> {
  const file = join(await temporaryFolder(), 'rows.csv');
  const rows = images.map((image) => `${image},1,1 24`);
  await writeFile(file, ['ImageId,ClassId,EncodedPixels', ...rows, ''].join('\n'));
  return file;
}

test('masks come in, the project sees them, and go out again', async () => {
  const images = ['a.png', 'defective/b.png', 'defective/c.png'];
  const project = await imagesOf(await temporaryFolder(), images, {
    'masks/c.png': await bytesOf(bits),
  });
  const server = await startRunClient(project);
  const told: TaskProgress[] = [];
  server.client.connection.onProgress(
    taskProgress,
    'masks',
    (progress) => void told.push(progress),
  );
  const source = await tableOf([...images, 'missing.png']);
  const dry = await server.ask(requests.maskImport, { project, source, dryRun: true });
  expect(dry).toMatchObject({ format: 'severstal', dryRun: true, written: 2, labelled: 1 });
  const report = await server.ask(requests.maskImport, { project, source, token: 'masks' });
  expect(report).toMatchObject({ entries: 4, written: 2, unchanged: 1, unmatched: 1, labelled: 1 });
  expect(report.findings.shown.some(({ message }) => message.startsWith('missing.png:'))).toBe(
    true,
  );
  expect(told.length).toBeGreaterThan(0);
  expect((await layersOf(project, 'a.png')).defect.equals(bits)).toBe(true);

  const [item] = await server.ask(requests.datasetLookup, { files: [join(project, 'a.png')] });
  expect(item?.item.state).toBe('mask');
  const output = join(await temporaryFolder(), 'out.json');
  const exported = await server.ask(requests.maskExport, { project, format: 'coco', output });
  expect(exported).toMatchObject({ output, images: 3, defective: 3, parts: 3 });
  const refused = await server.refusal(requests.maskExport, { project, format: 'coco', output });
  expect(refused).toMatchObject({ code: errorCodes.badInput });
  expect(refused.message).toContain('is there already');
  const over = { project, format: 'coco', output, overwrite: true } as const;
  expect(await server.ask(requests.maskExport, over)).toEqual(exported);
});

test('a save of the editor waits for its turn, and both are kept', async () => {
  const images = Array.from({ length: 30 }, (_, i) => `defective/${i}.png`);
  const project = await imagesOf(await temporaryFolder(), [...images, 'defective/own.png']);
  const server = await startRunClient(project);
  const cache = join(project, '.segdec', 'cache');
  await mkdir(cache, { recursive: true });
  const defect = join(cache, 'own.bits');
  await writeFile(defect, bits.bytes);
  const source = await tableOf(images);
  const importing = server.ask(requests.maskImport, { project, source });
  const { width, height } = bits;
  const edit = { width, height, defect, ignore: null, stamp: null };
  const saved = server.ask(requests.maskWrite, { project, image: 'defective/own.png', ...edit });
  expect((await saved).outcome).toBe('saved');
  expect(await importing).toMatchObject({ written: 30, refused: 0 });
  expect((await readdir(join(project, 'masks'))).length).toBe(31);
});

test('cancelling leaves whole masks with their labels', async () => {
  const images = Array.from({ length: 300 }, (_, i) => `${i}.png`);
  const project = await imagesOf(await temporaryFolder(), images);
  const server = await startRunClient(project);
  const source = await tableOf(images);
  const stop = new CancellationTokenSource();
  server.client.connection.onProgress(taskProgress, 'stop', () => stop.cancel());
  const params = { project, source, token: 'stop' };
  await expect(server.ask(requests.maskImport, params, stop.token)).rejects.toMatchObject({
    code: errorCodes.cancelled,
  });
  const written = await readdir(join(project, 'masks'));
  expect(written.length).toBeGreaterThan(0);
  expect(written.length).toBeLessThan(300);
  const labels = (await readFile(join(project, 'labels.csv'), 'utf8')).trim().split('\n').slice(1);
  expect(labels.map((line) => line.split(',')[0]).sort()).toEqual(written.sort());
});

test('paths that are not absolute, unknown formats and broken sources are refused', async () => {
  const project = await imagesOf(await temporaryFolder(), ['a.png']);
  const server = await startRunClient(project);
  const refusal = async (params: object): Promise<string> => {
    const { code, message } = await server.refusal(requests.maskImport, {
      project,
      source: '',
      ...params,
    });
    expect(code).toBe(errorCodes.badInput);
    return message;
  };
  expect(await refusal({ source: 'masks' })).toContain('no absolute path');
  expect(await refusal({ source: join(project, 'nothing') })).toContain('does not exist');
  expect(await refusal({ source: project, format: 'gif' })).toContain('format');
  expect(await refusal({ source: project, project: '/nowhere' })).toContain('/nowhere');
  const output = { project, format: 'png', output: 'out' } as const;
  expect((await server.refusal(requests.maskExport, output)).message).toContain('absolute');
});
