/**
 * Whether the pixels of a TIFF (version 6.0) are all in its file. libtiff gives rows that it cannot read as black;
 * the places and lengths of the strips or tiles tell what is missing before anything is decoded.
 */
import { ImageError } from './imageError.ts';

const tags = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  samples: 277,
  rowsPerStrip: 278,
  stripCounts: 279,
  planes: 284,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileCounts: 325,
} as const;

const uncompressed = 1;
/** Its places and lengths mean something else; the decoder judges. */
const oldJpeg = 6;
/** LZW, Deflate (two numbers), PackBits: the decoder notices when they end early. */
const selfChecked = [5, 8, 32_946, 32_773];
/** Colours with halved chroma: rows are shorter than bits and samples say. */
const yCbCr = 6;

const typeSizes: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 1: 1, 3: 2, 4: 4, 16: 8 };

interface Values {
  readonly values: readonly number[];
  /** Where they stand in the file, and bytes of each. */
  readonly at: number;
  readonly size: number;
}

/** More strips or tiles than the largest image has. */
const mostValues = 2 ** 22;

const cutHeader = (): ImageError =>
  new ImageError('truncated', 'it ends before the list of its strips or tiles (truncated)');

class Directory {
  readonly #bytes: Buffer;
  readonly #isBig: boolean;
  readonly #entries = new Map<number, Values>();

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#isBig = bytes.toString('latin1', 0, 2) === 'MM';
    const from = this.#number(4, 4);
    const count = this.#number(from, 2);
    for (let i = 0; i < count; i += 1) this.#read(from + 2 + 12 * i);
  }

  #number(at: number, size: number): number {
    if (at + size > this.#bytes.length) throw cutHeader();
    if (size === 8) {
      const [high, low] = this.#isBig ? [0, 4] : [4, 0];
      return this.#number(at + high, 4) * 2 ** 32 + this.#number(at + low, 4);
    }
    return this.#isBig ? this.#bytes.readUIntBE(at, size) : this.#bytes.readUIntLE(at, size);
  }

  /** Other tags than ours may hold whatever they like. */
  #read(entry: number): void {
    const [tag, size] = [this.#number(entry, 2), typeSizes[this.#number(entry + 2, 2)]];
    const wanted: readonly number[] = Object.values(tags);
    if (size === undefined || !wanted.includes(tag)) return;
    const count = this.#number(entry + 4, 4);
    if (count > mostValues) throw new ImageError('unreadable', 'its list of strips is too long');
    const at = count * size <= 4 ? entry + 8 : this.#number(entry + 8, 4);
    if (at + count * size > this.#bytes.length) throw cutHeader();
    const values = Array.from({ length: count }, (_, i) => this.#number(at + size * i, size));
    this.#entries.set(tag, { values, at, size });
  }

  all(tag: keyof typeof tags): Values | undefined {
    return this.#entries.get(tags[tag]);
  }

  one(tag: keyof typeof tags, otherwise: number): number {
    return this.all(tag)?.values[0] ?? otherwise;
  }

  /** A copy of the file with another number in a list. */
  changed(bytes: Buffer, { at, size }: Values, index: number, value: number): Buffer {
    const copy = bytes === this.#bytes ? Buffer.from(bytes) : bytes;
    const width = Math.min(size, 4);
    const to = at + size * index + (this.#isBig ? size - width : 0);
    if (this.#isBig) copy.writeUIntBE(value, to, width);
    else copy.writeUIntLE(value, to, width);
    return copy;
  }
}

/** The strips or tiles: how they lie, and what each needs. */
interface Blocks {
  readonly height: number;
  readonly across: number;
  readonly rows: number;
  /** Blocks of all planes together. */
  readonly count: number;
  readonly offsets: Values;
  readonly counts: Values | undefined;
  /** Bytes of block `index` when not compressed. */
  plainBytes(index: number): number;
}

function blocksOf(directory: Directory): Blocks | undefined {
  const isTiled = directory.all('tileOffsets') !== undefined;
  const offsets = directory.all(isTiled ? 'tileOffsets' : 'stripOffsets');
  const [width, height] = [directory.one('width', 0), directory.one('height', 0)];
  if (offsets === undefined || width < 1 || height < 1) return undefined;
  const blockWidth = isTiled ? directory.one('tileWidth', 0) : width;
  const blockRows = isTiled
    ? directory.one('tileHeight', 0)
    : Math.min(height, directory.one('rowsPerStrip', height));
  if (blockWidth < 1 || blockRows < 1) return undefined;
  const samples = directory.one('samples', 1);
  const isPlanar = directory.one('planes', 1) === 2;
  const bitsOfPixel = directory.one('bits', 1) * (isPlanar ? 1 : samples);
  const [across, down] = [Math.ceil(width / blockWidth), Math.ceil(height / blockRows)];
  return {
    ...{ height, across, rows: blockRows, offsets },
    counts: directory.all(isTiled ? 'tileCounts' : 'stripCounts'),
    count: across * down * (isPlanar ? samples : 1),
    plainBytes: (index) => {
      const row = Math.floor((index % (across * down)) / across);
      const rows = isTiled ? blockRows : Math.min(blockRows, height - row * blockRows);
      return Math.ceil((blockWidth * bitsOfPixel) / 8) * rows;
    },
  };
}

/** How many bytes of a block must be there. */
function neededBytes(blocks: Blocks, compression: number, index: number, isPlain: boolean): number {
  if (isPlain) return blocks.plainBytes(index);
  // What checks itself may claim more than it has: some programs round up the last one.
  return selfChecked.includes(compression) ? 1 : (blocks.counts?.values[index] ?? 1);
}

function missingRows({ across, rows, height }: Blocks, index: number): ImageError {
  const inPlane = index % (across * Math.ceil(height / rows));
  const first = Math.floor(inPlane / across) * rows + 1;
  return new ImageError(
    'truncated',
    `rows ${first} to ${height} are missing: the file ends early (truncated)`,
  );
}

/**
 * The file's bytes, with lengths of strips that reach beyond its end made right. Throws an ImageError that names the
 * rows that are missing.
 */
export function wholeTiff(bytes: Buffer): Buffer {
  const directory = new Directory(bytes);
  const compression = directory.one('compression', uncompressed);
  const blocks = blocksOf(directory);
  // Without a list of blocks there is nothing to decode, which the decoder says.
  if (blocks === undefined || compression === oldJpeg) return bytes;
  const isPlain = compression === uncompressed && directory.one('photometric', 1) !== yCbCr;
  const { offsets, counts } = blocks;
  let [result, firstShort, isMissing] = [bytes, Infinity, false];
  for (let index = 0; index < blocks.count && !(isMissing && index > firstShort); index += 1) {
    const place = offsets.values[index] ?? 0;
    const there = place === 0 ? 0 : bytes.length - place;
    const isCut = there < neededBytes(blocks, compression, index, isPlain);
    const isShort = isCut || (counts !== undefined && (counts.values[index] ?? 0) > there);
    if (isShort) firstShort = Math.min(firstShort, index);
    isMissing ||= isCut;
    if (isShort && !isCut && counts !== undefined) {
      result = directory.changed(result, counts, index, there);
    }
  }
  if (isMissing) throw missingRows(blocks, firstShort);
  return result;
}

/** Bits of a channel, as the file claims. */
export const tiffBits = (bytes: Buffer): number => new Directory(bytes).one('bits', 1);

/** True where pixels are stored in tiles. */
export const isTiledTiff = (bytes: Buffer): boolean =>
  new Directory(bytes).all('tileOffsets') !== undefined;
