/** What a file is by its first bytes: names say little, and some programs leave endings out. */

/** Bytes that are enough to tell. */
export const tellingBytes = 64;

const startOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, tellingBytes)).toString(
    'latin1',
  );

/** Formats that are read, by what their files begin with. */
const readable: readonly (readonly [name: string, ending: string, start: RegExp])[] = [
  ['PNG', '.png', /^\x89PNG\r\n\x1a\n/],
  ['JPEG', '.jpg', /^\xff\xd8\xff/],
  ['TIFF', '.tif', /^(II\*\0|MM\0\*)/],
  ['WebP', '.webp', /^RIFF[^]{4}WEBP/],
];
/** Its two letters may begin any text. */
const bmp = /^BM[^]{12}[\x28\x6c\x7c]\0\0\0/;

/** True for the start of a PNG, JPEG, TIFF or WebP. */
export function isReadable(bytes: Uint8Array): boolean {
  const start = startOf(bytes);
  return readable.some(([, , pattern]) => pattern.test(start));
}

/** True for the start of a TIFF with places of 64 bits. */
export const isBigTiff = (bytes: Uint8Array): boolean => /^(II\+\0|MM\0\+)/.test(startOf(bytes));

/** Name and usual ending of a format that is read, by the first bytes of a file; undefined for any other. */
export function readableContent(
  bytes: Uint8Array,
): { readonly name: string; readonly ending: string } | undefined {
  const start = startOf(bytes);
  if (bmp.test(start)) return { name: 'BMP', ending: '.bmp' };
  const [name, ending] = readable.find(([, , pattern]) => pattern.test(start)) ?? [];
  return name === undefined || ending === undefined ? undefined : { name, ending };
}

/** What people have under the name of an image, and what is not read. */
const others: readonly (readonly [name: string, start: RegExp])[] = [
  ['a GIF image', /^GIF8/],
  ['a HEIF image (HEIC or AVIF)', /^[^]{4}ftyp(heic|heix|heim|heis|hevc|mif1|msf1|avif|avis)/],
  ['a JPEG 2000 image', /^(\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/],
  ['a JPEG XL image', /^(\xff\x0a|\0\0\0\x0cJXL )/],
  ['a Photoshop file', /^8BPS/],
  ['an OpenEXR image', /^v\/1\x01/],
  ['a Radiance image', /^#\?(RADIANCE|RGBE)/],
  ['a FITS image', /^SIMPLE {2}=/],
  ['a NumPy array', /^\x93NUMPY/],
  ['a PNM image', /^P[1-7]\s/],
  ['a PDF document', /^%PDF/],
  ['a ZIP archive', /^PK\x03\x04/],
  ['a web page', /^\s*<(!doctype html|html)/i],
  ['an SVG drawing', /^\s*<(\?xml|svg)/i],
  ['a pointer of Git LFS without its content', /^version https:\/\/git-lfs/],
];

/** What a file that is not read is, as a noun with its article; undefined where nobody knows. */
export function nameOfContent(bytes: Uint8Array): string | undefined {
  const start = startOf(bytes);
  return others.find(([, pattern]) => pattern.test(start))?.[0];
}
