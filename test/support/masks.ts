/** Small masks for tests: drawn as text, drawn at random, and as one number a pixel. */
import fc from 'fast-check';
import { MaskBits } from '../../protocol/mask/bits.ts';
import type { Shape } from '../../protocol/mask/raster.ts';
import { eachShapeSpan } from '../../protocol/mask/raster.ts';

/** Rows of `#` (set) and anything else. */
export function drawn(rows: readonly string[]): MaskBits {
  const bits = new MaskBits(rows[0]?.length ?? 0, rows.length);
  rows.forEach((row, y) => {
    Array.from(row).forEach((pixel, x) => bits.fill(y, x, x + 1, pixel === '#'));
  });
  return bits;
}

/** 0 or 1 a pixel, row by row. */
export function pixelsOf(bits: MaskBits): number[] {
  return Array.from({ length: bits.width * bits.height }, (_, i) =>
    Number(bits.has(i % bits.width, Math.floor(i / bits.width))),
  );
}

/** As `drawn` takes them. */
export function rowsOf(bits: MaskBits): string[] {
  const texts = pixelsOf(bits).map((pixel) => (pixel === 1 ? '#' : '.'));
  return Array.from({ length: bits.height }, (_, y) =>
    texts.slice(y * bits.width, (y + 1) * bits.width).join(''),
  );
}

/** Of pixels that `isSet` says. */
export function bitsWhere(
  width: number,
  height: number,
  isSet: (x: number, y: number) => boolean,
): MaskBits {
  const bits = new MaskBits(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) if (isSet(x, y)) bits.fill(y, x, x + 1, true);
  }
  return bits;
}

/** A shape's pixels. Throws if one comes twice. */
export function pixelsOfShape(shape: Shape, width: number, height: number): MaskBits {
  const bits = new MaskBits(width, height);
  eachShapeSpan(shape, bits, (y, x0, x1) => {
    for (let x = x0; x < x1; x += 1) {
      if (bits.has(x, y)) throw new Error(`pixel ${x},${y} comes twice`);
      bits.fill(y, x, x + 1, true);
    }
  });
  return bits;
}

/** Up to 70 x 12 pixels, of random density. */
export const anyBits = fc
  .tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 12 }), fc.nat(10))
  .chain(([width, height, density]) =>
    fc
      .array(fc.nat(9), { minLength: width * height, maxLength: width * height })
      .map((values) => bitsWhere(width, height, (x, y) => (values[y * width + x] ?? 0) < density)),
  );
