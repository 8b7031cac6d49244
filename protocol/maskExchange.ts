/** Import and export of masks: formats, what is asked for, and the reports. */
import * as z from 'zod/mini';

/** What masks are imported from; `png`: a folder of PNG or BMP masks. */
export const importFormats = [
  'png',
  'coco',
  'labelme',
  'voc',
  'yolo',
  'cvat',
  'severstal',
] as const;
export type ImportFormat = (typeof importFormats)[number];

export const exportFormats = ['coco', 'png', 'severstal'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What becomes of a layer that has pixels already: it stays, it is replaced, or both are united. */
export const existingRules = ['keep', 'replace', 'add'] as const;
export type ExistingRule = (typeof existingRules)[number];

export const maskImportSchema = z.object({
  project: z.string(),
  /** Absolute path of a file or folder. */
  source: z.string(),
  /** Absent: found out. */
  format: z.optional(z.enum(importFormats)),
  /** Default: keep. */
  existing: z.optional(z.enum(existingRules)),
  /** True: the report, and nothing is written. */
  dryRun: z.optional(z.boolean()),
  /** Progress is reported under it. */
  token: z.optional(z.string()),
});
export type MaskImportParams = z.infer<typeof maskImportSchema>;

export const maskExportSchema = z.object({
  project: z.string(),
  format: z.enum(exportFormats),
  /** Absolute path: a file for coco and severstal, a folder for png. */
  output: z.string(),
  /** True: what is there may be written over. */
  overwrite: z.optional(z.boolean()),
  token: z.optional(z.string()),
});
export type MaskExportParams = z.infer<typeof maskExportSchema>;

export interface ExchangeFinding {
  /** `warning`: something was left out; `error`: an image was not taken. */
  readonly severity: 'warning' | 'error';
  /** The image of the dataset, relative; null where none was found. */
  readonly image: string | null;
  /** One sentence: what is wrong, where, what to do. */
  readonly message: string;
}

/** Findings kept in a report; all are counted. */
export const mostExchangeFindings = 1000;

export interface ExchangeFindings {
  readonly total: number;
  /** The first ones. */
  readonly shown: readonly ExchangeFinding[];
}

export interface MaskImportReport {
  readonly format: ImportFormat;
  readonly dryRun: boolean;
  /** Entries of the source: images, or files of masks. */
  readonly entries: number;
  /** Entries that no image of the dataset, or more than one, fits. */
  readonly unmatched: number;
  /** Entries of which nothing was taken, for instance because of another size. */
  readonly refused: number;
  /** Entries of which a layer was written (would be, with dryRun). */
  readonly written: number;
  /** Entries of which a layer stayed because it had pixels already. */
  readonly kept: number;
  /** Entries whose layers were the same before, or have no pixels. */
  readonly unchanged: number;
  /** Annotations of the source that were not taken: those left out of entries, and all of entries not taken. */
  readonly lost: number;
  /** Rows of labels.csv that now say defective, with a mask. */
  readonly labelled: number;
  readonly findings: ExchangeFindings;
}

export interface MaskExportReport {
  readonly format: ExportFormat;
  /** Absolute. */
  readonly output: string;
  /** Images that are in the output. */
  readonly images: number;
  /** Of these, images with defect pixels, and with ignored ones. */
  readonly defective: number;
  readonly ignored: number;
  /** Connected regions (coco), files (png), rows (severstal). */
  readonly parts: number;
  readonly findings: ExchangeFindings;
}
