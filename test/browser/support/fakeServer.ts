/** A server in this process: listings by the real index, pictures and runs from memory. */
import type { NotificationType } from 'vscode-jsonrpc';
import { errorCodes, requests } from '../../../protocol/messages.ts';
import type { Request } from '../../../protocol/messages.ts';
import type { Sample } from '../../../protocol/dataset.ts';
import type { RunEvent } from '../../../protocol/run.ts';
import type { RunItem } from '../../../protocol/runView.ts';
import type { ProjectInfo } from '../../../protocol/explorer.ts';
import { ServerAway } from '../../../extension/server/serverHandle.ts';
import type { RequestOptions, ServerState } from '../../../extension/server/serverHandle.ts';
import type { ImageIndex } from '../../../server/language/project/imageIndex.ts';
import { indexed } from '../../support/imageIndex.ts';
import type { ShownScores } from '../../../server/language/project/imageIndex.ts';
import { Emitter } from './emitter.ts';

export const project = '/datasets/parts';

class Answered extends Error {
  readonly code: number;
  constructor(code: number) {
    super('Answered with an error.');
    this.code = code;
  }
}

export const isStale = (error: unknown): boolean =>
  error instanceof Answered && error.code === errorCodes.stale;
export const isAway = (error: unknown): boolean =>
  error instanceof ServerAway || (error instanceof Answered && error.code === errorCodes.cancelled);

const running: ServerState = {
  name: 'running',
  resolution: { program: 'server.js', runtime: undefined, arguments: [] },
  processId: 4711,
};

type Handler = (params: unknown, options: RequestOptions) => unknown;

export class FakeServer {
  readonly #states = new Emitter<ServerState>();
  readonly #reports = new Emitter<{ readonly method: string; readonly params: unknown }>();
  readonly #projects = new Emitter<ProjectInfo | undefined>();
  #samples: Sample[];
  #scores: ShownScores | undefined;
  #version = 1;
  #index: ImageIndex;
  state: ServerState = running;
  /** Methods asked for, in order. */
  readonly asked: string[] = [];
  /** Images of each request for pictures, and how it ended. */
  readonly pictures: { readonly images: readonly string[]; ended: 'sent' | 'cancelled' | '' }[] =
    [];
  pictureDelay = 5;
  runs: RunItem[] = [];
  events: RunEvent[] = [];

  readonly onDidChangeState = this.#states.event;

  constructor(samples: readonly Sample[], scores?: ShownScores) {
    this.#samples = [...samples];
    this.#scores = scores;
    this.#index = this.#makeIndex();
  }

  get info(): ProjectInfo {
    return {
      ...{
        id: project,
        name: 'parts',
        dataset: project,
        projectFile: null,
        problem: null,
        outside: null,
        nested: [],
      },
      ...{ labelsFile: `${project}/labels.csv`, layout: 'folders', reading: false },
      ...{ images: this.#samples.length, version: this.#version, kinds: [], classes: [] },
      activeRun: this.#scores === undefined ? null : `${project}/.segdec/runs/a`,
      activeRunName: this.#scores === undefined ? null : 'a',
      threshold: this.#scores?.threshold ?? null,
    };
  }

  readonly projects = (() => {
    const all = (): readonly ProjectInfo[] => [this.info];
    const onDidChange = this.#projects.event;
    return {
      get all() {
        return all();
      },
      onDidChange,
    };
  })();

  /** The dataset is another from now on. */
  change(change: (samples: Sample[]) => Sample[]): void {
    this.#samples = change(this.#samples);
    this.#version += 1;
    this.#index = this.#makeIndex();
    this.#projects.fire(this.info);
  }

  setState(state: ServerState): void {
    this.state = state;
    this.#states.fire(state);
  }

  goAway(): void {
    this.setState({
      name: 'failed',
      error: 'The SegDec server ended and will not be restarted.',
      lastLines: [],
    });
  }

  comeBack(): void {
    this.setState(running);
  }

  report(type: { readonly method: string }, params: unknown): void {
    this.#reports.fire({ method: type.method, params });
  }

  onReport<P>(type: NotificationType<P>, listener: (params: P) => void) {
    return this.#reports.event(({ method, params }) => {
      if (method === type.method) listener(params as P);
    });
  }

  async request<P, R>(
    { type }: Request<P, R>,
    params: P,
    options: RequestOptions = {},
  ): Promise<R> {
    this.asked.push(type.method);
    await Promise.resolve();
    if (this.state.name !== 'running') throw new ServerAway('The SegDec server is not running.');
    const handler = this.#handlers[type.method];
    if (handler === undefined) throw new Error(`Nobody answers ${type.method}.`);
    return (await handler(params, options)) as R;
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    ...answer(requests.datasetGroups, ({ query, parent }) => this.#index.groups(query, parent)),
    ...answer(requests.datasetPage, ({ query, group, offset, limit, version }) => {
      if (version !== null && version !== this.#version) throw new Answered(errorCodes.stale);
      return this.#index.page(query, group, offset, limit);
    }),
    ...answer(
      requests.datasetLocate,
      ({ query, image, flat }) => this.#index.locate(query, image, flat) ?? null,
    ),
    ...answer(requests.pictureGet, ({ images, kind, side }, options) =>
      this.#picture(images, kind, side, options),
    ),
    ...answer(requests.runList, () => this.runs),
    // An offset is a number of events here: nobody but the server looks into it.
    ...answer(requests.runEvents, ({ offset }) => ({
      events: this.events.slice(offset, offset + 1000),
      offset: Math.min(this.events.length, offset + 1000),
    })),
  };

  async #picture(
    images: readonly string[],
    kind: string,
    side: number,
    { token }: RequestOptions,
  ): Promise<(string | null)[]> {
    const entry: FakeServer['pictures'][number] = { images, ended: '' };
    this.pictures.push(entry);
    await new Promise((resolve) => setTimeout(resolve, this.pictureDelay));
    if (token?.isCancellationRequested === true) {
      entry.ended = 'cancelled';
      throw new Answered(errorCodes.cancelled);
    }
    entry.ended = 'sent';
    return images.map((image) =>
      image.includes('broken') ? null : `${project}/.cache/${kind}-${side}-${image}`,
    );
  }

  #makeIndex(): ImageIndex {
    const sorted = [...this.#samples].sort((a, b) => (a.image < b.image ? -1 : 1));
    return indexed(this.#version, sorted, this.#scores);
  }
}

function answer<P, R>(
  { type }: Request<P, R>,
  handler: (params: P, options: RequestOptions) => R | Promise<R>,
): Record<string, Handler> {
  return { [type.method]: handler as unknown as Handler };
}
