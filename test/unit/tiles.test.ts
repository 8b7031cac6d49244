/** Tiles of images: their endings, their sizes, and turned as the reader turns images. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { createImageReader } from '../../server/data/images/reader.ts';
import { temporaryFolder } from '../support/temporary.ts';

const reader = createImageReader({ timeoutMs: 60_000 });
afterAll(() => reader.dispose());

test('a large image becomes JPEG tiles, a turned one is turned', async () => {
  const folder = await temporaryFolder();
  const make = async (name: string, width: number, height: number, orientation: number) => {
    const file = join(folder, `${name}.jpg`);
    await sharp({ create: { width, height, channels: 3, background: '#405060' } })
      .withMetadata({ orientation })
      .jpeg()
      .toFile(file);
    await mkdir(join(folder, name));
    return await reader.tiles(file, join(folder, name));
  };
  const large = await make('large', 5000, 4000, 1);
  expect(large).toEqual({ ending: 'jpg', tile: 512, levels: 5, width: 5000, height: 4000 });
  for (const name of ['0/0_0.jpg', '4/9_7.jpg']) {
    expect(existsSync(join(folder, 'large', 'tiles_files', name))).toBe(true);
  }
  const turned = await make('turned', 700, 300, 6);
  expect(turned).toMatchObject({ ending: 'png', levels: 2, width: 300, height: 700 });
  const { width, height } = await sharp(
    join(folder, 'turned', 'tiles_files', '1', '0_1.png'),
  ).metadata();
  expect({ width, height }).toEqual({ width: 300, height: 188 });
});
