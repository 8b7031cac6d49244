/**
 * What the parts say to each other about a dataset. Types and their words; imports nothing of ours.
 * Paths in a Sample are relative to the dataset folder, with forward slashes.
 */

/** `ok` = negative (y = 0), `defective` = positive (y = 1), `unlabelled` = listed and predicted, never trained on. `unknown`: positives of ksdd and ksdd2 before the masks were read. */
export type Label = 'ok' | 'defective' | 'unlabelled' | 'unknown';
export const splitNames = ['train', 'val', 'test'] as const;
export type Split = (typeof splitNames)[number];
export const layoutNames = ['ksdd', 'ksdd2', 'dagm', 'severstal', 'mvtec', 'folders'] as const;
export type LayoutName = (typeof layoutNames)[number];

/** A dataset in a folder below the one that was opened. */
export interface NestedDataset {
  /** Relative, with forward slashes. */
  readonly folder: string;
  readonly layout: LayoutName;
}

/** How images lie: turned as EXIF says, or as their pixels are stored. */
export const orientationNames = ['exif', 'stored'] as const;
export type Orientation = (typeof orientationNames)[number];

/** Where a sample's pixel mask comes from. `runs`: Severstal's run lengths (1-based, column-major). */
export type MaskSource =
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Further files that mark defects of the same image. */
      readonly more?: readonly string[];
      /** Named by labels.csv and not listed: it is read only where it lies in the dataset folder, links followed. */
      readonly isUnlisted?: true;
    }
  | {
      readonly kind: 'runs';
      readonly encoded: string;
      readonly width: number;
      readonly height: number;
    };

export interface Sample {
  /** Relative path of the image; also its name in every table. */
  readonly image: string;
  readonly label: Label;
  /** A mask that may be used, if the layout or labels.csv gives one. Absent for weakly labelled images. */
  readonly mask?: MaskSource;
  /** Relative path of an ignore mask (`ignore/<image>.png`), if there is one. */
  readonly ignore?: string;
  readonly split: Split;
  /** A free word such as scratch or dent; '' when not known. */
  readonly kind: string;
  /** True when labels.csv says `weak`: the mask, if any, must not be used for training. */
  readonly weak: boolean;
  /** What labels.csv says of a review, usually its date; absent when there was none. */
  readonly reviewed?: string;
}

export type FindingKind =
  | 'unreadable'
  | 'truncated'
  | 'format'
  | 'mask-size'
  | 'mask-values'
  | 'mask-palette'
  | 'mask-alpha'
  | 'mask-inverted'
  | 'orientation'
  | 'pages'
  | 'pixel-range'
  | 'runs-size'
  | 'empty-mask'
  | 'missing-mask'
  | 'duplicate'
  | 'missing-image'
  | 'label-row'
  | 'nested'
  | 'left-out'
  | 'ambiguous';
export type Severity = 'information' | 'warning' | 'error';

export interface Finding {
  readonly kind: FindingKind;
  readonly severity: Severity;
  /** Relative paths, forward slashes. */
  readonly files: readonly string[];
  /** One sentence: what is wrong, where, what to do. */
  readonly message: string;
}

/** What an inspection came to, and what the editor shows of it: a finding of several files is a problem of each. */
export interface Inspected {
  readonly findings: number;
  readonly errors: number;
  /** Problems that are shown of findings, and of mistakes of the active run. */
  readonly places: number;
  readonly mistakes: number;
}
