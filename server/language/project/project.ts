/**
 * An open folder as a dataset with labels, scores and runs. What is asked is answered from the last whole
 * listing; changes are read in the background, one reading at a time, and each makes a new version.
 */
import { basename, join, relative, resolve, sep } from 'node:path';
import { setImmediate as yieldToRequests } from 'node:timers/promises';
import { UserError, errorText } from '../../../protocol/errors.ts';
import type { Finding, Sample } from '../../../protocol/dataset.ts';
import type { ImageItem, OutsidePlace, ProjectInfo } from '../../../protocol/explorer.ts';
import { labelListing, listFolder } from '../../data/dataset.ts';
import type { Dataset, FolderListing, OpenOptions } from '../../data/dataset.ts';
import type { ImageReader } from '../../data/images/reader.ts';
import type { FileTree } from '../../data/fileTree.ts';
import { labelsFile } from '../../data/labelsCsv.ts';
import { OutsideError, resolved } from '../../data/places.ts';
import { leadsOut } from '../../files/leadsOut.ts';
import { systemSentence } from '../../files/readWhole.ts';
import { findActiveRun } from '../../runs/activeRun.ts';
import type { ActiveRun } from '../../runs/activeRun.ts';
import { dataFolder, openOptionsOf, openProject, settingsFor } from '../../runs/projectFile.ts';
import type { Project as ProjectFile } from '../../runs/projectFile.ts';
import { AllowedPlaces } from './allowedPlaces.ts';
import { ImageIndex } from './imageIndex.ts';
import { MaskLabels } from './maskLabels.ts';

/** What has to be read again, from the least to the most. */
export type Stage = 'scores' | 'labels' | 'files';
const stages: readonly Stage[] = ['scores', 'labels', 'files'];

export interface ProjectEvents {
  /** Something that ProjectInfo tells has changed. */
  readonly changed: () => void;
  /** A fault of ours while reading in the background. */
  readonly failed: (error: unknown) => void;
}

interface Content {
  readonly file: ProjectFile;
  readonly dataset: Dataset;
}

/** The path from a folder to what lies in it; undefined for all else, the folder itself included. */
export function pathInside(folder: string, file: string): string | undefined {
  const back = relative(folder, file);
  return back === '' || leadsOut(folder, file) ? undefined : back;
}

export class Project {
  readonly id: string;
  readonly #events: ProjectEvents;
  readonly #masks: MaskLabels;
  #listing: FolderListing | undefined;
  #content: Content | undefined;
  #folder: string;
  #projectFile: string | undefined;
  #home: string;
  #problem: string | undefined;
  #outside: OutsidePlace | undefined;
  /** Of the dataset folder when it was found to be one that may be used. */
  #realFolder: string | undefined;
  readonly #places: AllowedPlaces;
  /** The last reading followed links out of the folder, unless the project's own settings say not to. */
  #followsLinks = true;
  #index = new ImageIndex(0);
  #active: ActiveRun | undefined;
  #version = 0;
  #wanted: Stage | undefined;
  #reading: Promise<void> | undefined;
  #stop = new AbortController();
  #isRead = false;
  #tellFirstRead: () => void = () => undefined;
  /** Its folder was read once, or cannot be: before that nothing is known of it. */
  readonly firstRead = new Promise<void>((resolve) => (this.#tellFirstRead = resolve));

  constructor(
    folder: string,
    reader: ImageReader,
    events: ProjectEvents,
    places = new AllowedPlaces(() => true),
  ) {
    this.#places = places;
    this.id = resolve(folder);
    this.#folder = this.id;
    this.#home = this.id;
    this.#events = events;
    this.#masks = new MaskLabels(reader);
  }

  info(): ProjectInfo {
    const dataset = this.#content?.dataset;
    return {
      id: this.id,
      name: basename(this.id),
      dataset: this.#folder,
      projectFile: this.#projectFile ?? null,
      labelsFile: join(this.#folder, labelsFile),
      layout: dataset?.layout ?? null,
      reading: this.#reading !== undefined,
      problem: this.#problem ?? null,
      outside: (this.#places.isTrusted ? this.#outside : undefined) ?? null,
      nested: dataset?.nested ?? [],
      images: this.#index.size,
      version: this.#version,
      kinds: this.#index.kinds,
      classes: dataset?.classes ?? [],
      activeRun: this.#active?.paths.folder ?? null,
      activeRunName: this.#active?.name ?? null,
      threshold: this.#active?.threshold ?? null,
    };
  }

  /** `firstRead` is over. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Absolute dataset folder. */
  get folder(): string {
    return this.#folder;
  }

  /** Where `.segdec/` lies. */
  get home(): string {
    return this.#home;
  }

  get index(): ImageIndex {
    return this.#index;
  }

  get activeRun(): ActiveRun | undefined {
    return this.#active;
  }

  /** Why the folder cannot be used; undefined when it can, and while it is first read. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The last whole reading: settings, samples (labels in masks resolved as far as read), findings of names. */
  get content(): Content | undefined {
    return this.#content;
  }

  /** Names of all files in the dataset folder; undefined before the first reading and when it failed. */
  get tree(): FileTree | undefined {
    return this.#listing?.tree;
  }

  /** It names a place outside that it may not use, yet or ever, or was read without links that it may follow now. */
  get isRefused(): boolean {
    return this.#outside !== undefined || (!this.#followsLinks && this.#places.isTrusted);
  }

  /** How its folder is read; in an untrusted workspace no link out of it is followed. */
  openOptions(file: ProjectFile): OpenOptions {
    const options = openOptionsOf(settingsFor(this.#folder, file));
    return this.#places.isTrusted ? options : { ...options, followLinks: false };
  }

  /** Throws a UserError when the dataset folder has become another one since it was read, such as a link. */
  async assertSameFolder(): Promise<void> {
    if ((await resolved(this.#folder)) === this.#realFolder) return;
    throw new UserError(`${this.#folder} leads elsewhere now; refresh the list and try again.`);
  }

  sample(image: string): Sample | undefined {
    return this.#index.sample(image);
  }

  item(image: string): ImageItem | undefined {
    return this.#index.item(image) ?? this.#index.item(this.tree?.find(image) ?? '');
  }

  findings(): readonly Finding[] {
    return this.#content?.dataset.findings ?? [];
  }

  /** The path of a file in the dataset folder, relative with forward slashes; undefined outside of it. */
  relative(file: string): string | undefined {
    return pathInside(this.#folder, file)?.split(sep).join('/');
  }

  /** Reads again from a stage on; what is asked meanwhile is joined into one more reading. */
  reload(stage: Stage): Promise<void> {
    const rank = (one: Stage | undefined): number => (one === undefined ? -1 : stages.indexOf(one));
    if (rank(stage) > rank(this.#wanted)) this.#wanted = stage;
    this.#reading ??= this.#readAll();
    return this.#reading;
  }

  dispose(): void {
    this.#stop.abort();
    this.#nowRead();
  }

  #nowRead(): void {
    this.#isRead = true;
    this.#tellFirstRead();
  }

  async #readAll(): Promise<void> {
    while (this.#wanted !== undefined && !this.#stop.signal.aborted) {
      const stage = this.#wanted;
      this.#wanted = undefined;
      try {
        await this.#read(stage);
      } catch (error) {
        // What was asked for meanwhile is read all the same.
        this.#failed(error);
      }
    }
    this.#reading = undefined;
    this.#nowRead();
    if (!this.#stop.signal.aborted) this.#events.changed();
  }

  /** Tells of a fault of ours; whatever fails because the project is closed is none. */
  #failed(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#events.failed(error);
  }

  async #read(stage: Stage): Promise<void> {
    const first = this.#content === undefined && this.#problem === undefined;
    if (first) this.#events.changed();
    const waited = this.#outside;
    try {
      if (stage === 'files' || this.#listing === undefined) await this.#readFolder();
      const wanted = stage !== 'scores' || this.#content === undefined;
      if (wanted && this.#listing !== undefined) await this.#readLabels(this.#listing);
      this.#problem = undefined;
      this.#outside = undefined;
    } catch (error) {
      this.#problem = this.#sentenceOf(error);
      this.#listing = undefined;
      this.#content = undefined;
    }
    const shown = this.#active;
    const told = this.#problem;
    const active = await this.#readScores();
    // Whoever follows the runs asks often; a version without a change would make every view ask again.
    const same =
      active === shown && this.#problem === told && this.#outside?.place === waited?.place;
    if (stage !== 'scores' || !same || first) await this.#publish(active);
    if (this.#masks.hasUnread) await this.#readMasks();
  }

  async #readFolder(): Promise<void> {
    const file = await openProject(this.id);
    this.#projectFile = file.file;
    this.#home = file.home;
    this.#folder = await dataFolder(this.id, file, this.#places.of(this.id));
    this.#realFolder = await resolved(this.#folder);
    this.#followsLinks = this.#places.isTrusted;
    const options = { ...this.openOptions(file), signal: this.#stop.signal };
    this.#listing = await listFolder(this.#folder, options);
  }

  async #readLabels(listing: FolderListing): Promise<void> {
    const file = await openProject(this.id);
    await yieldToRequests();
    const dataset = await labelListing(listing);
    await yieldToRequests();
    this.#content = { file, dataset: await this.#masks.apply(dataset) };
  }

  async #readScores(): Promise<ActiveRun | undefined> {
    const { file } = this.#content ?? {};
    if (file === undefined) return undefined;
    try {
      const allowed = this.#places.of(this.id);
      return await findActiveRun(file, this.#folder, this.#active, allowed);
    } catch (error) {
      this.#problem = this.#sentenceOf(error);
      return undefined;
    }
  }

  /** Why something cannot be read, for the person; a fault of ours is reported as well. */
  #sentenceOf(error: unknown): string {
    if (this.#stop.signal.aborted) throw error;
    if (error instanceof OutsideError) return this.#refused(error);
    if (error instanceof UserError) return error.message;
    const sentence = systemSentence(error);
    if (sentence !== undefined) return sentence;
    this.#events.failed(error);
    return `This is a fault in segdec: ${errorText(error)}`;
  }

  #refused({ fact, place, named: { file, what } }: OutsideError): string {
    this.#outside = { file, what: what === 'run' ? 'run' : 'dataset', place };
    // What may not be used is nobody's dataset: labels are not kept there either.
    if (what === 'dataset') this.#folder = this.id;
    return this.#places.isTrusted
      ? `${fact} and is not used until you say so.`
      : `${fact}. In an untrusted workspace nothing outside is used.`;
  }

  /** The active run is told with its scores in the listing, never before. */
  async #publish(active: ActiveRun | undefined): Promise<void> {
    const version = this.#version + 1;
    const samples = this.#content?.dataset.samples ?? [];
    const shown = active && { scores: active.scores, threshold: active.threshold };
    const index = await ImageIndex.build(version, samples, shown);
    await yieldToRequests();
    this.#active = active;
    this.#version = version;
    this.#index = index;
    this.#nowRead();
    this.#events.changed();
  }

  /** Labels that only masks tell, read a portion at a time; each portion is a version. */
  async #readMasks(): Promise<void> {
    for (let { content } = this; content !== undefined; content = this.#content) {
      const more = await this.#masks.readSome(content.dataset, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      // That reads the labels again anyway, with what was learnt so far.
      if (this.#wanted === 'labels' || this.#wanted === 'files') return;
      this.#content = { ...content, dataset: await this.#masks.apply(content.dataset) };
      await this.#publish(this.#active);
      // Whatever is asked for goes on with the masks when it is done.
      if (!more || this.#wanted !== undefined) return;
    }
  }
}
