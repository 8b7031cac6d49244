/**
 * JPEGs of blocks of one grey or colour each, coded in ways that the library at hand does not write: with restart
 * markers, with a scan for each colour, with halved chroma.
 */

export interface JpegRequest {
  /** Pixels, multiples of 16. */
  readonly width: number;
  readonly height: number;
  readonly components: 1 | 3;
  /** Chroma has half the rows and columns. */
  readonly isHalved?: boolean;
  /** Units between restart markers; 0 without. */
  readonly restart: number;
  /** One scan for all components, or one for each. */
  readonly scans: 'one' | 'each';
  /** -128 to 127. */
  readonly value: (blockX: number, blockY: number, component: number) => number;
}

const word = (value: number): number[] => [value >> 8, value & 255];
const segment = (marker: number, content: readonly number[]): number[] => [
  ...[0xff, marker, ...word(content.length + 2)],
  ...content,
];

/** Symbols 0 to 11, each with a code of four bits: its own number. */
const dcTable = [0x00, 0, 0, 0, 12, ...Array<number>(12).fill(0), ...Array(12).keys()];
/** One symbol, "no more coefficients", with the code 0. */
const acTable = [0x10, 1, ...Array<number>(15).fill(0), 0];

class BitWriter {
  readonly bytes: number[] = [];
  #bits = '';

  add(value: number, count: number): void {
    if (count === 0) return;
    this.#bits += value.toString(2).padStart(count, '0');
    while (this.#bits.length >= 8) {
      const byte = parseInt(this.#bits.slice(0, 8), 2);
      this.#bits = this.#bits.slice(8);
      this.bytes.push(byte, ...(byte === 0xff ? [0] : []));
    }
  }

  /** Fills the last byte with ones. */
  end(): void {
    if (this.#bits !== '') this.add(2 ** (8 - this.#bits.length) - 1, 8 - this.#bits.length);
  }
}

function addBlock(bits: BitWriter, difference: number): void {
  const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
  bits.add(size, 4);
  bits.add(difference < 0 ? difference + 2 ** size - 1 : difference, size);
  bits.add(0, 1);
}

function scanOf(request: JpegRequest, components: readonly number[]): number[] {
  const { width, height, restart, value, isHalved = false } = request;
  const isAlone = components.length === 1;
  const side = (c: number): 1 | 2 => (isHalved && c === 0 ? 2 : 1);
  // Alone, a component is coded block by block.
  const unit = (c: number): number => (isAlone ? 1 : side(c));
  const scale = isHalved ? 16 : 8;
  const [first = 0] = components;
  const pixels = isAlone ? (8 * (isHalved ? 2 : 1)) / side(first) : scale;
  const [columns, rows] = [width / pixels, height / pixels];
  const bits = new BitWriter();
  let before = [0, 0, 0];
  for (let n = 0; n < columns * rows; n += 1) {
    if (restart > 0 && n > 0 && n % restart === 0) {
      bits.end();
      bits.bytes.push(0xff, 0xd0 + ((n / restart - 1) % 8));
      before = [0, 0, 0];
    }
    for (const c of components) {
      for (let k = 0; k < unit(c) ** 2; k += 1) {
        const x = (n % columns) * unit(c) + (k % unit(c));
        const y = Math.floor(n / columns) * unit(c) + Math.floor(k / unit(c));
        const now = value(x, y, c);
        addBlock(bits, now - (before[c] ?? 0));
        before[c] = now;
      }
    }
  }
  bits.end();
  const head = [components.length, ...components.flatMap((c) => [c + 1, 0]), 0, 63, 0];
  return [...segment(0xda, head), ...bits.bytes];
}

/** The file's bytes. */
export function jpegFile(request: JpegRequest): Buffer {
  const { width, height, components, restart, scans, isHalved = false } = request;
  const all = Array.from({ length: components }, (_, c) => c);
  const frame = [
    ...[8, ...word(height), ...word(width), components],
    ...all.flatMap((c) => [c + 1, isHalved && c === 0 ? 0x22 : 0x11, 0]),
  ];
  return Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xdb, [0, 8, ...Array<number>(63).fill(1)]),
    ...segment(0xc0, frame),
    ...segment(0xc4, dcTable),
    ...segment(0xc4, acTable),
    ...(restart > 0 ? segment(0xdd, word(restart)) : []),
    ...(scans === 'one' ? [all] : all.map((c) => [c])).flatMap((part) => scanOf(request, part)),
    ...[0xff, 0xd9],
  ]);
}
