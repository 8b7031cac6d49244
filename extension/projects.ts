/** The projects of the open folders as the server last told them, and the one that the views show. */
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { ProjectInfo } from '../protocol/explorer.ts';
import { UserError } from '../protocol/errors.ts';
import { reports, requests } from '../protocol/messages.ts';
import type { ServerHandle } from './server/serverHandle.ts';

const currentKey = 'segdec.currentProject';

/** What a code lens passes. */
const named = z.object({ project: z.string() });

export class Projects implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<ProjectInfo | undefined>();
  readonly #memory: vscode.Memento;
  readonly #subscriptions: { dispose(): unknown }[] = [];
  readonly #server: ServerHandle;
  #all: readonly ProjectInfo[] = [];
  #toldBy: number | undefined;
  /** Datasets, by their last whole reading: a server that was started again has to read them first. */
  readonly #datasets = new Set<string>();

  /** Fires when the current project, or what is known of it, changes. */
  readonly onDidChange = this.#changed.event;

  constructor(server: ServerHandle, memory: vscode.Memento) {
    this.#server = server;
    this.#memory = memory;
    this.#subscriptions.push(
      this.#changed,
      server.onReport(reports.projectsChanged, ({ projects }) => this.#take(projects)),
      server.onDidChangeState((state) => {
        if (state.name !== 'running') return;
        void server.request(requests.projectList, {}).then(
          (projects) => this.#take(projects),
          // A server that dies at once says so by its state.
          () => undefined,
        );
      }),
    );
  }

  /** What was last heard; stays when the server is away. */
  get all(): readonly ProjectInfo[] {
    return this.#all;
  }

  /** The process of the server that told it last; undefined before the first. */
  get toldBy(): number | undefined {
    return this.#toldBy;
  }

  /** The server that runs now has told it: one that was started again has to open the folders first. */
  get isFresh(): boolean {
    const { state } = this.#server;
    return state.name === 'running' && state.processId === this.#toldBy;
  }

  /** The project that the views show: the one chosen, else the first that is a dataset, else the first. */
  get current(): ProjectInfo | undefined {
    const chosen = this.#memory.get<string>(currentKey);
    return (
      this.#all.find(({ id }) => id === chosen) ??
      this.#all.find(({ id }) => this.#datasets.has(id)) ??
      this.#all[0]
    );
  }

  /**
   * The project that a command is about, by what VS Code passed: the one of a code lens or of a segdec.json in
   * the file explorer, else the current one. Undefined when it is not open.
   */
  about(passed: unknown): ProjectInfo | undefined {
    const lens = named.safeParse(passed);
    if (lens.success) return this.#all.find(({ id }) => id === lens.data.project);
    if (!(passed instanceof vscode.Uri)) return this.current;
    return this.#all.find(({ projectFile }) => projectFile === passed.fsPath);
  }

  /** As `about`, for what needs one. Throws a UserError without. */
  needed(passed?: unknown): ProjectInfo {
    const project = this.about(passed);
    if (project !== undefined) return project;
    throw new UserError(vscode.l10n.t('There is no dataset here: open a folder with images.'));
  }

  /** Has the server that runs now tell them, if it has not yet: what a command is about is known then. */
  async told(): Promise<void> {
    if (!this.isFresh) this.#take(await this.#server.request(requests.projectList, {}));
  }

  /** Shows another project from now on, in this workspace. */
  async choose(id: string): Promise<void> {
    await this.#memory.update(currentKey, id);
    this.#changed.fire(this.current);
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  #take(projects: readonly ProjectInfo[]): void {
    this.#all = projects;
    for (const { id, images, reading } of projects) {
      if (images > 0) this.#datasets.add(id);
      else if (!reading) this.#datasets.delete(id);
    }
    const { state } = this.#server;
    if (state.name === 'running') this.#toldBy = state.processId;
    this.#changed.fire(this.current);
  }
}
