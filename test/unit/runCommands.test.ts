/** Commands about runs right after the server was started again: they wait for its word, then say what is so. */
import { beforeEach, expect, test, vi } from 'vitest';
import { registerCommands } from '../../extension/commands.ts';
import type { Services } from '../../extension/context.ts';
import { Projects } from '../../extension/projects.ts';
import { runCommands } from '../../extension/runs/runCommands.ts';
import { RunStore } from '../../extension/runs/runStore.ts';
import type { ProjectInfo } from '../../protocol/explorer.ts';
import { requests } from '../../protocol/messages.ts';
import type { RunItem } from '../../protocol/runView.ts';
import { Disposable, EventEmitter, hands, registered } from '../support/fakeVscode.ts';

vi.mock('vscode', () => import('../support/fakeVscode.ts'));

const folderOf = (name: string): string => `/data/.segdec/runs/${name}`;
const run = (name: string, state: RunItem['state']): RunItem => ({
  ...{ run: folderOf(name), name, state, created: null, epoch: 2, epochs: 10, split: null },
  ...{ averagePrecision: null, nothingLearned: null, validationNothingLearned: null },
  ...{ validationAveragePrecision: null, device: 'CPU', message: null, step: null },
  ...{ active: false, hasWeights: state !== 'running' },
});
const project = (id: string, images: number, reading = false): ProjectInfo => ({
  ...{ id, name: id, dataset: id, projectFile: null, labelsFile: '', layout: null, reading },
  ...{ problem: null, outside: null, images, version: 1, kinds: [], classes: [], nested: [] },
  ...{ activeRun: null, activeRunName: null, threshold: null },
});

/** A server that answers when the test says so. */
class FakeServer {
  readonly #states = new EventEmitter<unknown>();
  readonly #reports = new Map<string, (params: unknown) => void>();
  readonly asked: string[] = [];
  projects: readonly ProjectInfo[] = [project('/data', 24)];
  runs: readonly RunItem[] = [];
  state: unknown = { name: 'stopped', why: '' };
  /** What holds answers back. */
  opened: Promise<void> = Promise.resolve();
  #processes = 0;
  readonly onDidChangeState = this.#states.event;

  start = async (): Promise<void> => {
    if ((this.state as { name: string }).name !== 'running') this.restart();
  };
  restart(): void {
    this.#processes += 1;
    this.state = { name: 'running', processId: this.#processes };
    this.#states.fire(this.state);
  }
  onReport = ({ method }: { method: string }, listener: (params: never) => void): Disposable => {
    this.#reports.set(method, listener as (params: unknown) => void);
    return new Disposable(() => this.#reports.delete(method));
  };
  request = async ({ type }: { type: { method: string } }, params: { run?: string }) => {
    await this.opened;
    const { method } = type;
    this.asked.push([method, params.run].filter(Boolean).join(' '));
    if (method === requests.projectList.type.method) return this.projects;
    return method === requests.runList.type.method ? this.runs : null;
  };
}

let server: FakeServer;
let projects: Projects;
let said: string[];
let shown: string[];

beforeEach(async () => {
  [server, said, shown] = [new FakeServer(), [], []];
  const memory = { get: () => undefined, update: () => Promise.resolve() };
  projects = new Projects(server as never, memory as never);
  const log = { warn: (text: string) => said.push(text) };
  const services = { server, projects, log } as unknown as Services;
  const runs = new RunStore(services);
  const training = { open: (folder: string) => shown.push(folder), active: () => undefined };
  const view = { selected: undefined, dispose: () => undefined };
  registerCommands(runCommands({ services, runs, view, training }), services);
  hands.answer = async ({ kind, message, items }) => {
    if (kind === 'error') said.push(message);
    return items.find((item) => item === 'Delete');
  };
});

const command = (id: string, ...args: unknown[]): Promise<unknown> =>
  Promise.resolve(registered.get(`segdec.${id}`)?.(...args));

/** The server that knew nothing yet is asked, and opens its folders only now. */
async function rightAfterRestart(work: () => Promise<unknown>): Promise<void> {
  let open = (): void => undefined;
  server.opened = new Promise((resolve) => (open = resolve));
  server.restart();
  const done = work();
  await new Promise(setImmediate);
  expect(said).toEqual([]);
  open();
  await done;
}

test.each([
  { id: 'cancel', state: 'running', asks: `segdec/run/cancel ${folderOf('a')}` },
  { id: 'resume', state: 'cancelled', asks: `segdec/run/resume ${folderOf('a')}` },
  { id: 'runs.delete', state: 'finished', asks: `segdec/run/delete ${folderOf('a')}` },
  { id: 'runs.activate', state: 'finished', asks: `segdec/run/activate ${folderOf('a')}` },
] as const)('$id finds a run that the new server has yet to list', async ({ id, state, asks }) => {
  server.runs = [run('a', state)];
  await rightAfterRestart(() => command(id));
  expect(said).toEqual([]);
  expect(server.asked).toContain(asks);
});

test('the training view is shown, and a clicked line is found, before the first list', async () => {
  server.runs = [run('a', 'running'), run('b', 'finished')];
  await rightAfterRestart(() => command('runs.showTraining', { run: folderOf('b') }));
  expect(said).toEqual([]);
  expect(shown).toEqual([folderOf('b')]);
});

test('that there is none is said of the new list, not of the old one', async () => {
  server.runs = [run('a', 'running')];
  await command('runs.refresh');
  server.runs = [run('a', 'finished')];
  await rightAfterRestart(() => command('resume'));
  expect(said).toEqual([expect.stringContaining('There is no run to resume')]);
  await command('runs.showTraining', { run: folderOf('gone') });
  expect(said[1]).toContain('is not in the list of runs');
});

test('a run that began elsewhere since the last list is cancelled', async () => {
  await command('runs.refresh');
  server.runs = [run('a', 'running')];
  await command('cancel');
  expect(said).toEqual([]);
  expect(server.asked).toContain(`segdec/run/cancel ${folderOf('a')}`);
});

test('the dataset in sight stays the current project while a new server reads the folders', async () => {
  server.projects = [project('/notes', 0), project('/data', 24)];
  await command('runs.refresh');
  expect(projects.current?.id).toBe('/data');
  server.projects = [project('/notes', 0, true), project('/data', 0, true)];
  await rightAfterRestart(() => command('runs.refresh'));
  expect(projects.current?.id).toBe('/data');
  server.projects = [project('/notes', 3), project('/data', 0)];
  await rightAfterRestart(() => command('runs.refresh'));
  expect(projects.current?.id).toBe('/notes');
});
