/** A mask's pixels, and growing them: step 1 of docs/method.md, "Labels". */

/** Row-major, width x height values: 1 = defect (or ignored), 0 = not. */
export interface BinaryMask {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Throws a RangeError when the data does not fill width x height. */
export function checkMask({ data, width, height }: BinaryMask): void {
  if (width < 1 || height < 1 || data.length !== width * height) {
    throw new RangeError(`A mask of ${data.length} values does not fill ${width}x${height}.`);
  }
}

/**
 * Sets each value of a line to 1 when any value within `reach` of it is non-zero. The line's values
 * lie `stride` apart, from `start`; beyond its ends there is nothing.
 */
function spreadLine(
  from: Uint8Array,
  to: Uint8Array,
  line: { start: number; stride: number; length: number },
  reach: number,
): void {
  const { start, stride, length } = line;
  let last = -Infinity;
  for (let ahead = 0; ahead < length + reach; ahead += 1) {
    if (ahead < length && from[start + ahead * stride] !== 0) last = ahead;
    const here = ahead - reach;
    if (here >= 0) to[start + here * stride] = last >= here - reach ? 1 : 0;
  }
}

/** Dilates with a full `size` x `size` square, `size` odd; 1 changes nothing. Gives a new mask. */
export function dilate(mask: BinaryMask, size: number): BinaryMask {
  checkMask(mask);
  if (!Number.isInteger(size) || size < 1 || size % 2 === 0) {
    throw new RangeError(`A mask is dilated with an odd square, not one of side ${size}.`);
  }
  const { width, height } = mask;
  const reach = (size - 1) / 2;
  if (reach === 0) return { data: mask.data.map((value) => (value === 0 ? 0 : 1)), width, height };
  const rows = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    spreadLine(mask.data, rows, { start: y * width, stride: 1, length: width }, reach);
  }
  const data = new Uint8Array(width * height);
  for (let x = 0; x < width; x += 1) {
    spreadLine(rows, data, { start: x, stride: width, length: height }, reach);
  }
  return { data, width, height };
}
