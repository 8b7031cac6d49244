/**
 * An open mask: applies what the editors ask for, tells all of them, keeps a journal, saves through the
 * server, and asks where the file and the edits have parted. VS Code owns undo, redo and the dirty mark.
 */
import * as vscode from 'vscode';
import { UserError, errorText } from '../../protocol/errors.ts';
import type { LayerChange, LayerName, LayerToggles, Layers } from '../../protocol/mask/edits.ts';
import { layerNames } from '../../protocol/mask/edits.ts';
import type { Services } from '../context.ts';
import { fileName } from '../explorer/texts.ts';
import { ServerAway } from '../server/serverHandle.ts';
import { writeBackup } from './backupFile.ts';
import type { Asker, DocumentEdit, DocumentNews, DocumentStart } from './documentParts.ts';
import { EditStack } from './editStack.ts';
import type { Journal } from './journal.ts';
import type { FileMask, MaskPlace, MaskWriting } from './maskFiles.ts';
import { readMask, stampNow, writeMask } from './maskFiles.ts';
import { areEqual, copyLayers, layersOf, togglesBetween } from './maskModel.ts';
import type { MaskModel, MaskStep } from './maskModel.ts';
import { askAboutChange, askAtSave } from './questions.ts';
import { watchFile } from './watchFile.ts';

/** Writing again because someone drew meanwhile ends some time. */
const mostWrites = 5;
/** Milliseconds in which changes on disk are one. */
const settle = 150;

export class MaskDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly place: MaskPlace;
  readonly model: MaskModel;
  readonly #services: Services;
  readonly #journal: Journal;
  readonly #news = new vscode.EventEmitter<DocumentNews>();
  readonly #edited = new vscode.EventEmitter<DocumentEdit>();
  readonly #marked = new vscode.EventEmitter<void>();
  readonly #gone = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable[];
  readonly #stack: EditStack;
  #watcher: vscode.Disposable;
  #file: Omit<FileMask, 'layers'>;
  #isFileKnown: boolean;
  #restored: readonly LayerToggles[] | undefined;
  #isCleanAfterAll: boolean;
  /** The edits on top of a file that is not known are not wanted any more. */
  #isGivenUp = false;
  #saves = 0;
  /** The last write ended with an error: something of it may be in the files. */
  #hasFailed = false;
  #work: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** The stamp that a person was asked about; once is enough. */
  #askedAbout = '';
  #isDisposed = false;

  readonly onDidHappen = this.#news.event;
  readonly onDidEdit = this.#edited.event;
  /** Something is not saved that VS Code takes for saved. */
  readonly onDidMark = this.#marked.event;
  readonly onDidDispose = this.#gone.event;
  /** After a save whose mask has pixels. */
  readonly #saved: () => Promise<void>;

  constructor(
    services: Services,
    at: { readonly uri: vscode.Uri; readonly place: MaskPlace; readonly journal: Journal },
    start: DocumentStart,
    saved: (document: MaskDocument) => Promise<void>,
  ) {
    ({ uri: this.uri, place: this.place, journal: this.#journal } = at);
    ({ model: this.model, file: this.#file, isFileKnown: this.#isFileKnown } = start);
    ({ restored: this.#restored, isCleanAfterAll: this.#isCleanAfterAll } = start);
    this.#stack = new EditStack(start.model.saved);
    this.#services = services;
    this.#saved = () => saved(this);
    this.#watcher = watchFile(start.file.target, () => this.#lookLater());
    const running = services.server.onDidChangeState(({ name }) => {
      if (name === 'running') this.#lookLater();
    });
    this.#subscriptions = [running, services.projects.onDidChange(() => this.#lookLater())];
    // Nobody listened since the file was read, and a person may have been asked meanwhile.
    this.#lookLater();
  }

  get width(): number {
    return this.#file.width;
  }

  get height(): number {
    return this.#file.height;
  }

  /** '' where it can be edited. */
  get readOnly(): string {
    return this.#file.readOnly;
  }

  /** What the image's row in labels.csv has to say for the mask to count; undefined where it counts anyway. */
  get maskCell(): string | undefined {
    return this.#file.maskCell;
  }

  get isDirty(): boolean {
    const isUnknown = !this.#isFileKnown && !this.#isGivenUp;
    return isUnknown || !areEqual(this.model.layers, this.model.saved);
  }

  get #name(): string {
    return fileName(this.place.image);
  }

  get #base(): { readonly image: string; readonly stamp: string } {
    return { image: this.place.image, stamp: this.#file.stamp };
  }

  /** Does what an editor asks for. Throws a RangeError for a change that does not fit. */
  edit(changes: readonly LayerChange[], label: string, asker?: Asker): void {
    this.#push(this.model.apply(changes), label, asker);
  }

  /** Takes all pixels away, as a step. */
  clear(label: string): void {
    const { width, height } = this.model.layers.defect;
    const nothing = layersOf(width, height, { defect: null, ignore: null });
    this.toggleAll(togglesBetween(this.model.layers, nothing), label);
  }

  toggleAll(toggles: readonly LayerToggles[], label: string): void {
    if (toggles.length > 0) this.#push(this.model.toggle(toggles), label);
  }

  /** Tells VS Code what it does not know of the beginning; called when it can hear of it. */
  tellOfStart(): void {
    const toggles = this.#restored;
    const isClean = this.#isCleanAfterAll;
    [this.#restored, this.#isCleanAfterAll] = [undefined, false];
    if (toggles !== undefined) {
      const step = { toggles, epoch: this.model.epoch };
      this.#tellOf(step, vscode.l10n.t('Restored Edits'));
    }
    this.#mark();
    // Nothing differs from the file: nothing is written.
    if (isClean) void vscode.workspace.save(this.uri);
  }

  /** The image has this size by now. Edits stay, and are told of at the next save: they fit nothing any more. */
  async imageIs({ width, height }: Pick<FileMask, 'width' | 'height'>): Promise<void> {
    if (width === this.width && height === this.height) return;
    await this.#inTurn(async () => {
      const { layers, ...file } = await readMask(this.#services, this.place, 'now');
      if (!this.isDirty && !this.#isDisposed) this.#replace(layers, file);
    });
  }

  /** Writes the layers that differ from the files. */
  async save(): Promise<void> {
    this.#saves += 1;
    const number = this.#saves;
    try {
      await this.#inTurn(() => this.#save());
      // Where it has asked for another one since, VS Code does not listen to this one.
      if (number === this.#saves) this.#stack.save(this.isDirty ? undefined : this.model.saved);
    } finally {
      // VS Code takes for saved what was drawn until it hears that all is done: it is told after that.
      setTimeout(() => this.#mark());
    }
  }

  /**
   * VS Code has taken its edits back by now, and does not wait: what is drawn from now on is on top of the file
   * as it was last known. If that is another one by now, it is followed like any change of it.
   */
  async revert(): Promise<void> {
    this.#isGivenUp = !this.#isFileKnown;
    const { saved } = this.model;
    this.model.replace(saved, this.#stack.revert(saved));
    this.#news.fire({ type: 'layers' });
    this.#lookLater();
    await this.#journal.remove();
  }

  /** A checkpoint of the journal. */
  backup(destination: vscode.Uri): Promise<vscode.CustomDocumentBackup> {
    const { width, height } = this.model.layers.defect;
    const journal = this.#journal.place ?? null;
    const header = { ...this.#base, width, height, made: Date.now(), journal };
    const { layers } = this.model;
    return writeBackup(this.#services, destination, { header, layers });
  }

  /** Called by VS Code when the last editor is closed; edits not saved were given up. */
  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    this.#gone.fire();
    vscode.Disposable.from(this.#watcher, ...this.#subscriptions).dispose();
    for (const emitter of [this.#news, this.#edited, this.#marked, this.#gone]) emitter.dispose();
    void this.#journal.remove();
  }

  #push(step: MaskStep, label: string, asker?: Asker): void {
    this.#happened(step.toggles, asker);
    if (step.toggles.length > 0) this.#tellOf(step, label);
  }

  #tellOf(step: MaskStep, label: string): void {
    const turn = (): void => {
      if (this.model.turn(step)) this.#happened(step.toggles);
      else
        this.#services.log.info(`${this.#name}: a step of bits that were replaced was left out.`);
      this.#mark();
      // A file that the edits have parted from is followed once they are undone.
      if (this.#askedAbout !== '') this.#lookLater();
    };
    const undo = (): void => {
      this.#stack.undo();
      turn();
    };
    const redo = (): void => {
      this.#stack.redo();
      turn();
    };
    this.#stack.push();
    this.#edited.fire({ label, undo, redo });
    this.#mark();
  }

  /** Without this, VS Code would close what is not saved without a question. */
  #mark(): void {
    if (this.#isDisposed || !this.#stack.looksSaved || !this.isDirty) return;
    this.#stack.mark();
    this.#marked.fire();
  }

  #happened(toggles: readonly LayerToggles[], asker?: Asker): void {
    if (toggles.length > 0) {
      this.#journal.append(toggles, this.model.layers, this.#base);
    }
    this.#news.fire({ type: 'toggles', toggles, ...(asker && { asker }) });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    // Whoever asked hears of a failure; the next in turn goes on all the same.
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #save(): Promise<void> {
    if (!this.#isFileKnown && this.#services.server.state.name === 'running')
      await this.#meetFile();
    if (this.readOnly !== '') throw new UserError(this.readOnly);
    let hasWritten = false;
    for (let writes = 0; writes < mostWrites; writes += 1) {
      const { version } = this.model;
      const layers = copyLayers(this.model.layers);
      const isChanged = (name: LayerName): boolean => !layers[name].equals(this.model.saved[name]);
      const changed = this.#isFileKnown ? layerNames.filter(isChanged) : layerNames;
      if (changed.length === 0) {
        // Nothing is written, so nobody says whether the file is another one by now.
        this.#lookLater();
        break;
      }
      const stamp = await this.#write({ layers, changed, stamp: this.#file.stamp });
      if (stamp === undefined) break;
      this.#file = { ...this.#file, stamp };
      this.#isFileKnown = true;
      this.model.markSaved(layers);
      hasWritten = true;
      // VS Code takes for saved what was drawn until now, so that has to be written too.
      if (this.model.version === version) break;
    }
    if (this.isDirty) this.#journal.rebase(this.model.layers, this.#base);
    else await this.#journal.remove();
    // Not waited for: it may ask the person something, and what is drawn meanwhile would pass for saved.
    if (hasWritten) void this.#saved();
  }

  /** The new stamp; undefined when the person chose the file instead. */
  async #write(writing: MaskWriting): Promise<string | undefined> {
    const mayBeOurs = this.#hasFailed;
    this.#hasFailed = true;
    const written = await writeMask(this.#services, this.place, writing);
    this.#hasFailed = false;
    if (written.outcome === 'saved') return written.stamp;
    const ours = mayBeOurs ? await this.#ourHalf(writing) : undefined;
    if (ours !== undefined) return ours;
    const answer = await askAtSave(this.#name);
    if (answer === 'reload') {
      await this.#useFile();
      return undefined;
    }
    if (answer === undefined) throw new vscode.CancellationError();
    const all = { ...writing, changed: layerNames, stamp: null };
    return (await writeMask(this.#services, this.place, all)).stamp;
  }

  /**
   * A write of ours that failed after its first file, or whose answer was lost, is no change of somebody else:
   * each layer holds what it held before or what is being written. Then the rest is written; the new stamp.
   */
  async #ourHalf(writing: MaskWriting): Promise<string | undefined> {
    const { layers, stamp } = await readMask(this.#services, this.place, 'now');
    const isOurs = layerNames.every(
      (name) =>
        layers[name].equals(writing.layers[name]) || layers[name].equals(this.model.saved[name]),
    );
    if (!isOurs) return undefined;
    const all = { ...writing, changed: layerNames, stamp };
    const written = await writeMask(this.#services, this.place, all);
    return written.outcome === 'saved' ? written.stamp : undefined;
  }

  /** Takes the mask of the file as a step, so that undo gets the edits back. */
  async #useFile(): Promise<void> {
    const { layers, ...file } = await readMask(this.#services, this.place, 'now');
    if (layers.defect.width !== this.model.layers.defect.width || !this.#hasHeightOf(layers)) {
      this.#replace(layers, file);
      return;
    }
    this.#takeFile(layers, file);
    this.toggleAll(togglesBetween(this.model.layers, layers), vscode.l10n.t('Use Mask on Disk'));
  }

  #hasHeightOf({ defect }: Layers): boolean {
    return defect.height === this.model.layers.defect.height;
  }

  /** From now on edits are on top of this file. */
  #takeFile(layers: Layers, file: Omit<FileMask, 'layers'>): void {
    this.#isFileKnown = true;
    this.model.markSaved(layers);
    this.#fileIs(file);
    if (this.isDirty) this.#journal.rebase(this.model.layers, this.#base);
    this.#mark();
  }

  /** Where a file is that was not known at the start; one that is another than the edits began with stays unknown. */
  async #meetFile(): Promise<void> {
    const { layers, ...file } = await readMask(this.#services, this.place, 'now');
    if (file.stamp === this.#file.stamp) this.#takeFile(layers, file);
    else this.#fileIs({ ...file, stamp: this.#file.stamp });
  }

  #fileIs(file: Omit<FileMask, 'layers'>): void {
    const { readOnly, target } = this.#file;
    this.#file = file;
    if (target !== file.target) {
      this.#watcher.dispose();
      this.#watcher = watchFile(file.target, () => this.#lookLater());
    }
    if (readOnly !== file.readOnly) this.#news.fire({ type: 'readOnly' });
  }

  #replace(layers: Layers, file: Omit<FileMask, 'layers'>): void {
    this.model.replace(layers);
    this.#takeFile(this.model.saved, file);
    this.#news.fire({ type: 'layers' });
    void this.#journal.remove();
  }

  #lookLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#look().catch((error: unknown) => {
        // It is looked at again when the server is back.
        if (error instanceof ServerAway) return;
        this.#services.log.warn(`${this.#name}: ${errorText(error)}`);
      });
    }, settle);
  }

  /** Sees whether somebody else wrote the mask. Our own writes are known by their stamp. */
  async #look(): Promise<void> {
    const changed = await this.#inTurn(async () => {
      if (this.#isDisposed || this.#services.server.state.name !== 'running') return undefined;
      const stamp = await stampNow(this.#services, this.place);
      if (stamp === this.#file.stamp && this.#isFileKnown) return undefined;
      const { layers, ...file } = await readMask(this.#services, this.place, 'now');
      if (!this.isDirty) this.#replace(layers, file);
      // What was read counts: it may have changed since the stamp was.
      else if (file.stamp === this.#file.stamp) this.#takeFile(layers, file);
      else return file.stamp;
      return undefined;
    });
    if (changed === undefined || this.#askedAbout === changed) return;
    this.#askedAbout = changed;
    const answer = await askAboutChange(this.#name);
    if (this.#isDisposed || answer === undefined) return;
    await this.#inTurn(async () => {
      if (answer === 'use') return await this.#useFile();
      const { layers, ...file } = await readMask(this.#services, this.place, 'now');
      // One that came since was not asked about.
      if (file.stamp === changed) this.#takeFile(layers, file);
      else this.#lookLater();
    });
    // Nothing differs from the file now: this only takes the dirty mark away.
    if (answer === 'use') await vscode.workspace.save(this.uri);
  }
}
