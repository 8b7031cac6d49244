/** What is wrong with each open project, kept up to date and published on its files. */
import { join } from 'node:path';
import type { Finding } from '../../../../protocol/dataset.ts';
import { labelsFile } from '../../../data/labelsCsv.ts';
import { Delayed } from '../delayed.ts';
import { fileOf } from '../places.ts';
import type { Project } from '../../project/project.ts';
import type { Workplace } from '../../workplace.ts';
import type { ProblemBoard } from './board.ts';
import { isOutdated, ofUnchangedFiles, stillHolds, twinsOf } from './inspections.ts';
import type { Inspection } from './inspections.ts';
import { mistakeProblems, problemsOfFinding, projectDiagnostics } from './projectProblems.ts';
import type { FileProblem, SomeProblems } from './projectProblems.ts';
import { stackOf } from '../../door.ts';

/** Changes come in bursts (a labelling session, masks being read). */
const settle = 250;

/** What an inspection found that still holds. */
export interface ShownInspection {
  readonly findings: readonly Finding[];
  readonly byImage: ReadonlyMap<string, readonly Finding[]>;
  readonly twins: ReadonlyMap<string, readonly string[]>;
}

const nothing: ShownInspection = { findings: [], byImage: new Map(), twins: new Map() };

function byImage(findings: readonly Finding[]): Map<string, Finding[]> {
  const lists = new Map<string, Finding[]>();
  for (const finding of findings) {
    for (const file of finding.files) {
      const list = lists.get(file);
      if (list === undefined) lists.set(file, [finding]);
      else list.push(finding);
    }
  }
  return lists;
}

/** When it was, in the reader's own time, to the minute. */
function timeText(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16).replace('T', ' ');
}

export class ProjectFindings {
  readonly #workplace: Workplace;
  readonly #board: ProblemBoard;
  readonly #inspections = new Map<Project, Inspection>();
  readonly #counts = new WeakMap<Project, { places: number; mistakes: number }>();
  readonly #shown = new Map<Project, ShownInspection>();
  /** Grows with each look at a project, so that an older one is dropped. */
  readonly #turns = new WeakMap<Project, number>();
  readonly #listeners: ((project: Project) => void)[] = [];
  readonly #refresh: Delayed<Project>;

  constructor(workplace: Workplace, board: ProblemBoard) {
    this.#workplace = workplace;
    this.#board = board;
    this.#refresh = new Delayed(settle, (project) => void this.#update(project));
    workplace.projects.onChange((project) => this.#refresh.ask(project));
    workplace.projects.onReport(() => this.#dropClosed());
    workplace.onSettings(() => this.#askAll());
    // What an open labels.csv says of itself, its own checks say.
    workplace.documents.onDidOpen(() => this.#askAll());
    workplace.documents.onDidClose(() => this.#askAll());
    workplace.onShutdown(() => this.#refresh.dispose());
  }

  /** Hears that a project's findings may be others. */
  onChange(listener: (project: Project) => void): void {
    this.#listeners.push(listener);
  }

  /** How many problems of a project are shown: places of findings, and mistakes of the active run. */
  counts(project: Project): { readonly places: number; readonly mistakes: number } {
    return this.#counts.get(project) ?? { places: 0, mistakes: 0 };
  }

  /** What the last full inspection found, as far as it still holds. */
  shown(project: Project): ShownInspection {
    return this.#shown.get(project) ?? nothing;
  }

  /** Keeps what a full inspection found. */
  async keep(project: Project, inspection: Inspection): Promise<void> {
    this.#inspections.set(project, inspection);
    await this.#update(project);
  }

  #askAll(): void {
    for (const project of this.#workplace.projects.all) this.#refresh.ask(project);
  }

  #dropClosed(): void {
    const open = new Set(this.#workplace.projects.all);
    for (const project of [...this.#inspections.keys(), ...this.#shown.keys()]) {
      if (open.has(project)) continue;
      this.#inspections.delete(project);
      this.#shown.delete(project);
      this.#board.clear(`project:${project.id}`);
    }
  }

  async #update(project: Project): Promise<void> {
    const turn = (this.#turns.get(project) ?? 0) + 1;
    this.#turns.set(project, turn);
    try {
      const current = await this.#current(project);
      // Whoever asked meanwhile looks at what is newer.
      if (this.#turns.get(project) !== turn) return;
      if (!this.#workplace.projects.all.includes(project)) return;
      this.#shown.set(project, current);
      this.#publish(project);
      for (const listener of this.#listeners) listener(project);
    } catch (error) {
      this.#workplace.connection.console.error(`Findings of ${project.id}: ${stackOf(error)}`);
    }
  }

  async #current(project: Project): Promise<ShownInspection> {
    const inspection = this.#inspections.get(project);
    if (inspection === undefined || project.content === undefined) return nothing;
    const item = (image: string) => project.item(image);
    if (isOutdated(inspection, project.index.size, (image) => item(image) !== undefined)) {
      this.#inspections.delete(project);
      return nothing;
    }
    const unchanged = await ofUnchangedFiles(project.folder, inspection);
    const { orientation } = project.content.dataset;
    const findings = unchanged.filter(
      (finding) =>
        // Of images that are read in the other way now.
        (finding.kind !== 'orientation' || orientation === inspection.orientation) &&
        stillHolds(finding, item),
    );
    return { findings, byImage: byImage(findings), twins: twinsOf(findings) };
  }

  #publish(project: Project): void {
    const home = project.info().projectFile ?? join(project.folder, labelsFile);
    const findings = [...this.#ofNames(project), ...this.#ofPixels(project)];
    const mistakes = this.#mistakes(project);
    this.#counts.set(project, {
      places: findings.length,
      mistakes: mistakes.shown.length + mistakes.left,
    });
    const problems = { shown: [...findings, ...mistakes.shown], left: mistakes.left };
    const diagnostics = projectDiagnostics(project.folder, problems, home);
    this.#board.replace(`project:${project.id}`, diagnostics);
  }

  #ofNames(project: Project): FileProblem[] {
    const problems = project.findings().flatMap(problemsOfFinding);
    const table = join(project.folder, labelsFile);
    const open = this.#workplace.documents.all().some(({ uri }) => fileOf(uri) === table);
    return open ? problems.filter(({ file }) => file !== labelsFile) : problems;
  }

  #ofPixels(project: Project): FileProblem[] {
    if (this.#workplace.settings().diagnostics?.findings === false) return [];
    const at = this.#inspections.get(project)?.at ?? 0;
    const note = ` (Inspected ${timeText(at)}.)`;
    return this.shown(project)
      .findings.flatMap(problemsOfFinding)
      .map((problem) => ({ ...problem, message: problem.message + note }));
  }

  #mistakes(project: Project): SomeProblems {
    const { activeRun } = project;
    const wanted = this.#workplace.settings().diagnostics?.mistakes !== false;
    if (activeRun === undefined || !wanted) return { shown: [], left: 0 };
    return mistakeProblems(project.index.items(), activeRun.name, activeRun.threshold);
  }
}
