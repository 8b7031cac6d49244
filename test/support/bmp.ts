/** BMP files of each depth that is read, written plainly: rows from the bottom, padded to four bytes. */

export interface BmpPicture {
  readonly width: number;
  readonly height: number;
  /** Of a pixel, 0..255. */
  value(x: number, y: number): number;
}

function rowBytes(picture: BmpPicture, y: number, bits: number): Uint8Array {
  const row = new Uint8Array(Math.ceil((picture.width * bits) / 32) * 4);
  for (let x = 0; x < picture.width; x += 1) {
    const value = picture.value(x, y);
    const levels = 2 ** Math.min(bits, 8) - 1;
    if (bits >= 24) row.fill(value, (x * bits) / 8, (x * bits) / 8 + 3);
    else {
      const bit = x * bits;
      const index = Math.round((value / 255) * levels);
      const shift = 8 - bits - (bit % 8);
      row[bit >> 3] = (row[bit >> 3] ?? 0) | (index << shift);
    }
  }
  return row;
}

/** A BMP with `bits` of 1, 4, 8 (grey palette), 24 or 32. */
export function bmpFile(picture: BmpPicture, bits: 1 | 4 | 8 | 24 | 32): Buffer {
  const colours = bits <= 8 ? 2 ** bits : 0;
  const start = 54 + 4 * colours;
  const rows = Array.from({ length: picture.height }, (_, i) =>
    rowBytes(picture, picture.height - 1 - i, bits),
  );
  const body = Buffer.concat(rows);
  const head = Buffer.alloc(start);
  head.write('BM', 0, 'latin1');
  head.writeUInt32LE(start + body.length, 2);
  head.writeUInt32LE(start, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(picture.width, 18);
  head.writeInt32LE(picture.height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(bits, 28);
  head.writeUInt32LE(body.length, 34);
  head.writeUInt32LE(colours, 46);
  for (let i = 0; i < colours; i += 1) {
    const grey = Math.round((255 * i) / (colours - 1));
    head.set([grey, grey, grey, 0], 54 + 4 * i);
  }
  return Buffer.concat([head, body]);
}
