/** What is told of an image's masks: what their reading assumed, and whether they fit. The same for all who ask. */
import { join } from 'node:path';
import type { Finding, FindingKind, MaskSource, Sample, Severity } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { ImageError } from './images/reader.ts';
import type { ImageHeader, ImageReader, MaskPixels } from './images/reader.ts';

export const finding = (
  kind: FindingKind,
  severity: Severity,
  files: readonly string[],
  message: string,
): Finding => ({ kind, severity, files, message });

/** An image or mask that cannot be read; too large counts as unreadable. */
export function unreadable(file: string, error: UserError): Finding {
  const fault = error instanceof ImageError ? error.fault : 'unreadable';
  const kind = fault === 'truncated' || fault === 'format' ? fault : 'unreadable';
  return finding(kind, 'error', [file], error.message);
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const isSame = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;
const sizeText = ({ width, height }: Size): string => `${width}x${height}`;

/** The size of an image whose EXIF orientation is left aside. */
const storedSize = ({ width, height, orientation }: ImageHeader): Size =>
  orientation >= 5 ? { width: height, height: width } : { width, height };

/** True for pixels that were drawn on the image as it is stored, and not as it is turned. */
export const fitsOnlyStored = (drawn: Size, image: ImageHeader): boolean =>
  !isSame(drawn, image) && isSame(drawn, storedSize(image));

/** Why, and what to do, for whoever drew on the stored pixels. */
export const storedAdvice = ({ orientation }: ImageHeader): string =>
  `the image is turned by its EXIF orientation ${orientation}, and this was drawn on the pixels as they are stored: write "orientation": "stored" into segdec.json, or save the image turned and without the orientation`;

/**
 * What is assumed of something drawn on an image that its EXIF orientation turns without changing its size: drawn on
 * the stored pixels it would fit as well. Goes on after the image's name; undefined for other images.
 */
export function assumedTurned(image: ImageHeader, what: string): string | undefined {
  if (image.orientation === 1 || !isSame(storedSize(image), image)) return undefined;
  return `is turned by its EXIF orientation ${image.orientation}, and ${what} is taken as drawn on the turned image; if it was drawn on the stored pixels, write "orientation": "stored" into segdec.json`;
}

function sizeFinding(
  name: string,
  files: readonly string[],
  mask: Size,
  image: ImageHeader,
): Finding | undefined {
  const sizes = `The mask ${name} is ${sizeText(mask)}, its image ${sizeText(image)}`;
  if (fitsOnlyStored(mask, image)) {
    return finding('orientation', 'error', files, `${sizes}; ${storedAdvice(image)}.`);
  }
  if (!isSame(mask, image)) {
    const text = `${sizes}; it is stretched to fit, which is right only for a resized image.`;
    return finding('mask-size', 'warning', files, text);
  }
  const assumed = assumedTurned(image, `its mask ${name}`);
  if (assumed === undefined) return undefined;
  return finding('orientation', 'warning', files, `${files[0] ?? name} ${assumed}.`);
}

export interface LookedAtMask {
  readonly findings: readonly Finding[];
  /** Undefined where it cannot be read. */
  readonly mask: MaskPixels | undefined;
}

/** Reads a mask of a sample; `image` is what the image's header says, where it could be read. */
export async function lookAtMask(
  reader: ImageReader,
  root: string,
  sample: Pick<Sample, 'image' | 'label'>,
  source: MaskSource,
  image: ImageHeader | undefined,
): Promise<LookedAtMask> {
  const name = source.kind === 'file' ? source.path : sample.image;
  const files = [...new Set([sample.image, name])];
  let mask;
  try {
    mask = await reader.mask(root, source);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { findings: [unreadable(name, error)], mask: undefined };
  }
  const findings = mask.notes.map(({ kind, severity, text }) =>
    finding(kind, severity, files, `The mask ${name} ${text}.`),
  );
  const size = image === undefined ? undefined : sizeFinding(name, files, mask, image);
  if (size !== undefined) findings.push(size);
  if (sample.label === 'defective' && !mask.data.includes(1)) {
    const text = `${sample.image} counts as defective, but its mask ${name} is empty; mark the defect, or remove the mask to use the label alone.`;
    findings.push(finding('empty-mask', 'warning', files, text));
  }
  return { findings, mask };
}

/** The masks of a sample by what they are: the defect, and what is ignored. */
export function masksOf(
  sample: Sample,
): (readonly [Pick<Sample, 'image' | 'label'>, MaskSource])[] {
  const { image, label, mask, ignore } = sample;
  const ignored = { kind: 'file', path: ignore ?? '' } as const;
  return [
    ...(mask === undefined ? [] : [[{ image, label }, mask] as const]),
    ...(ignore === undefined ? [] : [[{ image, label: 'unlabelled' }, ignored] as const]),
  ];
}

/** What is odd about the pixels of an image. */
export const imageFindings = (image: string, { notes }: Pick<ImageHeader, 'notes'>): Finding[] =>
  notes.map(({ kind, text }) => finding(kind, 'warning', [image], `${image} ${text}.`));

/** The header of an image, or undefined where it cannot be read; all that is odd about it where `isWhole`. */
export async function headerOf(
  reader: ImageReader,
  root: string,
  image: string,
  isWhole = false,
): Promise<ImageHeader | undefined> {
  const file = join(root, image);
  try {
    const header = await reader.header(file);
    // Whether the range of 16 bits is used, only the pixels tell.
    return isWhole && header.bits === 16 ? await reader.look(file) : header;
  } catch (error) {
    // Whoever reads the image tells of it.
    if (!(error instanceof UserError)) throw error;
    return undefined;
  }
}
