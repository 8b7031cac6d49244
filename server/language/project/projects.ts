/** The projects of the open folders, each found by the files in it. */
import { resolve } from 'node:path';
import { UserError } from '../../../protocol/errors.ts';
import type { FoundImage, ProjectInfo } from '../../../protocol/explorer.ts';
import type { ImageReader } from '../../data/images/reader.ts';
import type { AllowedPlaces } from './allowedPlaces.ts';
import { pathInside, Project } from './project.ts';

export interface FoundSample {
  readonly project: Project;
  /** Relative to the dataset folder. */
  readonly image: string;
}

/** Milliseconds in which changes are joined into one report. */
const reportDelay = 50;

export class Projects {
  readonly #reader: ImageReader;
  readonly #failed: (error: unknown) => void;
  /** Outside of the projects, where the person lets them look. */
  readonly places: AllowedPlaces;
  readonly #listeners: ((project: Project) => void)[] = [];
  readonly #reporters: ((all: readonly ProjectInfo[]) => void)[] = [];
  #projects: readonly Project[] = [];
  #report: NodeJS.Timeout | undefined;

  constructor(reader: ImageReader, failed: (error: unknown) => void, places: AllowedPlaces) {
    this.#reader = reader;
    this.places = places;
    this.#failed = failed;
  }

  /** Hears of a project that has another version, another active run or another problem. */
  onChange(listener: (project: Project) => void): void {
    this.#listeners.push(listener);
  }

  /** Hears what all projects are, a moment after anything changed. */
  onReport(reporter: (all: readonly ProjectInfo[]) => void): void {
    this.#reporters.push(reporter);
  }

  get all(): readonly Project[] {
    return this.#projects;
  }

  infos(): ProjectInfo[] {
    return this.#projects.map((project) => project.info());
  }

  /** Opens what is new, drops what is gone; new ones are read in the background. */
  open(folders: readonly string[]): void {
    const wanted = [...new Set(folders.map((folder) => resolve(folder)))];
    for (const project of this.#projects) if (!wanted.includes(project.id)) project.dispose();
    this.#projects = wanted.map((folder) => {
      const known = this.#projects.find(({ id }) => id === folder);
      if (known !== undefined) return known;
      const events = { changed: () => this.#changed(project), failed: this.#failed };
      const project: Project = new Project(folder, this.#reader, events, this.places);
      void project.reload('files');
      return project;
    });
    this.#reportSoon();
  }

  /** Throws a UserError for an id that is not of an open folder. */
  get(id: string): Project {
    const project = this.#projects.find((one) => one.id === resolve(id));
    if (project !== undefined) return project;
    throw new UserError(`The folder ${id} is not open; open it first.`);
  }

  /** The same once its folder is read: a server that just started has nothing yet to answer from. */
  async read(id: string): Promise<Project> {
    const project = this.get(id);
    await project.firstRead;
    return project;
  }

  /** All of them, each read. */
  async allRead(): Promise<readonly Project[]> {
    await Promise.all(this.#projects.map(({ firstRead }) => firstRead));
    return this.#projects;
  }

  /** Reads again what waits for a place outside, now that more may be used. */
  readRefused(): void {
    for (const project of this.#projects) if (project.isRefused) void project.reload('files');
  }

  /** The project that keeps its runs in the `.segdec/` that a run folder lies in; undefined for others. */
  ofRun(run: string): Project | undefined {
    const folder = resolve(run);
    return this.#projects.find(({ home }) => pathInside(resolve(home, '.segdec'), folder));
  }

  /** The image that a file is, if it is one of an open dataset. */
  find(file: string): FoundSample | undefined {
    for (const project of this.#projects) {
      const image = project.relative(file);
      if (image !== undefined && project.item(image) !== undefined) return { project, image };
    }
    return undefined;
  }

  lookup(file: string): FoundImage | null {
    const found = this.find(file);
    const item = found?.project.item(found.image);
    return found === undefined || item === undefined ? null : { project: found.project.id, item };
  }

  dispose(): void {
    clearTimeout(this.#report);
    for (const project of this.#projects) project.dispose();
    this.#projects = [];
  }

  #changed(project: Project): void {
    for (const listener of this.#listeners) listener(project);
    this.#reportSoon();
  }

  #reportSoon(): void {
    this.#report ??= setTimeout(() => {
      this.#report = undefined;
      const all = this.infos();
      for (const reporter of this.#reporters) reporter(all);
    }, reportDelay);
  }
}
