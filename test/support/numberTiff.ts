/** TIFF files of numbers as science writes them: one grey channel, uncompressed, little-endian, one page or several. */

const kinds = {
  uint8: [8, 1],
  uint16: [16, 1],
  uint32: [32, 1],
  int8: [8, 2],
  int16: [16, 2],
  int32: [32, 2],
  float: [32, 3],
  double: [64, 3],
} as const;
export type NumberType = keyof typeof kinds;

export interface NumberPage {
  readonly width: number;
  readonly height: number;
  /** Row-major. */
  readonly values: readonly number[];
}

function pixelsOf(values: readonly number[], type: NumberType): Buffer {
  const [bits, format] = kinds[type];
  const bytes = Buffer.alloc((values.length * bits) / 8);
  values.forEach((value, i) => {
    const at = (i * bits) / 8;
    if (format === 3 && bits === 64) bytes.writeDoubleLE(value, at);
    else if (format === 3) bytes.writeFloatLE(value, at);
    else if (format === 2) bytes.writeIntLE(value, at, bits / 8);
    else bytes.writeUIntLE(value, at, bits / 8);
  });
  return bytes;
}

/** The file's bytes; `pages`: how often the picture is in it. */
export function numberTiff(
  { width, height, values }: NumberPage,
  type: NumberType,
  pages = 1,
): Buffer {
  const [bits, format] = kinds[type];
  const pixels = pixelsOf(values, type);
  const entries = 10;
  const directory = 2 + 12 * entries + 4;
  const header = Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  const start = 8 + directory * pages;
  const directories = Array.from({ length: pages }, (_, page) => {
    const bytes = Buffer.alloc(directory);
    const tags = [
      ...[
        [256, width],
        [257, height],
        [258, bits],
        [259, 1],
        [262, 1],
        [273, start],
      ],
      ...[
        [277, 1],
        [278, height],
        [279, pixels.length],
        [339, format],
      ],
    ];
    bytes.writeUInt16LE(entries, 0);
    tags.forEach(([tag = 0, value = 0], i) => {
      bytes.writeUInt16LE(tag, 2 + 12 * i);
      bytes.writeUInt16LE(4, 4 + 12 * i);
      bytes.writeUInt32LE(1, 6 + 12 * i);
      bytes.writeUInt32LE(value, 10 + 12 * i);
    });
    bytes.writeUInt32LE(page + 1 < pages ? 8 + directory * (page + 1) : 0, directory - 4);
    return bytes;
  });
  return Buffer.concat([header, ...directories, pixels]);
}
