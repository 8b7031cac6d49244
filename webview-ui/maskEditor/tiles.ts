/**
 * The image as tiles: those in sight at the level that the zoom needs, coarser ones under them while they are
 * on their way. A bounded number is kept.
 */
import type { PixelBox } from '../../protocol/mask/bits.ts';
import type { ToMaskEditor } from '../../protocol/maskEditor.ts';
import type { Size, View } from './view.ts';
import { toScreen, visibleBox } from './view.ts';

export type TilesMessage = Extract<ToMaskEditor, { type: 'tiles' }>;

interface Tile {
  readonly image: HTMLImageElement;
  readonly loaded: Promise<boolean>;
  state: 'loading' | 'loaded' | 'failed';
}

/** Pixels of all tiles that are kept: 4 bytes each when decoded. */
const mostPixels = 32 * 1024 * 1024;
const leastTile = 32;
const mostLevels = 24;

interface Place {
  readonly level: number;
  readonly column: number;
  readonly row: number;
}

/** Tiles that a box of image pixels lies on, at a level. */
export function tilesOf(message: TilesMessage, level: number, box: PixelBox): Place[] {
  const share = 2 ** (level - (message.levels - 1));
  const step = message.tile;
  const places: Place[] = [];
  if (box.width === 0 || box.height === 0) return places;
  const lastColumn = Math.floor(((box.x + box.width) * share - 1e-9) / step);
  const lastRow = Math.floor(((box.y + box.height) * share - 1e-9) / step);
  for (let row = Math.floor((box.y * share) / step); row <= lastRow; row += 1) {
    for (let column = Math.floor((box.x * share) / step); column <= lastColumn; column += 1) {
      places.push({ level, column, row });
    }
  }
  return places;
}

/** The coarsest level that still has a pixel for each device pixel. */
export function levelFor({ levels }: TilesMessage, zoom: number): number {
  return Math.max(0, Math.min(levels - 1, levels - 1 + Math.ceil(Math.log2(zoom) - 0.01)));
}

export class Tiles {
  readonly #changed: () => void;
  #message: TilesMessage | undefined;
  /** Oldest use first. */
  readonly #tiles = new Map<string, Tile>();

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get isKnown(): boolean {
    return this.#message !== undefined;
  }

  show(message: TilesMessage): void {
    // Millions of tiles would be asked for, one by one.
    if (message.tile < leastTile || message.levels > mostLevels) return;
    this.#message = message;
    this.#tiles.clear();
    this.#changed();
  }

  /** Draws what is there; false while something in sight is on its way. */
  draw(context: CanvasRenderingContext2D, view: View, stage: Size): boolean {
    const message = this.#message;
    if (message === undefined) return false;
    const box = visibleBox(view, stage, message);
    const level = levelFor(message, view.zoom);
    // Sharp pixels from 1:1 on: what is labelled is pixels, not a blur of them.
    context.imageSmoothingEnabled = view.zoom < 1;
    context.imageSmoothingQuality = 'medium';
    const wanted = tilesOf(message, level, box);
    // All are asked for before any is looked at, so that they come side by side.
    const tiles = wanted.map((place) => this.#tile(place));
    const isAllThere = tiles.every(({ state }) => state !== 'loading');
    if (!isAllThere) {
      // From the coarsest on, only what is there already; the smallest level is one request at most.
      for (const place of tilesOf(message, 0, box)) this.#tile(place);
      for (let under = 0; under < level; under += 1) {
        for (const place of tilesOf(message, under, box)) this.#drawTile(context, view, place);
      }
    }
    for (const place of wanted) this.#drawTile(context, view, place);
    this.#forget();
    return isAllThere;
  }

  /**
   * Grey values (0..255, rows from the top) of a box of image pixels, at full size; undefined if a tile cannot
   * be had.
   */
  async grey(box: PixelBox): Promise<Uint8Array | undefined> {
    const message = this.#message;
    if (message === undefined || box.width === 0 || box.height === 0) return undefined;
    const places = tilesOf(message, message.levels - 1, box);
    const canvas = new OffscreenCanvas(box.width, box.height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (context === null) return undefined;
    const tiles = places.map((place) => ({ place, tile: this.#tile(place) }));
    const loaded = await Promise.all(tiles.map(async ({ tile }) => await tile.loaded));
    if (loaded.includes(false)) return undefined;
    for (const { place, tile } of tiles) {
      const [x, y] = [place.column * message.tile - box.x, place.row * message.tile - box.y];
      context.drawImage(tile.image, x, y);
    }
    const { data } = context.getImageData(0, 0, box.width, box.height);
    const grey = new Uint8Array(box.width * box.height);
    for (let i = 0; i < grey.length; i += 1) {
      const at = 4 * i;
      const sum = 77 * (data[at] ?? 0) + 150 * (data[at + 1] ?? 0) + 29 * (data[at + 2] ?? 0);
      grey[i] = (sum + 128) >> 8;
    }
    return grey;
  }

  #key({ level, column, row }: Place): string {
    return `${level}/${column}_${row}`;
  }

  #tile(place: Place): Tile {
    const key = this.#key(place);
    const known = this.#tiles.get(key);
    if (known !== undefined) {
      this.#tiles.delete(key);
      this.#tiles.set(key, known);
      return known;
    }
    const image = new Image();
    // Without it the canvas could be drawn on but not read, and the wand reads.
    image.crossOrigin = 'anonymous';
    image.decoding = 'async';
    const loaded = new Promise<boolean>((resolve) => {
      const end = (state: 'loaded' | 'failed') => (): void => {
        tile.state = state;
        resolve(state === 'loaded');
        this.#changed();
      };
      image.addEventListener('load', end('loaded'));
      image.addEventListener('error', end('failed'));
    });
    const tile: Tile = { image, loaded, state: 'loading' };
    const { base = '', ending = 'png' } = this.#message ?? {};
    image.src = `${base}/${key}.${ending}`;
    this.#tiles.set(key, tile);
    return tile;
  }

  #drawTile(context: CanvasRenderingContext2D, view: View, place: Place): void {
    const message = this.#message;
    const tile = this.#tiles.get(this.#key(place));
    if (message === undefined || tile?.state !== 'loaded') return;
    const size = 2 ** (message.levels - 1 - place.level);
    const origin = {
      x: place.column * message.tile * size,
      y: place.row * message.tile * size,
    };
    const end = {
      x: Math.min(message.width, origin.x + tile.image.naturalWidth * size),
      y: Math.min(message.height, origin.y + tile.image.naturalHeight * size),
    };
    // Whole device pixels, so that no seam shows between tiles.
    const from = toScreen(view, origin);
    const to = toScreen(view, end);
    const [x, y] = [Math.round(from.x), Math.round(from.y)];
    context.drawImage(tile.image, x, y, Math.round(to.x) - x, Math.round(to.y) - y);
  }

  #forget(): void {
    const { tile } = this.#message ?? { tile: 512 };
    let excess = this.#tiles.size - Math.max(64, Math.floor(mostPixels / tile ** 2));
    for (const [key, { state }] of this.#tiles) {
      if (excess <= 0) return;
      if (state !== 'loading') this.#tiles.delete(key);
      excess -= 1;
    }
  }
}
