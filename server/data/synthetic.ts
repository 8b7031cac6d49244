/**
 * A small synthetic dataset in layout `folders`: textured surfaces under uneven light, half of them with
 * a scratch, dent, stain or crack. Labels are mixed as in practice: some defective images have a mask,
 * some have none, and some have one that labels.csv says not to use. The same seed gives the same bytes.
 */
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Split } from '../../protocol/dataset.ts';
import { UserError } from '../../protocol/errors.ts';
import { makeFolder, writeFileWhole } from '../files/atomicWrite.ts';
import { errorCode, realFileSystem } from '../files/fileSystem.ts';
import type { FileSystem } from '../files/fileSystem.ts';
import { encodeGreyPng } from '../files/png.ts';
import { Dice } from './synthetic/canvas.ts';
import type { Canvas } from './synthetic/canvas.ts';
import { defectKinds, drawDefect } from './synthetic/defects.ts';
import type { DefectKind } from './synthetic/defects.ts';
import { goodSurface } from './synthetic/surfaces.ts';

export interface SampleOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Images in all, a multiple of 4 is best; default 160. */
  readonly images?: number;
  /** Pixels; default 160 x 160. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly signal?: AbortSignal;
  /** Hears of each image that is written. */
  readonly onImage?: () => void;
  readonly fs?: FileSystem;
}

export interface SampleSummary {
  readonly folder: string;
  readonly images: number;
  readonly defective: number;
  /** Masks that training may use. */
  readonly masks: number;
}

const leastSide = 64;
const defaults = { seed: 0, images: 160, size: { width: 160, height: 160 } };

/** What a positive of train has: a usable mask, none, or one that labels.csv withholds. */
type Supervision = 'mask' | 'none' | 'withheld';

interface Plan {
  readonly image: string;
  readonly split: Split;
  readonly kind: DefectKind | undefined;
  /** Relative path of the mask file, if one is written. */
  readonly mask: string | undefined;
  readonly withheld: boolean;
  /** Of all pictures; names the random stream and the material. */
  readonly index: number;
}

const supervisionOf = (index: number): Supervision =>
  index % 4 < 2 ? 'mask' : index % 4 === 2 ? 'none' : 'withheld';

/** Two thirds train, one third test; half of each is defective, the kinds in turn. */
function planImages(images: number): Plan[] {
  return Array.from({ length: images }, (_, index) => {
    const pair = index >> 1;
    const split = pair % 3 === 2 ? 'test' : 'train';
    const name = `${String(index).padStart(4, '0')}.png`;
    if (index % 2 === 0) {
      const image = `${split}/ok/${name}`;
      return { image, split, kind: undefined, mask: undefined, withheld: false, index };
    }
    const turn = pair - Math.floor(pair / 3); // counts within train and, near enough, within test
    const kind = defectKinds[(turn + Math.floor(turn / 4)) % defectKinds.length] ?? 'scratch';
    const supervision = split === 'test' ? 'mask' : supervisionOf(turn);
    const mask = supervision === 'none' ? undefined : `${split}/masks/${kind}/${name}`;
    const image = `${split}/defective/${kind}/${name}`;
    return { image, split, kind, mask, withheld: supervision === 'withheld', index };
  });
}

function toBytes({ grey }: Canvas): Uint8Array {
  return Uint8Array.from(grey, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
}

function draw({ index, kind }: Plan, width: number, height: number, seed: number): Canvas {
  const dice = new Dice(seed, index);
  const canvas = goodSurface(width, height, index >> 1, dice);
  if (kind !== undefined) drawDefect(canvas, kind, dice);
  return canvas;
}

/** Rows only for what the folders do not already say. */
function labelsCsv(plans: readonly Plan[]): string {
  const rows = plans
    .filter((plan) => plan.withheld)
    .map(({ image, kind }) => `${image},defective,weak,,${kind ?? ''},,,mask withheld on purpose`);
  return `${['image,label,supervision,split,kind,reviewed,mask,note', ...rows].join('\r\n')}\r\n`;
}

async function assertEmpty(folder: string): Promise<void> {
  try {
    const names = await readdir(folder);
    if (names.length === 0) return;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    if (errorCode(error) !== 'ENOTDIR') throw error;
    throw new UserError(`${folder} is a file; name a new folder.`, { cause: error });
  }
  throw new UserError(`${folder} is not empty; name a new folder for the sample dataset.`);
}

/**
 * Writes the dataset into `folder`, which must be new or empty.
 * @throws UserError for a folder that is neither, sizes that are too small, and what the disk refuses
 */
export async function writeSampleDataset(
  folder: string,
  options: SampleOptions = {},
): Promise<SampleSummary> {
  const { seed, images, size } = { ...defaults, ...options };
  const { signal, fs = realFileSystem } = options;
  const { width, height } = size;
  if (Math.min(width, height) < leastSide || Math.max(width, height) > 4096) {
    throw new UserError(
      `A sample image of ${width}x${height} cannot be drawn; use 64 to 4096 pixels.`,
    );
  }
  await assertEmpty(folder);
  const plans = planImages(images);
  for (const place of new Set(
    plans.flatMap(({ image, mask }) => [image, mask ?? image].map((p) => dirname(p))),
  )) {
    await makeFolder(join(folder, place), fs);
  }
  for (const plan of plans) {
    signal?.throwIfAborted();
    const canvas = draw(plan, width, height, seed);
    await writeFileWhole(
      join(folder, plan.image),
      await encodeGreyPng(toBytes(canvas), width, height),
      fs,
    );
    options.onImage?.();
    if (plan.mask === undefined) continue;
    const mask = canvas.mask.map((value) => 255 * value);
    await writeFileWhole(join(folder, plan.mask), await encodeGreyPng(mask, width, height), fs);
  }
  await writeFileWhole(join(folder, 'labels.csv'), labelsCsv(plans), fs);
  const masks = plans.filter(({ mask, withheld }) => mask !== undefined && !withheld).length;
  return {
    folder,
    images,
    defective: plans.filter((plan) => plan.kind !== undefined).length,
    masks,
  };
}
