/** Grey 8-bit PNG files from raw values, for heat maps and masks. */

/**
 * Encodes `data` (row-major, width x height values 0..255) as a one-channel 8-bit PNG; the same
 * input always gives the same bytes. Throws a RangeError when the length is not width x height.
 */
export async function encodeGreyPng(
  data: Uint8Array,
  width: number,
  height: number,
): Promise<Uint8Array> {
  if (width < 1 || height < 1 || data.length !== width * height) {
    throw new RangeError(`${data.length} values do not make an image of ${width}x${height}.`);
  }
  // Loaded when it is wanted: each command would wait for it.
  const { default: sharp } = await import('sharp');
  const image = sharp(data, { raw: { width, height, channels: 1 } });
  return image.toColourspace('b-w').png({ compressionLevel: 6, palette: false }).toBuffer();
}
