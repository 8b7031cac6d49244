/**
 * A custom editor as VS Code keeps it (MainThreadCustomEditorModel, ExtHostCustomEditors and the undo service
 * of 1.100 and later, with their peculiarities): the stack of edits, the save point, the dirty mark, the backup.
 */
import type * as vscode from 'vscode';

/** What VS Code asks of a provider. */
export interface Provider<D extends vscode.CustomDocument> {
  saveCustomDocument(document: D): Promise<void>;
  revertCustomDocument(document: D): Promise<void>;
  backupCustomDocument(
    document: D,
    context: { readonly destination: vscode.Uri },
  ): Promise<vscode.CustomDocumentBackup>;
}

export interface Change {
  readonly undo?: () => void;
  readonly redo?: () => void;
}

export class CustomEditor<D extends vscode.CustomDocument> {
  readonly #provider: Provider<D>;
  readonly #document: D;
  #edits: Change[] = [];
  #index = -1;
  #savePoint = -1;
  #isMarked = false;
  #fromBackup: boolean;
  #ongoing: Promise<void> | undefined;
  /** The extension host's, and what the window knows of it. */
  #backup: vscode.CustomDocumentBackup | undefined;
  #backupId: string | undefined;
  #changes = 0;
  /** The undo service counts elements, and does not know what a revert took away. */
  readonly #undos = { past: 0, future: 0 };

  constructor(provider: Provider<D>, document: D, backupId: string | undefined) {
    [this.#provider, this.#document] = [provider, document];
    [this.#backupId, this.#fromBackup] = [backupId, backupId !== undefined];
  }

  get hasEdits(): boolean {
    return this.#edits.length > 0;
  }

  get isDirty(): boolean {
    if (this.#isMarked) return true;
    return this.#edits.length > 0 ? this.#savePoint !== this.#index : this.#fromBackup;
  }

  /** Where it stands in the stack; -1 below the first edit. */
  get index(): number {
    return this.#index;
  }

  /** What VS Code itself knows of a backup: it forgets it when all is saved. */
  get backupId(): string | undefined {
    return this.isDirty ? this.#backupId : undefined;
  }

  /** As onDidChangeCustomDocument tells it: an edit, or that something has changed. */
  changed(change: Change): void {
    if (change.undo === undefined) {
      this.#isMarked = true;
      this.#change();
      return;
    }
    this.#splice(change);
    this.#index = this.#edits.length - 1;
    this.#change();
    this.#undos.past += 1;
    this.#undos.future = 0;
  }

  undo(): void {
    if (this.#undos.past === 0) return;
    this.#undos.past -= 1;
    this.#undos.future += 1;
    if (this.#index < 0) return;
    const edit = this.#edits[this.#index];
    this.#index -= 1;
    this.#change();
    // VS Code tells the person that there is no such edit.
    edit?.undo?.();
    if (!this.isDirty) this.#disposeBackup();
  }

  redo(): void {
    if (this.#undos.future === 0) return;
    this.#undos.future -= 1;
    this.#undos.past += 1;
    if (this.#index >= this.#edits.length - 1) return;
    this.#index += 1;
    this.#change();
    this.#edits[this.#index]?.redo?.();
    if (!this.isDirty) this.#disposeBackup();
  }

  async save(): Promise<void> {
    const saving = this.#provider.saveCustomDocument(this.#document).then(() => {
      this.#disposeBackup();
    });
    this.#ongoing = saving;
    try {
      await saving;
      if (this.#ongoing !== saving) return;
      [this.#isMarked, this.#savePoint, this.#fromBackup] = [false, this.#index, false];
      this.#change();
    } finally {
      if (this.#ongoing === saving) this.#ongoing = undefined;
    }
  }

  /** False where there is nothing to take back. The document's part is not waited for. */
  revert(failed: (error: unknown) => void): boolean {
    if (this.#index === this.#savePoint && !this.#isMarked && !this.#fromBackup) return false;
    // The stack first: to the document it looks as if both happened at once.
    [this.#isMarked, this.#fromBackup, this.#index] = [false, false, this.#savePoint];
    this.#splice();
    this.#change();
    this.#provider.revertCustomDocument(this.#document).then(() => this.#disposeBackup(), failed);
    return true;
  }

  async backup(destination: vscode.Uri): Promise<void> {
    const changes = this.#changes;
    const made = await this.#provider.backupCustomDocument(this.#document, { destination });
    this.#disposeBackup();
    this.#backup = made;
    // One in which something changed is made again later.
    if (changes === this.#changes) this.#backupId = made.id;
  }

  /** Something has changed. */
  #change(): void {
    this.#changes += 1;
    if (!this.isDirty) this.#backupId = undefined;
  }

  #disposeBackup(): void {
    this.#backup?.delete();
    this.#backup = undefined;
  }

  #splice(edit?: Change): void {
    const [start, count] = [this.#index + 1, this.#edits.length - this.#index];
    if (edit === undefined) this.#edits.splice(start, count);
    else this.#edits.splice(start, count, edit);
  }
}
