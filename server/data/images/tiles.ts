/** An image as tiles of falling size, for a view that zooms: turned and coloured as pictures are. */
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tiles } from './messages.ts';
import { mostPixelsByRows, openSource } from './source.ts';

const tile = 512;
/** Up to here the tiles lose nothing; beyond, they would be too large. */
const mostLossless = 4096 * 4096;
const quality = 90;

/** Each level is half of the next, rounded up, until one tile holds all. */
function levelsOf(width: number, height: number): number {
  let levels = 1;
  for (let side = Math.max(width, height); side > tile; side = Math.ceil(side / 2)) levels += 1;
  return levels;
}

/** The library ends JPEG tiles with .jpeg. */
async function shortenEndings(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.jpeg')) continue;
    const path = join(entry.parentPath, entry.name);
    await rename(path, path.replace(/\.jpeg$/, '.jpg'));
  }
}

/** Writes the tiles below `folder`/tiles_files. */
export async function writeTiles(bytes: Buffer, folder: string): Promise<Tiles> {
  const { image, width, height, channels } = await openSource(bytes, mostPixelsByRows);
  const isLossless = width * height <= mostLossless;
  const plain = image.removeAlpha().toColourspace(channels === 1 ? 'b-w' : 'srgb');
  const encoded = isLossless
    ? plain.png({ compressionLevel: 1 })
    : plain.jpeg({ quality, chromaSubsampling: '4:4:4' });
  await encoded
    .tile({ size: tile, overlap: 0, depth: 'onetile', layout: 'dz' })
    .toFile(join(folder, 'tiles.dz'));
  if (!isLossless) await shortenEndings(join(folder, 'tiles_files'));
  const ending = isLossless ? 'png' : 'jpg';
  return { ending, tile, levels: levelsOf(width, height), width, height };
}
