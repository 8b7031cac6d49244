/**
 * Minimal filtering (Winograd, Toom–Cook): matrices by exact arithmetic.
 *
 * F(m, r) gives m outputs of a correlation with r taps from n = m + r − 1 inputs:
 * y = Aᵀ [(G g) · (Bᵀ d)], with n² instead of m²r² multiplications in two dimensions.
 * Bᵀ depends on the points alone, so a convolution F(4, 5) and its filter gradient F(5, 4) share the
 * transformed input. Rows of Bᵀ are scaled to a largest entry of 1; G takes the factor.
 */

/** An exact fraction, lowest terms, positive denominator. */
class Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
  constructor(top: bigint, bottom = 1n) {
    const divisor =
      greatestCommonDivisor(top < 0n ? -top : top, bottom < 0n ? -bottom : bottom) || 1n;
    const sign = bottom < 0n ? -1n : 1n;
    this.top = (sign * top) / divisor;
    this.bottom = (sign * bottom) / divisor;
  }
  times(f: Fraction): Fraction {
    return new Fraction(this.top * f.top, this.bottom * f.bottom);
  }
  over(f: Fraction): Fraction {
    return new Fraction(this.top * f.bottom, this.bottom * f.top);
  }
  minus(f: Fraction): Fraction {
    return new Fraction(this.top * f.bottom - f.top * this.bottom, this.bottom * f.bottom);
  }
  get isZero(): boolean {
    return this.top === 0n;
  }
  get magnitude(): Fraction {
    return this.top < 0n ? new Fraction(-this.top, this.bottom) : this;
  }
  get value(): number {
    return Number(this.top) / Number(this.bottom);
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

type Matrix = Fraction[][];
const ZERO = new Fraction(0n);
const ONE = new Fraction(1n);
/** The finite points; infinity is the last. Small ones keep rounding errors small. */
const POINTS = [
  [0, 1],
  [1, 1],
  [-1, 1],
  [2, 1],
  [-2, 1],
  [1, 2],
  [-1, 2],
].map(([a = 0, b = 1]) => new Fraction(BigInt(a), BigInt(b)));
/** Side of the transformed tiles. */
export const TILE = POINTS.length + 1;

export interface FilteringMatrices {
  /** Aᵀ [m][n], G [n][r], Bᵀ [n][n], in doubles. */
  readonly output: readonly (readonly number[])[];
  readonly filter: readonly (readonly number[])[];
  readonly input: readonly (readonly number[])[];
}

/** Powers 0..count−1 of every point, and infinity's row: only the highest power. */
function powers(count: number): Matrix {
  const rows = POINTS.map((point) => {
    const row = [ONE];
    while (row.length < count) row.push((row.at(-1) ?? ONE).times(point));
    return row;
  });
  rows.push(Array.from({ length: count }, (_, j) => (j === count - 1 ? ONE : ZERO)));
  return rows;
}

function at(matrix: Matrix, i: number, j: number): Fraction {
  return matrix[i]?.[j] ?? ZERO;
}

function transposed(matrix: Matrix): Matrix {
  return (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j] ?? ZERO));
}

/** Gauss–Jordan with exact numbers. */
function inverse(matrix: Matrix): Matrix {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [
    ...row,
    ...Array.from({ length: n }, (_, j) => (i === j ? ONE : ZERO)),
  ]);
  for (let column = 0; column < n; column += 1) {
    const pivot = rows.findIndex((_, i) => i >= column && !at(rows, i, column).isZero);
    const [a, b] = [rows[column] ?? [], rows[pivot] ?? []];
    rows[column] = b;
    rows[pivot] = a;
    const divisor = at(rows, column, column);
    const scaled = (rows[column] ?? []).map((v) => v.over(divisor));
    rows[column] = scaled;
    for (let i = 0; i < n; i += 1) {
      const factor = at(rows, i, column);
      if (i === column || factor.isZero) continue;
      rows[i] = (rows[i] ?? []).map((v, j) => v.minus(factor.times(scaled[j] ?? ZERO)));
    }
  }
  return rows.map((row) => row.slice(n));
}

/**
 * Matrices of F(outputs, taps). outputs + taps − 1 must be {@link TILE}.
 * @throws Error otherwise
 */
export function filteringMatrices(outputs: number, taps: number): FilteringMatrices {
  if (outputs + taps - 1 !== TILE)
    throw new Error(`F(${outputs}, ${taps}) does not fit tiles of ${TILE}.`);
  const input = transposed(inverse(powers(TILE)));
  const filter = powers(taps);
  const scales = input.map((row) =>
    row.map((v) => v.magnitude).reduce((a, b) => (a.minus(b).top < 0n ? b : a)),
  );
  const numbers = (m: Matrix): number[][] => m.map((row) => row.map((v) => v.value));
  return {
    output: numbers(transposed(powers(outputs))),
    input: numbers(input.map((row, i) => row.map((v) => v.over(scales[i] ?? ONE)))),
    filter: numbers(filter.map((row, i) => row.map((v) => v.times(scales[i] ?? ONE)))),
  };
}

/** The outer product m ⊗ m for two dimensions: [p·q][i·j] = m[p][i] · m[q][j], as float32, row-major. */
export function twoDimensional(matrix: readonly (readonly number[])[]): Float32Array {
  const values: number[] = [];
  for (const a of matrix) {
    for (const b of matrix) {
      for (const x of a) for (const y of b) values.push(x * y);
    }
  }
  return Float32Array.from(values);
}

/** The same rows read backwards: the flipped filter of the input gradient. */
export function reversedColumns(matrix: readonly (readonly number[])[]): number[][] {
  return matrix.map((row) => [...row].reverse());
}

export function transposedNumbers(matrix: readonly (readonly number[])[]): number[][] {
  return (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j] ?? 0));
}
