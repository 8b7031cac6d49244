/** What the explorer, the grid and the hovers are told about a project and its images. */
import * as z from 'zod/mini';
import type { Label, LayoutName, NestedDataset, Split } from './dataset.ts';
import type { Outcome } from './run.ts';

/**
 * How an image is labelled: good, defective with a mask that may be used, defective with its label alone,
 * not labelled; `unknown` while the masks that tell the label are still being read.
 */
export const supervisionStates = ['ok', 'mask', 'weak', 'unlabelled', 'unknown'] as const;
export type SupervisionState = (typeof supervisionStates)[number];

/** What a segdec.json names outside of its folder; not looked at until the person says so. */
export interface OutsidePlace {
  /** Absolute path of the file that names it, and of what it names, links followed. */
  readonly file: string;
  readonly what: 'dataset' | 'run';
  readonly place: string;
}

/** A dataset in an open folder, its labels and its runs. */
export interface ProjectInfo {
  /** Absolute path of the open folder; names the project in every request. */
  readonly id: string;
  readonly name: string;
  /** Absolute dataset folder. */
  readonly dataset: string;
  /** Absolute path of segdec.json, if there is one. */
  readonly projectFile: string | null;
  /** Absolute path where labels.csv is or would be. */
  readonly labelsFile: string;
  /** Null while the folder is being read and when it cannot be used as a dataset. */
  readonly layout: LayoutName | null;
  /** True while the folder, or masks that tell labels, are being read. */
  readonly reading: boolean;
  /** Why the folder cannot be used, as one sentence. */
  readonly problem: string | null;
  /** What waits for the person's word (segdec/place/allow); null in an untrusted workspace, where it is never used. */
  readonly outside: OutsidePlace | null;
  /** Datasets in folders below, of which the person has chosen none (segdec/project/create); [] once one is. */
  readonly nested: readonly NestedDataset[];
  readonly images: number;
  /** Grows with every change of images, labels or scores. */
  readonly version: number;
  /** Kinds of defects in use, sorted. */
  readonly kinds: readonly string[];
  /** Classes (one model each) to choose from; [] for a layout without. */
  readonly classes: readonly string[];
  /** Absolute folder of the run whose scores are shown, and its shipped threshold. */
  readonly activeRun: string | null;
  readonly activeRunName: string | null;
  readonly threshold: number | null;
}

/** An image as lists show it. */
export interface ImageItem {
  /** Relative to the dataset folder, forward slashes. */
  readonly image: string;
  /** The end of the path that no other image of the dataset has; absent where the file's name alone is enough. */
  readonly distinct?: string;
  readonly label: Label;
  readonly state: SupervisionState;
  readonly split: Split;
  readonly kind: string;
  /** '' or the date of the review. */
  readonly reviewed: string;
  /** True if there is a mask, used or not. */
  readonly mask: boolean;
  /** Of the active run; null when it has none. */
  readonly score: number | null;
  readonly outcome: Outcome;
}

/** What an image is called in lists: its file's name, with as much of the path as tells it from all others. */
export const shownName = ({ image, distinct }: Pick<ImageItem, 'image' | 'distinct'>): string =>
  distinct ?? image.slice(image.lastIndexOf('/') + 1);

export const groupings = ['split', 'folder'] as const;
export type Grouping = (typeof groupings)[number];
/** `score`: the highest first; `uncertainty`: the nearest to the threshold first. */
export const sortings = ['name', 'score', 'uncertainty'] as const;
export type Sorting = (typeof sortings)[number];

const outcome = z.enum(['TP', 'FP', 'FN', 'TN']);

/** Every part that is present must be met; [] and absent ask nothing. */
export const filterSchema = z.object({
  states: z.optional(z.array(z.enum(supervisionStates))),
  outcomes: z.optional(z.array(outcome)),
  kinds: z.optional(z.array(z.string())),
  reviewed: z.optional(z.boolean()),
  /** Part of the path, case ignored. */
  text: z.optional(z.string()),
});
export type ImageFilter = z.infer<typeof filterSchema>;

export const querySchema = z.object({
  groupBy: z.enum(groupings),
  sortBy: z.enum(sortings),
  filter: filterSchema,
});
export type ImageQuery = z.infer<typeof querySchema>;

/** A node of the tree above images. */
export interface ImageGroup {
  /** Names the group in requests; stable while its content changes. */
  readonly id: string;
  readonly kind: 'split' | 'state' | 'folder';
  /** The word of a split or state, or the folder's own name. */
  readonly name: string;
  /** Images in it and below that meet the filter. */
  readonly images: number;
  /** Of these FP and FN. */
  readonly mistakes: number;
}

export interface GroupsResult {
  readonly version: number;
  readonly groups: readonly ImageGroup[];
  /** Images that lie in the parent itself, not in one of its groups. */
  readonly images: number;
}

export interface PageResult {
  readonly version: number;
  readonly items: readonly ImageItem[];
  /** All images of the group, of which this is a page. */
  readonly total: number;
}

/** Where an image is in a view. */
export interface LocateResult {
  /** Ids of the groups from the top down; [] where the view is flat. */
  readonly groups: readonly string[];
  /** Position in the innermost group. */
  readonly index: number;
}

/** An image of an open project, found by its file. */
export interface FoundImage {
  readonly project: string;
  readonly item: ImageItem;
}
