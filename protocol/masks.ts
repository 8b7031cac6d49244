/** Masks, tiles and heat maps as server and extension speak of them; pixels are files in the cache. */

/** An image as tiles: `folder`/level/column_row.`ending`; level 0 is the smallest, each half of the next. */
export interface ImageTiles {
  /** Absolute, in the cache. */
  readonly folder: string;
  readonly ending: 'png' | 'jpg';
  /** Longest side of a tile in pixels. */
  readonly tile: number;
  readonly levels: number;
  /** Of the whole image, in pixels. */
  readonly width: number;
  readonly height: number;
}

export interface ImageHeatmap {
  /** Grey PNG over the whole image, value = probability x 255, absolute, in the cache; null without one. */
  readonly file: string | null;
  /** The active run's shipped threshold, 0..1. */
  readonly threshold: number;
}

export interface OpenedMask {
  /** Of the image, in pixels; the layers have the same. */
  readonly width: number;
  readonly height: number;
  /** Absolute paths of files with the bytes of MaskBits, in the cache; null for a layer without a set pixel. */
  readonly defect: string | null;
  readonly ignore: string | null;
  /** Says what the files of both layers hold: equal stamps, equal pixels. */
  readonly stamp: string;
  /** Where a mask is or would be written, relative to the dataset folder. */
  readonly target: string;
  /** The mask counts once the image's row in labels.csv names it. */
  readonly needsRow: boolean;
  /** Why it cannot be edited, as one sentence; null where it can. */
  readonly readOnly: string | null;
}

export type MaskWritten =
  | { readonly outcome: 'saved'; readonly stamp: string }
  /** The files changed since; nothing was written. */
  | { readonly outcome: 'conflict'; readonly stamp: string };
