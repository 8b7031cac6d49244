/** What a file is by its first bytes: names say little, and some programs leave endings out. */

/** Bytes that are enough to tell. */
export const tellingBytes = 160;

const startOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, tellingBytes)).toString(
    'latin1',
  );

/** Formats that are read: name, usual ending, and what their files begin with at a place. */
const readable: readonly (readonly [name: string, ending: string, at: number, RegExp | string])[] =
  [
    ['PNG', '.png', 0, '\x89PNG\r\n\x1a\n'],
    ['JPEG', '.jpg', 0, '\xff\xd8\xff'],
    ['TIFF', '.tif', 0, 'II*\0'],
    ['TIFF', '.tif', 0, 'MM\0*'],
    ['WebP', '.webp', 0, /^RIFF[^]{4}WEBP/],
  ];
/** Of a BMP's second header; the two letters of its first may begin any text. */
const bmpHeaders = ['\x28\0\0\0', '\x6c\0\0\0', '\x7c\0\0\0'];

const isThere = (start: string, at: number, what: RegExp | string): boolean =>
  typeof what === 'string' ? start.startsWith(what, at) : what.test(start);

/** True for the start of a PNG, JPEG, TIFF or WebP. */
export function isReadable(bytes: Uint8Array): boolean {
  const start = startOf(bytes);
  return readable.some(([, , at, what]) => isThere(start, at, what));
}

/** True for the start of a TIFF with places of 64 bits. */
export const isBigTiff = (bytes: Uint8Array): boolean => /^(II\+\0|MM\0\+)/.test(startOf(bytes));

/** Name and usual ending of a format that is read, by the first bytes of a file; undefined for any other. */
export function readableContent(
  bytes: Uint8Array,
): { readonly name: string; readonly ending: string } | undefined {
  const start = startOf(bytes);
  if (start.startsWith('BM') && bmpHeaders.some((header) => start.startsWith(header, 14))) {
    return { name: 'BMP', ending: '.bmp' };
  }
  const [name, ending] = readable.find(([, , at, what]) => isThere(start, at, what)) ?? [];
  return name === undefined || ending === undefined ? undefined : { name, ending };
}

/** What people have under the name of an image, and what is not read. */
const others: readonly (readonly [name: string, at: number, RegExp | string])[] = [
  ['a GIF image', 0, 'GIF8'],
  ['a HEIF image (HEIC or AVIF)', 0, /^[^]{4}ftyp(hei[cxms]|hevc|mif1|msf1|avi[fs])/],
  ['a JPEG 2000 image', 4, 'jP  '],
  ['a JPEG 2000 image', 0, '\xff\x4f\xff\x51'],
  ['a JPEG XL image', 0, '\xff\x0a'],
  ['a JPEG XL image', 4, 'JXL '],
  ['a Photoshop file', 0, '8BPS'],
  ['an OpenEXR image', 0, 'v/1\x01'],
  ['a Radiance image', 0, /^#\?(RADIANCE|RGBE)/],
  ['a FITS image', 0, 'SIMPLE  ='],
  ['a DICOM image', 128, 'DICM'],
  ['a NumPy array', 0, '\x93NUMPY'],
  ['a PNM image', 0, /^P[1-7]\s/],
  ['a PDF document', 0, '%PDF'],
  ['a ZIP archive', 0, 'PK\x03\x04'],
  ['a web page', 0, /^\s*<(!doctype html|html)/i],
  ['an SVG drawing', 0, /^\s*<(\?xml|svg)/i],
  ['a pointer of Git LFS without its content', 0, 'version https://git-lfs'],
];

/** What a file that is not read is, as a noun with its article; undefined where nobody knows. */
export function nameOfContent(bytes: Uint8Array): string | undefined {
  const start = startOf(bytes);
  return others.find(([, at, what]) => isThere(start, at, what))?.[0];
}
