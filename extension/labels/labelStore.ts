/** The store that writes labels.csv: what the commands, the tree and the grid ask of it. */
import type { Event } from 'vscode';
import type { Split } from '../../protocol/dataset.ts';
import type { ImageItem } from '../../protocol/explorer.ts';

/** Where labels of a project are kept; known without a server too (a folder with images). */
export interface LabelPlace {
  /** The open folder, as ProjectInfo.id. */
  readonly project: string;
  /** Absolute dataset folder. */
  readonly dataset: string;
  /** Absolute. */
  readonly labelsFile: string;
}

/** Cells to set in the rows of images; absent ones stay as they are, '' empties. */
export interface LabelChange {
  readonly label?: 'ok' | 'defective' | '';
  readonly supervision?: 'mask' | 'weak' | '';
  readonly split?: Split | '';
  readonly kind?: string;
  /** The mask's file, relative to the dataset folder. */
  readonly mask?: string;
  /** '' or a date YYYY-MM-DD. */
  readonly reviewed?: string;
}

export interface LabelStore {
  /** Fires after labels were written, undone or redone, and when the server's listing caught up. */
  readonly onDidChange: Event<void>;
  /** Titles of the steps that undo and redo would take; undefined when there is none. */
  readonly undoTitle: string | undefined;
  readonly redoTitle: string | undefined;
  /** Names the step that undo would take, to tell whether it is still the same one later. */
  readonly lastStep: object | undefined;
  /**
   * Sets cells of the rows of `images` (relative paths) in labels.csv, whole or not at all; other rows keep
   * their bytes. One call is one step of undo. Works without a server.
   */
  set(
    place: LabelPlace,
    images: readonly string[],
    change: LabelChange,
    title: string,
  ): Promise<void>;
  /** Takes back the last step, or does it again; refuses with a sentence when somebody changed those rows since. */
  undo(): Promise<void>;
  redo(): Promise<void>;
  /** The item as labels written since the server's listing make it, so that lists show them at once. */
  applied(project: string, item: ImageItem): ImageItem;
  dispose(): void;
}
