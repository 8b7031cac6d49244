/** The store that writes labels.csv, with its steps of undo for this window. Works without a server. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ImageItem } from '../../protocol/explorer.ts';
import { errorCodes, mostOfPage, notices, requests } from '../../protocol/messages.ts';
import type { ErrorFix } from '../../protocol/messages.ts';
import { UserError } from '../../protocol/errors.ts';
import type { Projects } from '../projects.ts';
import { ServerAway } from '../server/serverHandle.ts';
import type { ServerHandle } from '../server/serverHandle.ts';
import type { LabelChange, LabelPlace, LabelStore } from './labelStore.ts';
import type { Cells, Column } from '../../protocol/labels/labelsEdit.ts';
import { LabelsFiles } from './labelsFile.ts';
import type { Done } from './labelsFile.ts';
import { ChangedSince } from '../../protocol/labels/labelsPatch.ts';
import type { Patch } from '../../protocol/labels/labelsPatch.ts';
import { LabelsFileError } from '../../protocol/labels/labelsTable.ts';
import { LabelOverlay } from './labelOverlay.ts';
import { assertNameable } from './names.ts';
import { ownFiles } from './writeWhole.ts';

export interface LabelStoreServices {
  readonly server: ServerHandle;
  readonly projects: Projects;
  readonly log: vscode.LogOutputChannel;
}

interface Step {
  readonly title: string;
  readonly place: LabelPlace;
  readonly patch: Patch;
  /** How the images were shown on the other side of the step. */
  readonly shown: ReturnType<LabelOverlay['snapshot']>;
}

/** Steps that can be undone. */
const mostSteps = 200;
/** Milliseconds between looks at whether the server's listing has caught up. */
const sweepInterval = 2500;

const changeable = [
  'label',
  'supervision',
  'split',
  'kind',
  'reviewed',
  'mask',
] as const satisfies readonly Column[];

function cellsOf(change: LabelChange): Cells {
  const cells = new Map<Column, string>();
  for (const column of changeable) {
    const value = change[column];
    if (value !== undefined) cells.set(column, value.trim());
  }
  return cells;
}

/** The open document of labels.csv must not hold changes that the next save would put over ours. */
async function assertSaved(file: string): Promise<void> {
  const uri = vscode.Uri.file(file).toString();
  const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri);
  if (open?.isDirty !== true) return;
  const save = vscode.l10n.t('Save');
  const question = vscode.l10n.t(
    'labels.csv has changes in an editor that are not saved. Save them first, then the labels are written.',
  );
  const chosen = await vscode.window.showWarningMessage(question, { modal: true }, save);
  if (chosen !== save) throw new vscode.CancellationError();
  if (!(await open.save())) {
    throw new UserError(vscode.l10n.t('{0} could not be saved; no label was written.', file));
  }
}

/** An error of a file that cannot be read, with a button that opens the line to mend. */
function withWayOut(error: unknown, file: string): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(error instanceof UserError) || !(cause instanceof LabelsFileError)) return error;
  const line = 'line' in cause.fault ? cause.fault.line - 1 : 0;
  const selection = new vscode.Range(line, 0, line, 0);
  const fix: ErrorFix = {
    title: vscode.l10n.t('Open labels.csv'),
    command: 'vscode.open',
    arguments: [vscode.Uri.file(file), { selection }],
  };
  return Object.assign(error, { code: errorCodes.badInput, data: { fix } });
}

class FileLabelStore implements LabelStore {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #services: LabelStoreServices;
  readonly #files = new LabelsFiles(ownFiles, vscode.l10n);
  readonly #overlay: LabelOverlay;
  readonly #undo: Step[] = [];
  readonly #redo: Step[] = [];
  readonly #subscription: { dispose(): unknown };
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChange = this.#changed.event;

  constructor(services: LabelStoreServices) {
    this.#services = services;
    this.#overlay = new LabelOverlay((project) => {
      const info = services.projects.all.find(({ id }) => id === project);
      return { version: info?.version, threshold: info?.threshold ?? 0.5 };
    });
    this.#subscription = services.projects.onDidChange(() => this.#sweep());
  }

  get undoTitle(): string | undefined {
    return this.#undo.at(-1)?.title;
  }

  get lastStep(): object | undefined {
    return this.#undo.at(-1);
  }

  get redoTitle(): string | undefined {
    return this.#redo.at(-1)?.title;
  }

  async set(
    place: LabelPlace,
    images: readonly string[],
    change: LabelChange,
    title: string,
  ): Promise<void> {
    if (images.length === 0) return;
    for (const image of images) assertNameable(image, vscode.l10n);
    await assertSaved(place.labelsFile);
    const shown = this.#overlay.snapshot(place.project, images);
    const edit = {
      images,
      cells: cellsOf(change),
      labelsOf: (unknown: readonly string[], mayBeGone: boolean) =>
        this.#labelsOf(place, unknown, mayBeGone),
    };
    const done = await this.#files.edit(place.labelsFile, edit).catch((error: unknown) => {
      throw withWayOut(error, place.labelsFile);
    });
    if (done === undefined) return;
    this.#overlay.change(place.project, images, change);
    this.#undo.push({ title, place, patch: done.inverse, shown });
    if (this.#undo.length > mostSteps) this.#undo.shift();
    this.#redo.length = 0;
    this.#written(place, done, title);
  }

  undo(): Promise<void> {
    return this.#step(this.#undo, this.#redo);
  }

  redo(): Promise<void> {
    return this.#step(this.#redo, this.#undo);
  }

  applied(project: string, item: ImageItem): ImageItem {
    return this.#overlay.applied(project, item);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  /** Takes the last step of one stack, and puts its inverse on the other. */
  async #step(from: Step[], to: Step[]): Promise<void> {
    const step = from.at(-1);
    if (step === undefined) return;
    const { title, place, patch, shown } = step;
    await assertSaved(place.labelsFile);
    // Another call may have taken it while the person was asked.
    if (from.at(-1) !== step) return;
    from.pop();
    const now = this.#overlay.snapshot(place.project, [...shown.keys()]);
    const done = await this.#files.apply(place.labelsFile, patch).catch((error: unknown) => {
      throw this.#notTaken(error, step, from);
    });
    this.#overlay.restore(place.project, shown);
    to.push({ title, place, patch: done.inverse, shown: now });
    this.#written(place, done, title);
  }

  /** A step whose rows others changed is dropped; one that only failed can be tried again. */
  #notTaken(error: unknown, step: Step, from: Step[]): unknown {
    if (!(error instanceof ChangedSince)) from.push(step);
    this.#setContext();
    this.#changed.fire();
    const { title, place } = step;
    if (!(error instanceof ChangedSince)) return withWayOut(error, place.labelsFile);
    const message = vscode.l10n.t(
      '"{0}" cannot be taken back or repeated: its rows in {1} were changed since.',
      title,
      place.labelsFile,
    );
    return new UserError(message, { cause: error });
  }

  #written({ project, labelsFile }: LabelPlace, { unsure }: Done, title: string): void {
    this.#services.log.info(`${labelsFile}: ${title}`);
    this.#services.server.notify(notices.labelsChanged, { project });
    this.#setContext();
    this.#changed.fire();
    this.#sweepLater();
    if (unsure !== undefined) throw unsure;
  }

  #setContext(): void {
    const set = (key: string, value: boolean): void =>
      void vscode.commands.executeCommand('setContext', key, value);
    set('segdec.canUndoLabel', this.#undo.length > 0);
    set('segdec.canRedoLabel', this.#redo.length > 0);
  }

  /** How images are labelled now, as label cells: from the server, else as they were last shown. */
  async #labelsOf(
    { project, dataset }: LabelPlace,
    images: readonly string[],
    mayBeGone: boolean,
  ): Promise<ReadonlyMap<string, string>> {
    const items = await this.#items(project, dataset, images);
    const labels = new Map<string, string>();
    // A server that has just started knows of no image; that says nothing about them.
    const knowsNone = items.every((item) => item === null);
    images.forEach((image, i) => {
      const item = items[i];
      if (item === null && mayBeGone && !knowsNone) return;
      if (item === null || item === undefined || item.label === 'unknown') {
        throw this.#notKnown(image, item);
      }
      labels.set(image, item.label === 'unlabelled' ? '' : item.label);
    });
    return labels;
  }

  /** Why the label that would have to be repeated in a new row is not known. */
  #notKnown(image: string, item: ImageItem | null | undefined): UserError {
    if (this.#services.server.state.name !== 'running') {
      return new UserError(
        vscode.l10n.t(
          'How {0} is labelled is not known without the server, and its new row in labels.csv would have to say it: mark the image OK or defective first, or restart the server.',
          image,
        ),
      );
    }
    if (item?.label === 'unknown') {
      return new UserError(
        vscode.l10n.t(
          'The mask that tells how {0} is labelled is still being read; try again in a moment.',
          image,
        ),
      );
    }
    return new UserError(
      vscode.l10n.t('{0} is not in the list of images yet; refresh it, then try again.', image),
    );
  }

  /** Null: the server knows of no such image; undefined: nobody has told. */
  async #items(
    project: string,
    dataset: string,
    images: readonly string[],
  ): Promise<(ImageItem | null | undefined)[]> {
    const found: (ImageItem | null | undefined)[] = [];
    try {
      for (let start = 0; start < images.length; start += mostOfPage) {
        const files = images.slice(start, start + mostOfPage).map((image) => join(dataset, image));
        for (const one of await this.#services.server.request(requests.datasetLookup, { files })) {
          found.push(one && this.#overlay.applied(one.project, one.item));
        }
      }
      return found;
    } catch (error) {
      if (!(error instanceof ServerAway)) throw error;
      return images.map((image) => this.#overlay.lastShown(project, image));
    }
  }

  #sweepLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#sweep();
      if (!this.#overlay.isEmpty) this.#sweepLater();
    }, sweepInterval);
  }

  #sweep(): void {
    if (this.#overlay.sweep()) this.#changed.fire();
  }
}

/** The label store of this window. */
export function createLabelStore(services: LabelStoreServices): LabelStore {
  return new FileLabelStore(services);
}
