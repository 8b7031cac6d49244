/** Decoding, as it runs in a process of its own: what each task of the reader gives. */
import { errorText } from '../../../protocol/errors.ts';
import { readClassBits } from './classBits.ts';
import { fitPlanes } from './fit.ts';
import { ImageError } from './imageError.ts';
import { pageNotes, rangeNotes } from './imageNotes.ts';
import { lookAt } from './look.ts';
import { readMask, readMaskBits } from './maskReading.ts';
import type { DecodeResults, DecodeTask, ImagePlanes, ReadAs } from './messages.ts';
import { drawPicture } from './picture.ts';
import { openHeader, openSource, rawOf, readAsStored, readBytes, sizeOf } from './source.ts';
import { writeTiles } from './tiles.ts';
import { tiffBits } from './tiffData.ts';
import { endsAsPng, isPng, isTiff, wholeFile } from './whole.ts';

async function readImage(bytes: Buffer, { width, height, channels }: ReadAs): Promise<ImagePlanes> {
  const source = await openSource(bytes);
  const pixels = await rawOf(source, source.image, source.channels);
  const data = fitPlanes(pixels, { width, height, channels });
  const notes = [...pageNotes(source.pages), ...rangeNotes(pixels.data)];
  return { data, maximum: source.bits === 16 ? 65535 : 255, notes };
}

/** Runs a task. Throws an ImageError whose message goes on after "… cannot be read: ". */
export async function decodeImage<T extends DecodeTask>(
  task: T,
): Promise<DecodeResults[T['kind']]> {
  const bytes = await readBytes(task.file);
  if (task.isStored === true) readAsStored(bytes);
  try {
    return (await decodeBytes(bytes, task)) as DecodeResults[T['kind']];
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw decoderError(error, bytes);
  }
}

async function decodeBytes(
  bytes: Buffer,
  task: DecodeTask,
): Promise<DecodeResults[DecodeTask['kind']]> {
  if (task.kind === 'read') return await readImage(bytes, task.as);
  if (task.kind === 'mask') return await readMask(bytes);
  if (task.kind === 'maskBits') return await readMaskBits(bytes);
  if (task.kind === 'classBits') return await readClassBits(bytes);
  if (task.kind === 'tiles') return await writeTiles(bytes, task.folder);
  if (task.kind === 'header') return await sizeOf(bytes);
  if (task.kind === 'picture') return await drawPicture(bytes, task.as);
  if (task.kind === 'look') return await lookAt(bytes);
  const { width, height, channels, bits } = await openHeader(bytes);
  return { width, height, channels, bits };
}

/** True for a file without its end: libvips calls that a read error like any other. What JPEGs lack is told before. */
function isCutOff(bytes: Buffer): boolean {
  if (isPng(bytes)) return !endsAsPng(bytes);
  if (bytes.toString('latin1', 0, 4) === 'RIFF') return bytes.readUInt32LE(4) + 8 > bytes.length;
  return isTiff(bytes) && wholeFile(bytes, () => undefined).bytes !== bytes;
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').trim();

/** libvips says what it met in several lines; the first is enough for a sentence. */
function decoderError(error: unknown, bytes: Buffer): ImageError {
  const text = errorText(error);
  // A TIFF of a depth that libvips has no kind of pixels for.
  if (
    isTiff(bytes) &&
    /samples out of range|unsupported tiff image type|whole number of bytes/i.test(text)
  ) {
    const what = `its pixels of ${tiffBits(bytes)} bits a channel are not read (${firstLine(text)})`;
    return new ImageError('format', `${what}; save it with 8 or 16 bits a channel`);
  }
  const line = firstLine(text);
  const short =
    /trunc|premature|end of (file|stream|data)|not enough|short read|bad seek|corrupt JPEG|out of bounds/i;
  if (short.test(text) || isCutOff(bytes))
    return new ImageError('truncated', `it is truncated (${line})`);
  return new ImageError('unreadable', line);
}
