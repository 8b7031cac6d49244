/**
 * All runs of the open projects, followed by looking at their folders: whoever started them, on this machine
 * or another one that writes to the same disk. Lists are reported when something in them has changed.
 */
import { errorText } from '../../../protocol/errors.ts';
import type { RunItem } from '../../../protocol/runView.ts';
import { RunFollower } from '../../runs/runFollower.ts';
import { listRuns } from '../../runs/runFolder.ts';
import type { Project } from '../project/project.ts';
import type { Projects } from '../project/projects.ts';

/** Milliseconds between two looks at the runs that go on, and at all runs. */
const often = 500;
const seldom = 3000;
/** Run folders read at a time. */
const atOnce = 8;

export interface RunReports {
  /** The runs of a project are others than those last told. */
  readonly runsChanged: (project: Project, runs: readonly RunItem[]) => void;
  /** Scores came, went or changed. */
  readonly scoresChanged: (project: Project) => void;
  /** A fault of ours while looking. */
  readonly failed: (error: unknown) => void;
}

/** The runs of one project. */
class ProjectRuns {
  readonly #project: Project;
  readonly #reports: RunReports;
  #followers = new Map<string, RunFollower>();
  /** When all runs were last asked for, and whether that has ever succeeded. */
  #tried = Number.NEGATIVE_INFINITY;
  #isListed = false;
  #told: string | undefined;
  #scores: string | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(project: Project, reports: RunReports) {
    this.#project = project;
    this.#reports = reports;
  }

  /** All runs, newest first. */
  items(): RunItem[] {
    const active = this.#project.activeRun?.paths.folder;
    return [...this.#followers.values()].map((run) => run.item(run.folder === active));
  }

  get isRunning(): boolean {
    return [...this.#followers.values()].some((run) => run.isRunning);
  }

  /** Looks at what may have changed by now (`all`: at everything); one look at a time. */
  look(all: boolean): Promise<void> {
    const next = this.#looking.then(() => this.#look(all));
    // Whoever asked for a look hears of its failure; the next look is a new one.
    this.#looking = next.catch(() => undefined);
    return next;
  }

  async #look(all: boolean): Promise<void> {
    const due = all || performance.now() - this.#tried >= seldom;
    if (due) this.#tried = performance.now();
    if (due) await this.#list();
    const runs = [...this.#followers.values()].filter((run) => due || run.isRunning);
    for (let i = 0; i < runs.length; i += atOnce) {
      await Promise.all(runs.slice(i, i + atOnce).map((run) => run.refresh()));
    }
    if (due) this.#isListed = true;
    this.tell();
  }

  /** Reports what is not told yet. */
  tell(): void {
    if (!this.#isListed) return;
    const items = this.items();
    const text = JSON.stringify(items);
    if (text !== this.#told) this.#reports.runsChanged(this.#project, items);
    this.#told = text;
    const scores = [...this.#followers.values()].map((run) => `${run.folder}:${run.scoresStamp}`);
    const stamp = scores.filter((one) => !one.endsWith(':')).join('\n');
    // Whether the project has read them before or after this first look cannot be told.
    if (stamp !== this.#scores) this.#reports.scoresChanged(this.#project);
    this.#scores = stamp;
  }

  async #list(): Promise<void> {
    const folders = await listRuns(this.#project.home);
    const active = this.#project.activeRun?.paths.folder;
    // A run that segdec.json names may lie elsewhere.
    if (active !== undefined && !folders.includes(active)) folders.push(active);
    const known = this.#followers;
    this.#followers = new Map(
      folders.map((folder) => [folder, known.get(folder) ?? new RunFollower(folder)]),
    );
  }
}

export class RunMonitor {
  readonly #projects: Projects;
  readonly #reports: RunReports;
  readonly #runs = new Map<Project, ProjectRuns>();
  /** What was last said to have failed. */
  readonly #said = new WeakMap<Project, string>();
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(projects: Projects, reports: RunReports) {
    this.#projects = projects;
    this.#reports = reports;
    // Which run is the active one is told by the project.
    projects.onChange((project) => this.#runs.get(project)?.tell());
    this.#schedule();
  }

  /** All runs of a project as they are now, newest first. */
  async items(project: Project): Promise<RunItem[]> {
    const runs = this.#of(project);
    await runs.look(true);
    return runs.items();
  }

  /** Looks at a project's runs now: something was done to one of them. */
  async look(project: Project): Promise<void> {
    await this.#of(project).look(true);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }

  #of(project: Project): ProjectRuns {
    const known = this.#runs.get(project);
    if (known !== undefined) return known;
    const runs = new ProjectRuns(project, this.#reports);
    this.#runs.set(project, runs);
    return runs;
  }

  #schedule(): void {
    if (this.#disposed) return;
    this.#timer = setTimeout(() => void this.#tick(), often);
  }

  async #tick(): Promise<void> {
    const open = this.#projects.all;
    for (const project of this.#runs.keys())
      if (!open.includes(project)) this.#runs.delete(project);
    for (const project of open) {
      // Before that nobody knows where its runs lie: none would be told.
      if (!project.isRead) continue;
      try {
        await this.#of(project).look(false);
        this.#said.delete(project);
      } catch (error) {
        // The same is said once, not at every look.
        const text = errorText(error);
        if (this.#said.get(project) !== text) this.#reports.failed(error);
        this.#said.set(project, text);
      }
    }
    this.#schedule();
  }
}
