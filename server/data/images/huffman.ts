/** Huffman-coded data of a JPEG, bit by bit. */

/** By the next 16 bits: the length of the code in the upper byte, its symbol in the lower; 0 for no code. */
export type HuffmanTable = Uint16Array;

/** `counts`: codes of each length from 1 to 16; `symbols` in the order of their codes. */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(2 ** 16);
  let [from, next] = [0, 0];
  counts.forEach((count, i) => {
    const wide = 2 ** (15 - i);
    for (let k = 0; k < count; k += 1) {
      table.fill(((i + 1) << 8) | (symbols[next] ?? 0), from, from + wide);
      from += wide;
      next += 1;
    }
  });
  return table;
}

/**
 * Reads until a marker. What comes after the end reads as zeros: `fault` says so, and what is read then means
 * nothing.
 */
export class HuffmanData {
  readonly #bytes: Buffer;
  #at: number;
  #buffer = 0;
  #count = 0;
  /** Blocks that follow and have no coefficients in this scan. */
  emptyBlocks = 0;
  fault: 'ended' | 'damaged' | undefined;

  constructor(bytes: Buffer, from: number) {
    this.#bytes = bytes;
    this.#at = from;
  }

  /** At or before the marker that follows. */
  get position(): number {
    return this.#at;
  }

  #fill(): void {
    while (this.#count <= 24) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return;
      if (byte === 0xff) {
        // 00 follows a byte that is no marker.
        if (this.#bytes[this.#at + 1] !== 0) return;
        this.#at += 1;
      }
      this.#at += 1;
      this.#buffer = (this.#buffer << 8) | byte;
      this.#count += 8;
    }
  }

  /** The next symbol; a table that is missing was told before. */
  symbol(table: HuffmanTable | undefined): number {
    if (this.#count < 16) this.#fill();
    const next =
      this.#count >= 16 ? this.#buffer >>> (this.#count - 16) : this.#buffer << (16 - this.#count);
    const entry = table?.[next & 0xffff] ?? 0;
    // Behind the end zeros are read, which may be no code.
    if (entry === 0) this.fault ??= this.#count < 16 ? this.#endFault() : 'damaged';
    this.skip(entry >> 8);
    return entry & 255;
  }

  skip(count: number): void {
    if (this.#count < count) this.#fill();
    this.#count -= count;
    if (this.#count >= 0) return;
    this.#count = 0;
    this.fault ??= this.#endFault();
  }

  /** The next up to 15 bits as a number. */
  bits(count: number): number {
    if (this.#count < count) this.#fill();
    const shift = this.#count - count;
    const value = shift < 0 ? 0 : (this.#buffer >>> shift) & (2 ** count - 1);
    this.skip(count);
    return value;
  }

  /** Before a restart marker something is lost in between; before any other the file ends early. */
  #endFault(): 'ended' | 'damaged' {
    const marker = this.#nextMarker();
    return marker !== undefined && marker >= 0xd0 && marker <= 0xd7 ? 'damaged' : 'ended';
  }

  /** Goes to the next marker and gives its number. */
  #nextMarker(): number | undefined {
    for (;;) {
      this.#at = this.#bytes.indexOf(0xff, this.#at);
      if (this.#at < 0) {
        this.#at = this.#bytes.length;
        return undefined;
      }
      const next = this.#bytes[this.#at + 1];
      if (next !== 0 && next !== 0xff) return next;
      this.#at += next === 0 ? 2 : 1;
    }
  }

  /** Goes behind restart marker `number`, 0 to 7. */
  restart(number: number): void {
    this.#count = 0;
    this.emptyBlocks = 0;
    if (this.fault !== undefined) return;
    const marker = this.#nextMarker();
    if (marker === 0xd0 + number) this.#at += 2;
    else this.fault = this.#endFault();
  }
}
