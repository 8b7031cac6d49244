/** Bits as grey rows: 0 or 255 a pixel, some rows at a time, so that a large mask is never whole in memory. */
import type { MaskBits } from '../../../protocol/mask/bits.ts';
import { eachSpan } from '../../../protocol/mask/runs.ts';

/** Bytes handed on at once. */
const portion = 2 ** 20;

export interface RowForm {
  /** Bytes of a row. */
  readonly stride: number;
  /** Bytes before the first pixel of a row. */
  readonly before: number;
  /** Rows from the bottom. */
  readonly bottomUp: boolean;
}

/** All rows in a form, some at a time; bytes that are no pixels are 0. */
export function* greyRows(
  bits: MaskBits,
  { stride, before, bottomUp }: RowForm,
): Generator<Uint8Array> {
  const { width, height } = bits;
  const atOnce = Math.max(1, Math.floor(portion / stride));
  for (let first = 0; first < height; first += atOnce) {
    const rows = Math.min(atOnce, height - first);
    const bytes = new Uint8Array(rows * stride);
    for (let row = 0; row < rows; row += 1) {
      const y = bottomUp ? height - 1 - first - row : first + row;
      const start = row * stride + before;
      eachSpan(bits, { x: 0, y, width, height: 1 }, (_, x0, x1) =>
        bytes.fill(255, start + x0, start + x1),
      );
    }
    yield bytes;
  }
}
