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

/** What is asked of a decoding process; `isStored`: the EXIF orientation is left aside. */
export type DecodeTask = DecodeWork & { readonly isStored?: true };

type DecodeWork =
  | { readonly kind: 'read'; readonly file: string; readonly as: ReadAs }
  | { readonly kind: 'size'; readonly file: string }
  | { readonly kind: 'header'; readonly file: string }
  | { readonly kind: 'mask'; readonly file: string }
  | { readonly kind: 'maskBits'; readonly file: string }
  /** An image read whole, for what is told of it. */
  | { readonly kind: 'look'; readonly file: string }
  | { readonly kind: 'classBits'; readonly file: string }
  /** Tiles go into `folder`, which is there and empty. */
  | { readonly kind: 'tiles'; readonly file: string; readonly folder: string }
  | { readonly kind: 'picture'; readonly file: string; readonly as: PictureAs };

/** What is odd about an image's pixels: goes on after its name, without a full stop. */
export interface ImageNote {
  readonly kind: 'pages' | 'pixel-range';
  readonly text: string;
}

/** Planes [C, H, W], values 0..maximum. */
export interface ImagePlanes {
  readonly data: Uint8Array | Uint16Array;
  readonly maximum: 255 | 65535;
  readonly notes: readonly ImageNote[];
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour; alpha is not counted. */
  readonly channels: number;
  /** Of a channel. */
  readonly bits: number;
}

/** What the header of an image says. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  /** By EXIF, 1 to 8, which the size follows; 1 is as stored. */
  readonly orientation: number;
  /** Of a channel. */
  readonly bits: number;
  /** What the header alone can tell. */
  readonly notes: readonly ImageNote[];
}

/** An image that was read whole: the notes are all that there are. */
export interface ImageLook extends ImageSize, ImageHeader {}

/** What the reading of a mask assumed: goes on after "The mask NAME ", without a full stop. */
export interface MaskNote {
  readonly kind: 'mask-values' | 'mask-palette' | 'mask-alpha' | 'mask-inverted' | 'pages';
  readonly severity: 'warning' | 'information';
  readonly text: string;
}

export interface MaskPixels {
  /** 1 where it is marked; row-major. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly notes: readonly MaskNote[];
  /** Of a file in which many values are spread over the pixels, as in a photo. */
  readonly isPhoto?: boolean;
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

/** A mask's file as bits. */
export interface ReadMask extends MaskBytes {
  /** True where many values are spread over the pixels, as in a photo. */
  readonly isPhoto: boolean;
  readonly notes: readonly MaskNote[];
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
  readonly header: ImageHeader;
  readonly maskBits: ReadMask;
  readonly look: ImageLook;
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
