/** What a format is to the rest: a source gives images one after the other, a sink takes them so. */
import type { MaskBits } from '../../../../protocol/mask/bits.ts';
import type { Size } from '../../../../protocol/mask/raster.ts';
import type { ExportFormat, ImportFormat } from '../../../../protocol/maskExchange.ts';
import type { LayerName } from '../openMask.ts';
import type { Sample } from '../../../../protocol/dataset.ts';

/** How a source names an image. */
export type ReferenceKind =
  /** By its own path. */
  | 'image'
  /** By a file beside it or in a folder that mirrors it: another ending. */
  | 'label'
  /** As `label`, perhaps with `_mask`, `_GT`, `_gt` or `_label` behind the name. */
  | 'mask';

/** The layers that a source speaks of, at the image's size; an absent one is left as it is. */
export interface DrawnLayers {
  readonly defect?: MaskBits;
  readonly ignore?: MaskBits;
}

/** Takes what a source says of its reading. Messages go on after "PLACE: ". */
export interface Teller {
  /** Annotations that are left out: how many, and a message with their numbers and the reason. */
  lost(count: number, message: string): void;
  /** What was taken in one of several ways. */
  note(message: string): void;
}

/** A name by which an entry may mean an image. */
export interface SourceName {
  /** A path with forward slashes, as the source has it. */
  readonly reference: string;
  readonly kind: ReferenceKind;
}

/** One image of a source. */
export interface SourceEntry extends SourceName {
  /** Another name of the same image, for a first one that no image has; both together must not mean two images. */
  readonly also?: SourceName;
  /** The one layer that it may draw; absent: both. */
  readonly layer?: LayerName;
  /** Where it stands, for people. */
  readonly place: string;
  /** Absolute path of a file whose pixels are the mask. */
  readonly file?: string;
  /** The image's size, where the source says it. */
  readonly size?: Size;
  /** Why it cannot be used whatever its image is; goes on after "PLACE: ". */
  readonly broken?: string;
  /** Annotations that are lost with it when it is not taken. */
  count(): number | Promise<number>;
  /**
   * Draws the layers. Throws a UserError whose message goes on after "PLACE: " for what cannot be used; the
   * image is refused then. An annotation that cannot be used costs itself alone and is told as lost.
   */
  draw(size: Size, tell: Teller): Promise<DrawnLayers>;
}

export interface MaskSource {
  readonly format: ImportFormat;
  /** Entries in all; 0 where it is not known before they were read. */
  readonly total: number;
  /** What cannot be expressed in the format, or is read in one of several ways: a sentence for the report. */
  readonly note?: string;
  /**
   * Read twice: for the names, then for the pixels. `tell`, which is there for the pixels alone,
   * takes sentences for the report. Throws a UserError for a source that cannot be read on.
   */
  entries(signal: AbortSignal, tell?: Teller): AsyncIterable<SourceEntry>;
}

/** One image of the dataset with its masks. */
export interface ExportedImage {
  readonly sample: Sample;
  readonly size: Size;
  /** Undefined where there is no mask; one without a set pixel is a mask too. */
  readonly defect: MaskBits | undefined;
  readonly ignore: MaskBits | undefined;
}

/** What a sink is given: sizes first, for formats that list images before masks. */
export interface Exported {
  /** Images that are labelled or have a mask, with their sizes. */
  sizes(): AsyncIterable<{ readonly sample: Sample; readonly size: Size }>;
  /** The same images with their masks, one at a time. */
  images(): AsyncIterable<ExportedImage>;
  /** Kinds of the images, '' left out, sorted. */
  readonly kinds: readonly string[];
  /** The class that is trained for, where the dataset has classes of that sort. */
  readonly class: string | undefined;
  /** True where another image of the dataset has the same path but for the ending. */
  sharesStem(image: string): boolean;
  /** The name that the layout gives an image elsewhere, such as in its tables. */
  nameOf(image: string): string;
}

export interface MaskSink {
  readonly format: ExportFormat;
  /** True for a folder. */
  readonly isFolder: boolean;
  /** True where ignored pixels cannot be said. */
  readonly losesIgnored: boolean;
  /** Writes all of it to a path, which is free or may be written over; gives the number of parts. */
  write(output: string, exported: Exported): Promise<number>;
}
