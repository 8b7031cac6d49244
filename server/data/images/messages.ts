/** What the reader and its decoding processes say to each other. */
import type { MaskSource } from '../../../protocol/dataset.ts';
import type { ImageFault } from './imageError.ts';

export interface ReadAs {
  /** Pixels; the image is fitted by filling. */
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** Runs, or the absolute path of a file. */
export type PictureMask = MaskSource;

export interface PictureAs {
  /** Longest side in pixels. */
  readonly side: number;
  /** Absolute path of the heat map's PNG. */
  readonly heatmap: string | null;
  readonly mask: PictureMask | null;
}

export type DecodeTask =
  | { readonly kind: 'read'; readonly file: string; readonly as: ReadAs }
  | { readonly kind: 'size'; readonly file: string }
  | { readonly kind: 'header'; readonly file: string }
  | { readonly kind: 'mask'; readonly file: string }
  | { readonly kind: 'maskBits'; readonly file: string }
  | { readonly kind: 'foreignMask'; readonly file: string }
  | { readonly kind: 'classBits'; readonly file: string }
  /** Tiles go into `folder`, which is there and empty. */
  | { readonly kind: 'tiles'; readonly file: string; readonly folder: string }
  | { readonly kind: 'picture'; readonly file: string; readonly as: PictureAs };

/** Planes [C, H, W], values 0..maximum. */
export interface ImagePlanes {
  readonly data: Uint8Array | Uint16Array;
  readonly maximum: 255 | 65535;
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour; alpha is not counted. */
  readonly channels: number;
  /** Of a channel. */
  readonly bits: number;
}

export interface MaskPixels {
  /** 1 where any channel is not 0; row-major. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Distinct values found, ascending, at most 256 of them. */
  readonly values: readonly number[];
}

export interface Picture {
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The bytes of MaskBits. */
export interface MaskBytes {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** A mask from elsewhere: pixels with alpha 0 are not set. */
export interface ForeignMaskBytes extends MaskBytes {
  /** True where many colours are spread over the pixels, as in a photo. */
  readonly isPhoto: boolean;
}

/** The bytes of two MaskBits: what is neither background nor void, and the void. */
export interface ClassBytes {
  readonly width: number;
  readonly height: number;
  readonly marked: Uint8Array;
  readonly void: Uint8Array;
  /** True where another entry of the palette has the colour of entry 0, so that it reads as background. */
  readonly isAmbiguous: boolean;
}

/** A pyramid as written: `tiles_files`/level/column_row.`ending`, level 0 the smallest. */
export interface Tiles {
  readonly ending: 'png' | 'jpg';
  readonly tile: number;
  readonly levels: number;
  readonly width: number;
  readonly height: number;
}

export interface DecodeResults {
  readonly header: { readonly width: number; readonly height: number };
  readonly maskBits: ForeignMaskBytes;
  readonly foreignMask: ForeignMaskBytes;
  readonly classBits: ClassBytes;
  readonly tiles: Tiles;
  readonly read: ImagePlanes;
  readonly size: ImageSize;
  readonly mask: MaskPixels;
  readonly picture: Picture;
}

export interface DecodeRequest {
  readonly id: number;
  readonly task: DecodeTask;
}

export type DecodeReply =
  | { readonly id: number; readonly result: DecodeResults[DecodeTask['kind']] }
  | { readonly id: number; readonly fault: ImageFault; readonly reason: string };
