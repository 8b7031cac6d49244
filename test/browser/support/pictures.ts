/** Small pictures of metal with and without scratches, so that screenshots look like something. */
import sharp from 'sharp';
import { seededRandom } from '../../support/random.ts';

const variants = 12;

async function texture(seed: number, overlay: boolean): Promise<Buffer> {
  const random = seededRandom(seed);
  const [width, height] = seed % 3 === 0 ? [144, 256] : [240, 180];
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at += 1) {
    const stripe = 12 * Math.sin(((at % width) / width) * 40 + seed);
    const grey = 118 + stripe + 26 * random();
    pixels.fill(Math.round(grey), 3 * at, 3 * at + 3);
  }
  const x = Math.round(width * (0.3 + 0.4 * random()));
  const y = Math.round(height * (0.3 + 0.4 * random()));
  const scratch = `<path d="M${x - 40} ${y - 20} q 30 10 45 30 t 40 20" stroke="#1c1c1c" stroke-width="3" fill="none"/>`;
  const heat = `<defs><radialGradient id="h"><stop offset="0" stop-color="#ffe45c" stop-opacity="0.85"/><stop offset="0.5" stop-color="#e0521f" stop-opacity="0.6"/><stop offset="1" stop-color="#5b1a8a" stop-opacity="0"/></radialGradient></defs><ellipse cx="${x}" cy="${y}" rx="60" ry="40" fill="url(#h)"/>`;
  const drawn = `${seed % 2 === 0 ? scratch : ''}${overlay ? heat : ''}`;
  const svg = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawn}</svg>`,
  );
  return await sharp(pixels, { raw: { width, height, channels: 3 } })
    .composite([{ input: svg }])
    .png()
    .toBuffer();
}

/** Gives the bytes for a path that the fake server told. */
export async function makePictures(): Promise<(file: string) => Uint8Array> {
  const seeds = Array.from({ length: variants }, (_, i) => i + 1);
  const plain = await Promise.all(seeds.map((seed) => texture(seed, false)));
  const overlay = await Promise.all(seeds.map((seed) => texture(seed, true)));
  return (file) => {
    const number = Buffer.from(file).reduce((sum, byte) => sum + byte, 0);
    const set = file.includes('/overlay-') ? overlay : plain;
    return set[number % variants] ?? Buffer.alloc(0);
  };
}
