/** The mask editor in a window, used by places of the image; and the mask files that it writes. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import sharp from 'sharp';
import { MaskBits } from '../../../protocol/mask/bits.ts';
import { eachShapeSpan } from '../../../protocol/mask/raster.ts';
import type { Shape } from '../../../protocol/mask/raster.ts';
import type { Workbench } from './workbench.ts';
import { waitUntil } from './waitUntil.ts';

export const imageSize = { width: 64, height: 48 } as const;
/** The part of a test image that is brighter than the rest. */
export const brightPart = { left: 20, top: 10, width: 20, height: 20 } as const;

/** Writes an image with an even ground and an even bright part. */
export async function writeTestImage(file: string, shade: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const even = (value: number) => ({ r: value, g: value, b: value });
  const { left, top, ...size } = brightPart;
  const input = { create: { ...size, channels: 3 as const, background: even(shade + 100) } };
  await sharp({ create: { ...imageSize, channels: 3, background: even(shade) } })
    .composite([{ input, left, top }])
    .png()
    .toFile(file);
}

/** The pixels of shapes: those of the first, then each added or, with `remove`, taken away. */
export function pixelsOf(...shapes: readonly (Shape & { readonly remove?: boolean })[]): MaskBits {
  const bits = new MaskBits(imageSize.width, imageSize.height);
  for (const shape of shapes) {
    eachShapeSpan(shape, bits, (y, x0, x1) => bits.fill(y, x0, x1, shape.remove !== true));
  }
  return bits;
}

/** A mask file of a test image; undefined where there is none. Throws for other sizes and other values than two. */
export async function readMaskFile(file: string): Promise<MaskBits | undefined> {
  if (!existsSync(file)) return undefined;
  const { data, info } = await sharp(file)
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== imageSize.width || info.height !== imageSize.height) {
    throw new Error(`${file} has ${info.width}x${info.height} pixels`);
  }
  const bits = new MaskBits(info.width, info.height);
  for (let place = 0; place < info.width * info.height; place += 1) {
    const value = data[place * info.channels];
    if (value !== 0 && value !== 255) throw new Error(`${file} has the value ${value}`);
    const x = place % info.width;
    if (value === 255) bits.fill((place - x) / info.width, x, x + 1, true);
  }
  return bits;
}

/** A mask as text, a character every pixel, so that a difference can be read; 'no file' for undefined. */
export function drawn(bits: MaskBits | undefined): string {
  if (bits === undefined) return 'no file';
  const places = (length: number): number[] => Array.from({ length }, (_, place) => place);
  const row = (y: number): string =>
    places(bits.width)
      .map((x) => (bits.has(x, y) ? '#' : '.'))
      .join('');
  return places(bits.height).map(row).join('\n');
}

/** How many pixels differ. */
export function differing(one: MaskBits, other: MaskBits): number {
  const both = one.clone();
  other.words.forEach((word, place) => (both.words[place] = (both.words[place] ?? 0) ^ word));
  return both.count();
}

/** The mask file of an image in a user's own folders. */
export const maskFile = (folder: string, name: string): string => join(folder, 'masks', name);

export class MaskPage {
  private constructor(
    readonly workbench: Workbench,
    readonly frame: FrameLocator,
    /** The image's corner on the screen, and screen pixels an image pixel. */
    private readonly corner: { readonly x: number; readonly y: number },
    private readonly zoom: number,
  ) {}

  /** Waits until the visible mask editor shows its image as a whole. */
  static async shown(workbench: Workbench): Promise<MaskPage> {
    const frame = await workbench.webviewWith('.stage', { timeout: 60_000 });
    await frame.locator('.note').waitFor({ state: 'hidden', timeout: 60_000 });
    const box = await frame.locator('.stage').boundingBox();
    if (box === null) throw new Error('the stage has no place');
    const zoom = Math.min(box.width / imageSize.width, box.height / imageSize.height);
    const x = box.x + (box.width - zoom * imageSize.width) / 2;
    const y = box.y + (box.height - zoom * imageSize.height) / 2;
    return new MaskPage(workbench, frame, { x, y }, zoom);
  }

  /** Opens an image by its name with the command of the palette. */
  static async open(workbench: Workbench, name: string): Promise<MaskPage> {
    await workbench.openFile(name);
    await workbench.runCommand('Open in Mask Editor');
    return await MaskPage.shown(workbench);
  }

  get page(): Page {
    return this.workbench.page;
  }

  /** Chooses a tool by its key, and waits until the page has it: the key goes through VS Code. */
  async choose(key: string, tool: string): Promise<void> {
    await this.frame.locator('.stage').focus();
    await this.page.keyboard.press(key);
    await this.frame.locator(`.tools [data-tool="${tool}"][aria-pressed="true"]`).waitFor();
  }

  async moveTo(x: number, y: number): Promise<void> {
    await this.page.mouse.move(this.corner.x + x * this.zoom, this.corner.y + y * this.zoom);
  }

  async click(x: number, y: number): Promise<void> {
    await this.moveTo(x, y);
    await this.page.mouse.down();
    await this.page.mouse.up();
  }

  /** Draws from place to place with the button held. */
  async drag(...places: readonly (readonly [number, number])[]): Promise<void> {
    const [first, ...rest] = places;
    if (first === undefined) return;
    await this.moveTo(...first);
    await this.page.mouse.down();
    for (const place of rest) await this.moveTo(...place);
    await this.page.mouse.up();
  }

  /** Waits until the editor in front has edits to save, or none. */
  async isDirty(wanted: boolean): Promise<void> {
    const mark = this.page.locator('.part.editor .tab.active.dirty').first();
    await mark.waitFor({ state: wanted ? 'attached' : 'detached' });
  }

  async save(): Promise<void> {
    await this.page.keyboard.press('Control+S');
    await this.isDirty(false);
  }

  /** Waits for a text of the status bar, where the size, the cursor and the area of the mask are told. */
  async reads(text: string): Promise<void> {
    await waitUntil(`${text} in the status bar`, async () =>
      (await this.workbench.statusBar()).includes(text),
    );
  }
}
