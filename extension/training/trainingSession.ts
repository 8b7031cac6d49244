/**
 * Serves one training view: what the run list says of the run, and its events as they are written. Reads on
 * while the run goes on and the page is in sight. Knows VS Code by types alone.
 */
import type { Disposable, Event } from 'vscode';
import type { ProjectInfo } from '../../protocol/explorer.ts';
import { reports, requests } from '../../protocol/messages.ts';
import type { RunEvent } from '../../protocol/run.ts';
import type { RunItem } from '../../protocol/runView.ts';
import type {
  FromTraining,
  ToTraining,
  TrainingAction,
  TrainingPlace,
  TrainingWords,
  ViewStatus,
} from '../../protocol/webview.ts';
import { receive, runEventSchema } from '../../protocol/webview.ts';
import type { ServerHandle } from '../server/serverHandle.ts';
import type { ViewPort } from '../webviews/panels.ts';
import { EventHistory } from './eventHistory.ts';

/** Everything outside of the session. */
export interface TrainingWorld {
  readonly server: Pick<ServerHandle, 'state' | 'onDidChangeState' | 'request' | 'onReport'>;
  readonly projects: {
    readonly all: readonly ProjectInfo[];
    readonly onDidChange: Event<ProjectInfo | undefined>;
  };
  readonly words: TrainingWords;
  readonly absence: { readonly starting: string; readonly gone: string };
  readonly trusted: () => boolean;
  readonly onTrusted: Event<void>;
  readonly act: (action: TrainingAction, run: string) => void;
  /** The run's name as the runs view has it. */
  readonly shortName: (run: RunItem) => string;
  readonly isAway: (error: unknown) => boolean;
  readonly warn: (problem: string) => void;
  /** Milliseconds between two readings of a run that goes on. */
  readonly pause: number;
}

const goesOn = (run: RunItem | undefined): boolean =>
  run?.state === 'running' || run?.state === 'starting';

export class TrainingSession implements Disposable {
  readonly #place: TrainingPlace;
  readonly #view: ViewPort<ToTraining, FromTraining>;
  readonly #world: TrainingWorld;
  readonly #history = new EventHistory();
  readonly #subscriptions: Disposable[];
  #offset = 0;
  #run: RunItem | undefined;
  /** That the run was last seen in. */
  #project = '';
  #gone = false;
  #reading = false;
  #disposed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    place: TrainingPlace,
    view: ViewPort<ToTraining, FromTraining>,
    world: TrainingWorld,
  ) {
    this.#place = place;
    this.#view = view;
    this.#world = world;
    const { server, projects } = world;
    this.#subscriptions = [
      view.onMessage((message) => this.#take(message)),
      server.onDidChangeState(() => this.#serverChanged()),
      projects.onDidChange(() => {
        if (this.#run === undefined) void this.#findRun();
      }),
      server.onReport(reports.runsChanged, ({ project, runs }) => this.#runsChanged(project, runs)),
      world.onTrusted(() => this.#sendRun()),
    ];
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #take(message: FromTraining): void {
    switch (message.type) {
      case 'ready':
        this.#begin();
        return;
      case 'action':
        this.#world.act(message.action, this.#place.run);
    }
  }

  #begin(): void {
    this.#view.post({ type: 'start', words: this.#world.words, place: this.#place });
    this.#sendStatus();
    this.#sendRun();
    this.#view.post({ type: 'events', reset: true, events: [...this.#history.all] });
    if (this.#run === undefined) void this.#findRun();
    void this.#read();
  }

  #serverChanged(): void {
    this.#sendStatus();
    if (this.#world.server.state.name !== 'running') return;
    void this.#findRun();
    void this.#read();
  }

  #runsChanged(project: string, runs: readonly RunItem[]): void {
    const run = runs.find((candidate) => candidate.run === this.#place.run);
    if (run === undefined) {
      // It was among these: somebody deleted it.
      if (project === this.#project) this.#setGone(true);
      return;
    }
    this.#setRun(project, run);
    void this.#read();
  }

  #setRun(project: string, run: RunItem): void {
    this.#project = project;
    this.#run = run;
    this.#setGone(false);
    this.#view.rename(this.#world.shortName(run));
    this.#sendRun();
  }

  #sendRun(): void {
    const run = this.#run;
    if (run !== undefined) this.#view.post({ type: 'run', run, trusted: this.#world.trusted() });
  }

  #sendStatus(): void {
    this.#view.post({ type: 'status', status: this.#status() });
  }

  #status(): ViewStatus {
    const { server, absence } = this.#world;
    const { state } = server;
    switch (state.name) {
      case 'running':
        return this.#gone
          ? { state: 'gone', message: absence.gone }
          : { state: 'ready', message: '' };
      case 'starting':
        return { state: 'starting', message: absence.starting };
      case 'stopped':
        return { state: 'away', message: state.why };
      case 'failed':
        return { state: 'away', message: state.error };
    }
  }

  /** Looks for the run in all projects: a view that came back knows its folder alone. */
  async #findRun(): Promise<void> {
    const { server, projects } = this.#world;
    for (const { id } of projects.all) {
      try {
        const runs = await server.request(requests.runList, { project: id });
        const run = runs.find((candidate) => candidate.run === this.#place.run);
        if (run === undefined || this.#disposed) continue;
        this.#setRun(id, run);
        void this.#read();
        return;
      } catch (error) {
        this.#report(error);
      }
    }
  }

  /** Reads to the end of what is written, and again after a pause while the run goes on. */
  async #read(): Promise<void> {
    if (this.#reading || this.#disposed || this.#world.server.state.name !== 'running') return;
    clearTimeout(this.#timer);
    this.#reading = true;
    try {
      while (await this.#readOn());
      this.#setGone(false);
    } catch (error) {
      if (!this.#world.isAway(error)) this.#setGone(true);
      this.#report(error);
    } finally {
      this.#reading = false;
    }
    if (this.#isLive()) this.#timer = setTimeout(() => void this.#read(), this.#world.pause);
  }

  #isLive(): boolean {
    return !this.#gone && !this.#disposed && goesOn(this.#run) && this.#view.visible;
  }

  /** True if there was something to read. */
  async #readOn(): Promise<boolean> {
    const { events, offset } = await this.#world.server.request(requests.runEvents, {
      run: this.#place.run,
      offset: this.#offset,
    });
    const moved = offset > this.#offset;
    this.#offset = offset;
    if (events.length === 0 || this.#disposed) return false;
    const known = this.#understood(events);
    this.#history.add(known);
    this.#view.post({ type: 'events', reset: false, events: known });
    return moved;
  }

  /** Events of a newer program may be of other kinds; they are left out, not the batch. */
  #understood(events: readonly RunEvent[]): RunEvent[] {
    return events.flatMap((event) => receive(runEventSchema, event, this.#world.warn) ?? []);
  }

  #setGone(gone: boolean): void {
    if (gone === this.#gone) return;
    this.#gone = gone;
    this.#sendStatus();
  }

  #report(error: unknown): void {
    if (!this.#world.isAway(error)) this.#world.warn(`Training view: ${String(error)}`);
  }
}
