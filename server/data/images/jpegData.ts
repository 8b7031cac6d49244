/**
 * Whether the data of a JPEG reach to its last pixel (ITU-T T.81). libjpeg fills what is missing with grey and
 * gives that as an image when only an end marker follows; its warnings would tell, but come for harmless things
 * too, and not for the last rows. So the coded data are walked here, without computing a pixel.
 */
import { HuffmanData, huffmanTable } from './huffman.ts';
import type { HuffmanTable } from './huffman.ts';
import { ImageError } from './imageError.ts';

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
const huffmanTables = 0xc4;
const restartInterval = 0xdd;
const baseline = 0xc0;
const extended = 0xc1;
const progressive = 0xc2;
/** Other ways of coding have these numbers, with C4, C8 and CC left out. */
const otherFrames = [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];

/** Cyan, magenta, yellow, black. */
const mostComponents = 4;

const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;
const standsAlone = (marker: number): boolean =>
  marker === 0x01 || marker === startOfImage || isRestart(marker);

interface Component {
  readonly id: number;
  /** Blocks of 8 x 8 in a unit across and down. */
  readonly across: number;
  readonly down: number;
  /** Blocks of a row, those of a unit's rest with it. */
  readonly stride: number;
  /** For each of the 64 coefficients the lowest bit that came; -1 before any. */
  readonly lowest: Int8Array;
  /** A bit for each coefficient of each block that is not 0: refining scans send bits for those. */
  readonly known: Uint8Array;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly isProgressive: boolean;
  readonly components: readonly Component[];
  readonly mostAcross: number;
  readonly mostDown: number;
}

interface Scan {
  readonly parts: readonly {
    readonly component: Component;
    readonly dc: HuffmanTable | undefined;
    readonly ac: HuffmanTable | undefined;
  }[];
  readonly first: number;
  readonly last: number;
  /** Bit position of the scan before, or 0 in a first one; and of this one. */
  readonly high: number;
  readonly low: number;
}

type Part = Scan['parts'][number];

/** Two bytes, big-endian; the file ends in the header otherwise. */
function word(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length)
    throw new ImageError('truncated', 'it ends within its header (truncated)');
  return bytes.readUInt16BE(at);
}

function frameOf(segment: Buffer, marker: number): Frame {
  const [height, width, count] = [word(segment, 1), word(segment, 3), segment[5] ?? 0];
  const isProgressive = marker === progressive;
  const read = Array.from({ length: count }, (_, i) => {
    const [id = 0, sampling = 0x11] = segment.subarray(6 + 3 * i, 8 + 3 * i);
    return { id, across: Math.max(1, sampling >> 4), down: Math.max(1, sampling & 15) };
  });
  const mostAcross = Math.max(1, ...read.map(({ across }) => across));
  const mostDown = Math.max(1, ...read.map(({ down }) => down));
  const [columns, rows] = [Math.ceil(width / (8 * mostAcross)), Math.ceil(height / (8 * mostDown))];
  const components = read.map((component) => ({
    ...component,
    stride: columns * component.across,
    lowest: new Int8Array(64).fill(-1),
    known: new Uint8Array(
      isProgressive ? 8 * columns * component.across * rows * component.down : 0,
    ),
  }));
  return { width, height, isProgressive, components, mostAcross, mostDown };
}

/** What a way of coding does with one block; `at` is where its known coefficients begin. */
type ReadBlock = (data: HuffmanData, part: Part, scan: Scan, at: number) => void;

const readSequential: ReadBlock = (data, { dc, ac }) => {
  data.skip(data.symbol(dc) & 15);
  for (let k = 1; k < 64; k += 1) {
    const symbol = data.symbol(ac);
    const [zeros, size] = [symbol >> 4, symbol & 15];
    if (size === 0 && zeros < 15) return;
    k += zeros;
    data.skip(size);
  }
};

const isKnown = (known: Uint8Array, at: number, k: number): boolean =>
  ((known[at + (k >> 3)] ?? 0) & (1 << (k & 7))) !== 0;

function setKnown(known: Uint8Array, at: number, k: number): void {
  known[at + (k >> 3)] = (known[at + (k >> 3)] ?? 0) | (1 << (k & 7));
}

const readDc: ReadBlock = (data, { dc }, { high }) => {
  data.skip(high === 0 ? data.symbol(dc) & 15 : 1);
};

const readAc: ReadBlock = (data, { component, ac }, { first, last }, at) => {
  if (data.emptyBlocks > 0) {
    data.emptyBlocks -= 1;
    return;
  }
  for (let k = first; k <= last; k += 1) {
    const symbol = data.symbol(ac);
    const [zeros, size] = [symbol >> 4, symbol & 15];
    if (size === 0 && zeros < 15) {
      data.emptyBlocks = 2 ** zeros - 1 + data.bits(zeros);
      return;
    }
    k += zeros;
    data.skip(size);
    if (size > 0 && k < 64) setKnown(component.known, at, k);
  }
};

const refineAc: ReadBlock = (data, { component: { known }, ac }, { first, last }, at) => {
  let k = first;
  for (; k <= last && data.emptyBlocks === 0; k += 1) {
    const symbol = data.symbol(ac);
    const size = symbol & 15;
    let zeros = symbol >> 4;
    if (size > 0) data.skip(1);
    else if (zeros < 15) {
      data.emptyBlocks = 2 ** zeros + data.bits(zeros);
      break;
    }
    for (; k <= last; k += 1) {
      if (isKnown(known, at, k)) data.skip(1);
      else if ((zeros -= 1) < 0) break;
    }
    if (size > 0 && k <= last) setKnown(known, at, k);
  }
  if (data.emptyBlocks === 0) return;
  for (; k <= last; k += 1) if (isKnown(known, at, k)) data.skip(1);
  data.emptyBlocks -= 1;
};

function readerOf({ isProgressive }: Frame, { first, high }: Scan): ReadBlock {
  if (!isProgressive) return readSequential;
  if (first === 0) return readDc;
  return high === 0 ? readAc : refineAc;
}

/** Units of a scan, and the rows of pixels that each row of them covers. */
function unitsOf(frame: Frame, { parts }: Scan) {
  const { width, height, mostAcross, mostDown } = frame;
  const only = parts.length === 1 ? parts[0]?.component : undefined;
  const [across, down] = [only?.across ?? mostAcross, only?.down ?? mostDown];
  // A component by itself is coded block by block, without what only fills up a unit.
  const side = only === undefined ? [8 * mostAcross, 8 * mostDown] : [8, 8];
  return {
    columns: Math.ceil(Math.ceil((width * across) / mostAcross) / (side[0] ?? 8)),
    rows: Math.ceil(Math.ceil((height * down) / mostDown) / (side[1] ?? 8)),
    pixelRows: only === undefined ? 8 * mostDown : (8 * mostDown) / down,
  };
}

function readUnit(data: HuffmanData, frame: Frame, scan: Scan, x: number, y: number): void {
  const read = readerOf(frame, scan);
  const isAlone = scan.parts.length === 1;
  for (const part of scan.parts) {
    const { across, down, stride } = part.component;
    const [wide, high] = isAlone ? [1, 1] : [across, down];
    for (let row = 0; row < high; row += 1) {
      for (let column = 0; column < wide; column += 1) {
        read(data, part, scan, 8 * ((y * high + row) * stride + x * wide + column));
      }
    }
  }
}

/** Walks the data of a scan; gives the place behind them. Throws an ImageError where they end early. */
function walkScan(bytes: Buffer, from: number, frame: Frame, scan: Scan, interval: number): number {
  const data = new HuffmanData(bytes, from);
  const { columns, rows, pixelRows } = unitsOf(frame, scan);
  for (let unit = 0; unit < columns * rows; unit += 1) {
    const row = Math.floor(unit / columns);
    const restarts = interval > 0 && unit > 0 && unit % interval === 0;
    if (restarts) data.restart((unit / interval - 1) % 8);
    if (data.fault === undefined) readUnit(data, frame, scan, unit % columns, row);
    if (data.fault === undefined) continue;
    const range = `${Math.min(frame.height, Math.floor(row * pixelRows) + 1)} to ${frame.height}`;
    if (data.fault === 'damaged') {
      throw new ImageError('unreadable', `rows ${range} are damaged`);
    }
    const lost = frame.isProgressive ? `rows ${range} lack detail` : `rows ${range} are missing`;
    throw new ImageError('truncated', `${lost}: the file ends early (truncated)`);
  }
  return data.position;
}

class Walk {
  readonly #bytes: Buffer;
  readonly #dc: (HuffmanTable | undefined)[] = [];
  readonly #ac: (HuffmanTable | undefined)[] = [];
  #interval = 0;
  #frame: Frame | undefined;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** False for a way of coding that is not walked. */
  run(assertSize: (width: number, height: number) => void): boolean {
    let at = 2;
    for (;;) {
      at = this.#bytes.indexOf(0xff, at);
      const marker = this.#bytes[at + 1];
      // A file without its end marker is refused by the decoder.
      if (at < 0 || marker === undefined || marker === endOfImage) break;
      at += marker === 0xff ? 1 : 2;
      if (marker === 0xff || marker === 0 || standsAlone(marker)) continue;
      if (otherFrames.includes(marker)) return false;
      const length = word(this.#bytes, at);
      const segment = this.#bytes.subarray(at + 2, at + length);
      at += length;
      if (marker === huffmanTables) this.#addTables(segment);
      else if (marker === restartInterval) this.#interval = word(segment, 0);
      else if (marker === baseline || marker === extended || marker === progressive) {
        assertSize(word(segment, 3), word(segment, 1));
        if (this.#frame !== undefined || (segment[5] ?? 0) > mostComponents) return false;
        this.#frame = frameOf(segment, marker);
      } else if (marker === startOfScan) {
        if (this.#frame === undefined) return false;
        const scan = this.#scanOf(segment, this.#frame);
        if (scan === undefined) return false;
        at = walkScan(this.#bytes, at, this.#frame, scan, this.#interval);
      }
    }
    this.#assertAllCame();
    return this.#frame !== undefined;
  }

  #addTables(segment: Buffer): void {
    for (let at = 0; at + 17 <= segment.length;) {
      const [place, counts] = [segment[at] ?? 0, segment.subarray(at + 1, at + 17)];
      const sum = counts.reduce((all, count) => all + count, 0);
      const tables = place >> 4 === 0 ? this.#dc : this.#ac;
      tables[place & 15] = huffmanTable(counts, segment.subarray(at + 17, at + 17 + sum));
      at += 17 + sum;
    }
  }

  /** Undefined for a scan of parts or tables that are not there: the decoder has its own idea of those. */
  #scanOf(segment: Buffer, frame: Frame): Scan | undefined {
    const count = segment[0] ?? 0;
    const [first = 0, last = 0, bits = 0] = segment.subarray(1 + 2 * count, 4 + 2 * count);
    const parts: Part[] = [];
    for (let i = 0; i < count; i += 1) {
      const [id, tables = 0] = segment.subarray(1 + 2 * i, 3 + 2 * i);
      const component = frame.components.find((known) => known.id === id);
      if (component === undefined) return undefined;
      parts.push({ component, dc: this.#dc[tables >> 4], ac: this.#ac[tables & 15] });
    }
    const [from, to] = frame.isProgressive ? [first, last] : [0, 63];
    const [high, low] = frame.isProgressive ? [bits >> 4, bits & 15] : [0, 0];
    if (parts.length === 0 || from > to || to > 63) return undefined;
    const hasTables = parts.every(
      ({ dc, ac }) => (from > 0 || high > 0 || dc !== undefined) && (to === 0 || ac !== undefined),
    );
    if (!hasTables) return undefined;
    for (const { component } of parts) component.lowest.fill(low, from, to + 1);
    return { parts, first: from, last: to, high, low };
  }

  /** A file cut between two scans has no gap in any of them. */
  #assertAllCame(): void {
    const isWhole = ({ lowest }: Component): boolean => lowest.every((low) => low === 0);
    if (this.#frame?.components.every(isWhole) !== false) return;
    throw new ImageError(
      'truncated',
      'some of the detail or colour of all its rows is missing: the file ends early (truncated)',
    );
  }
}

/**
 * Throws an ImageError that names the rows that are missing or damaged; `assertSize` hears the size first. False
 * for a file that codes its pixels in a way that is not walked (arithmetic, lossless).
 */
export function assertJpegWhole(
  bytes: Buffer,
  assertSize: (width: number, height: number) => void,
): boolean {
  return new Walk(bytes).run(assertSize);
}
