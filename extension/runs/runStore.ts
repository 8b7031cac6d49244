/** The runs of the current project as the server last told them. */
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { reports, requests } from '../../protocol/messages.ts';
import type { RunItem } from '../../protocol/runView.ts';
import { errorText } from '../../protocol/errors.ts';
import type { Services } from '../context.ts';
import { isResumable, isRunning } from './runTexts.ts';

const withRun = z.object({ run: z.string() });

export class RunStore implements vscode.Disposable {
  readonly #services: Pick<Services, 'server' | 'projects' | 'log'>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #byProject = new Map<string, readonly RunItem[]>();
  readonly #subscriptions: vscode.Disposable;

  /** Fires when the runs of the current project change, or another project becomes current. */
  readonly onDidChange = this.#changed.event;

  constructor(services: Pick<Services, 'server' | 'projects' | 'log'>) {
    this.#services = services;
    let shown = services.projects.current?.id;
    this.#subscriptions = vscode.Disposable.from(
      services.server.onReport(reports.runsChanged, ({ project, runs }) => {
        this.#byProject.set(project, runs);
        this.#tell();
      }),
      // Nobody tells of the runs of a folder that is closed any more.
      vscode.workspace.onDidChangeWorkspaceFolders(({ removed }) => {
        for (const { uri } of removed) this.#byProject.delete(uri.fsPath);
        this.#tell();
      }),
      services.projects.onDidChange((project) => {
        if (project?.id === shown && this.#byProject.has(project?.id ?? '')) return;
        shown = project?.id;
        void this.refresh();
      }),
    );
    this.#tell();
  }

  get runs(): readonly RunItem[] {
    const project = this.#services.projects.current;
    return project === undefined ? [] : (this.#byProject.get(project.id) ?? []);
  }

  get running(): readonly RunItem[] {
    return this.runs.filter(isRunning);
  }

  /** Of all projects. */
  find(folder: string): RunItem | undefined {
    return [...this.#byProject.values()].flat().find(({ run }) => run === folder);
  }

  /** The run that a value names as commands are passed one: by its folder. */
  named(passed: unknown): RunItem | undefined {
    const parsed = withRun.safeParse(passed);
    return parsed.success ? this.find(parsed.data.run) : undefined;
  }

  /** The id of the project that a run is listed in. */
  projectOf(folder: string): string | undefined {
    for (const [project, runs] of this.#byProject) {
      if (runs.some(({ run }) => run === folder)) return project;
    }
    return undefined;
  }

  /** Asks for the list anew; a server that is away leaves what was known. */
  async refresh(): Promise<void> {
    const { projects, server, log } = this.#services;
    const project = projects.current;
    if (project !== undefined && server.state.name === 'running') {
      try {
        const runs = await server.request(requests.runList, { project: project.id });
        this.#byProject.set(project.id, runs);
      } catch (error) {
        log.warn(`The runs could not be listed: ${errorText(error)}`);
      }
    }
    this.#tell();
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.#changed.dispose();
  }

  #tell(): void {
    const { runs } = this;
    const keys = {
      hasRuns: runs.length > 0,
      isRunning: runs.some(isRunning),
      canResume: runs.some(isResumable),
      hasWeights: runs.some(({ hasWeights }) => hasWeights),
    };
    for (const [key, value] of Object.entries(keys)) {
      void vscode.commands.executeCommand('setContext', `segdec.${key}`, value);
    }
    this.#changed.fire();
  }
}
