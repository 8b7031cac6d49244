/** Pictures over the wire: made once, named by what they show, and none for what cannot be read. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { errorCodes, requests } from '../../protocol/messages.ts';
import { encodeGreyPng } from '../../server/files/png.ts';
import { apart, centreOf, heatOf, hotMap, placeOf } from '../support/hotMap.ts';
import { smallDataset } from '../support/smallRun.ts';
import { quick, startRun, startRunClient } from '../support/runClient.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { writeTree } from '../support/tree.ts';

test('pictures fit their side, are made once, and change with the image', async () => {
  const folder = await smallDataset(await temporaryFolder());
  await writeFile(join(folder, 'test', 'ok', 'broken.png'), 'no image');
  const server = await startRunClient(folder);
  const images = [
    'test/ok/0004.png',
    'test/ok/broken.png',
    'test/ok/gone.png',
    '../data/labels.csv',
  ];
  const asked = { project: folder, images, kind: 'plain', side: 32 } as const;
  const [first, ...none] = await server.ask(requests.pictureGet, asked);
  expect(none).toEqual([null, null, null]);
  const { format, width, height } = await sharp(first ?? '').metadata();
  expect({ format, width, height }).toEqual({ format: 'jpeg', width: 16, height: 32 });
  expect(await server.ask(requests.pictureGet, asked)).toEqual([first, ...none]);

  await writeFile(
    join(folder, 'test', 'ok', '0004.png'),
    await readFile(join(folder, 'test', 'ok', '0010.png')),
  );
  const [second] = await server.ask(requests.pictureGet, asked);
  expect(second).not.toBe(first);
  // A small image is not blown up.
  const [large] = await server.ask(requests.pictureGet, { ...asked, side: 2048 });
  expect(await sharp(large ?? '').metadata()).toMatchObject({ width: 64, height: 128 });
});

test('an overlay shows the heat map of the active run and the outline of the mask', async () => {
  const folder = await smallDataset(await temporaryFolder());
  const server = await startRunClient(folder);
  const project = folder;
  const defective = server.client.projects[0];
  expect(defective?.images).toBe(24);
  const page = await server.ask(requests.datasetPage, {
    project,
    query: { groupBy: 'split', sortBy: 'name', filter: { states: ['mask'] } },
    ...{ group: null, offset: 0, limit: 1, version: null },
  });
  const image = page.items[0]?.image ?? '';
  const ask = async (kind: 'plain' | 'overlay'): Promise<string> => {
    const [picture] = await server.ask(requests.pictureGet, {
      ...{ project, images: [image], kind, side: 128 },
    });
    return picture ?? '';
  };
  const plain = await ask('plain');
  const outlined = await ask('overlay');
  const { data } = await sharp(outlined).raw().toBuffer({ resolveWithObject: true });
  // Cyan, through JPEG: hardly red, much green and blue.
  const cyan = Array.from({ length: data.length / 3 }, (_, i) => data.subarray(3 * i, 3 * i + 3));
  expect(cyan.some(([r = 255, g = 0, b = 0]) => r < 90 && g > 160 && b > 160)).toBe(true);

  const run = await startRun(server, project, { ...quick, epochs: 1 });
  await server.run(run, 'being active', ({ active, state }) => active && state === 'finished');
  const heated = await ask('overlay');
  expect(new Set([plain, outlined, heated]).size).toBe(3);
  expect(await ask('plain')).toBe(plain);

  // The run's map with one hot cell, as grid, hover and page draw it.
  const good = 'test/ok/0004.png';
  const file = join(run, 'heatmaps', `${good}.png`);
  const { width, height } = await sharp(file).metadata();
  const cell = { x: 3, y: 9 };
  const hot = hotMap({ width, height }, cell);
  await writeFile(file, await encodeGreyPng(hot.values, width, height));
  for (const side of [128, 40]) {
    const [without, heated] = await Promise.all(
      (['plain', 'overlay'] as const).map(async (kind) => {
        const asked = { project, images: [good], kind, side };
        const [picture] = await server.ask(requests.pictureGet, asked);
        return await sharp(picture ?? '')
          .raw()
          .toBuffer({ resolveWithObject: true });
      }),
    );
    if (without === undefined || heated === undefined) throw new Error('there are no pictures');
    const centre = centreOf(heatOf(without.data, heated.data), heated.info.width);
    expect(apart(centre, placeOf(cell, hot, heated.info))).toBeLessThan(0.5);
  }
});

test('a thousand pictures that nobody waits for any more do not keep the next one', async () => {
  const folder = await temporaryFolder();
  const files = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [`ok/${String(i).padStart(4, '0')}.png`, i % 256]),
  );
  await writeTree(folder, { ...files, 'defective/a.png': 9 });
  const server = await startRunClient(folder);
  const names = Object.keys(files);
  const source = new CancellationTokenSource();
  const left = Array.from({ length: 5 }, (_, i) =>
    server.ask(
      requests.pictureGet,
      {
        ...{ project: folder, kind: 'plain', side: 16 },
        images: names.slice(200 * i, 200 * (i + 1)),
      },
      source.token,
    ),
  );
  const settled = Promise.allSettled(left);
  source.cancel();
  const wanted = await server.ask(requests.pictureGet, {
    ...{ project: folder, images: ['defective/a.png'], kind: 'plain', side: 16 },
  });
  expect(wanted[0]).toMatch(/\.jpg$/);
  for (const result of await settled) {
    if (result.status === 'rejected') {
      expect(result.reason).toMatchObject({ code: errorCodes.cancelled });
    }
  }
  const made = await readdir(join(folder, '.segdec', 'cache', 'pictures'), { recursive: true });
  expect(made.filter((name) => name.endsWith('.jpg')).length).toBeLessThan(1000);
  expect(made.filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
