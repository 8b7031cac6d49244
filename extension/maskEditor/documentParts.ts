/** What a mask document begins with and what it tells. */
import type { LayerToggles } from '../../protocol/mask/edits.ts';
import type { FileMask } from './maskFiles.ts';
import type { MaskModel } from './maskModel.ts';

/** Who asked for an edit: its editor, and the id that this editor gave it. */
export interface Asker {
  readonly session: object;
  readonly id: number;
}

/** What editors of the document hear. */
export type DocumentNews =
  | { readonly type: 'toggles'; readonly toggles: readonly LayerToggles[]; readonly asker?: Asker }
  | { readonly type: 'layers' }
  | { readonly type: 'readOnly' };

/** For VS Code's stack. */
export interface DocumentEdit {
  readonly label: string;
  undo(): void;
  redo(): void;
}

/** How a document begins. */
export interface DocumentStart {
  readonly model: MaskModel;
  readonly file: Omit<FileMask, 'layers'>;
  /** False where the server was away, and only what was kept of the edits is known. */
  readonly isFileKnown: boolean;
  /** Edits that a dead host left on top of the file, which VS Code does not know of. */
  readonly restored: readonly LayerToggles[] | undefined;
  /** VS Code takes it for dirty, but the person chose the file. */
  readonly isCleanAfterAll: boolean;
}
