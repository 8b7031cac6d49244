/** Answers about runs: their list, starting, stopping and using them. Whatever runs needs a trusted workspace. */
import { basename, isAbsolute, relative, sep } from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { UserError } from '../../../protocol/errors.ts';
import { reports, requests } from '../../../protocol/messages.ts';
import type { RunEvent } from '../../../protocol/run.ts';
import type { RunEventsResult, TrainOptions } from '../../../protocol/runView.ts';
import { OutsideError } from '../../data/places.ts';
import { setInProjectFile } from '../../runs/editProjectFile.ts';
import { deleteRun, logOf, renameRun } from '../../runs/editRun.ts';
import { listPredictions, readPredictions } from '../../runs/keptPredictions.ts';
import { readEvents } from '../../runs/eventLog.ts';
import { openProject } from '../../runs/projectFile.ts';
import { assertPlacesOf } from '../../runs/reopen.ts';
import { readRunFile, readTrainedRunFile } from '../../runs/runFile.ts';
import { newRunName, ownRunFolder, runPaths } from '../../runs/runFolder.ts';
import { FixableError, stackOf } from '../door.ts';
import type { Call } from '../door.ts';
import type { Project } from '../project/project.ts';
import { Inference } from '../runs/inference.ts';
import { predictNamed } from '../runs/predictRequest.ts';
import { RunMonitor } from '../runs/runMonitor.ts';
import { runPlace } from '../runs/runPlace.ts';
import type { RunPlace } from '../runs/runPlace.ts';
import { RunStopper } from '../runs/runStopper.ts';
import { TaskRunner } from '../runs/taskRunner.ts';
import { threadsOf, trainRequest } from '../runs/trainRequest.ts';
import type { Workplace } from '../workplace.ts';

/** Events are read in portions, and one answer holds this many bytes of them: ask on from its offset. */
const portion = 2 ** 20;
const mostOfAnswer = 4 * portion;

async function eventsFrom(file: string, start: number): Promise<RunEventsResult> {
  const all: RunEvent[] = [];
  let offset = start;
  while (offset - start < mostOfAnswer) {
    const read = await readEvents(file, offset, portion);
    if (read.offset === offset) break;
    offset = read.offset;
    for (const event of read.events) all.push(event);
    await yieldToOthers();
  }
  return { events: all, offset };
}

class Runs {
  readonly #workplace: Workplace;
  readonly #monitor: RunMonitor;
  readonly #tasks = new TaskRunner();
  readonly #inference = new Inference();
  readonly #stopper: RunStopper;

  constructor(workplace: Workplace) {
    const { connection, projects } = workplace;
    const failed = (error: unknown): void => connection.console.error(stackOf(error));
    this.#workplace = workplace;
    this.#stopper = new RunStopper(failed);
    this.#monitor = new RunMonitor(projects, {
      runsChanged: ({ id }, runs) =>
        void connection.sendNotification(reports.runsChanged, { project: id, runs }),
      scoresChanged: (project) => void project.reload('scores'),
      failed,
    });
  }

  dispose(): void {
    this.#monitor.dispose();
    this.#tasks.dispose();
    this.#inference.dispose();
  }

  async list(id: string) {
    return await this.#monitor.items(await this.#workplace.projects.read(id));
  }

  async estimate(id: string, options: TrainOptions, call: Call) {
    this.#workplace.assertTrusted();
    const { projects, settings } = this.#workplace;
    const request = trainRequest(await projects.read(id), options, settings());
    return await this.#tasks.run({ kind: 'estimate', request }, call);
  }

  async start(id: string, options: TrainOptions, call: Call) {
    this.#workplace.assertTrusted();
    const { projects, settings } = this.#workplace;
    const project = await projects.read(id);
    await project.assertSameFolder();
    const request = trainRequest(project, options, settings());
    const name = newRunName(options.name ?? basename(project.folder));
    const output = await ownRunFolder(project.home, name);
    const task = { kind: 'train', request, output } as const;
    await this.#tasks.run({ kind: 'launch', task, log: logOf(project.home, name) }, call);
    await this.#monitor.look(project);
    return { run: output };
  }

  async resume(run: string, call: Call): Promise<null> {
    this.#workplace.assertTrusted();
    const { project, folder } = await this.#place(run);
    const allowed = await this.#allowedFor(project, folder);
    const log = logOf(project.home, basename(folder));
    const task = { kind: 'resume', run: folder, allowed } as const;
    await this.#tasks.run({ kind: 'launch', task, log }, call);
    await this.#monitor.look(project);
    return null;
  }

  async cancel(run: string): Promise<null> {
    await this.#stopper.stop((await this.#place(run)).folder);
    return null;
  }

  async evaluate(run: string, call: Call) {
    this.#workplace.assertTrusted();
    const { project, folder } = await this.#place(run);
    const allowed = await this.#allowedFor(project, folder);
    const threads = threadsOf(this.#workplace.settings());
    const result = await this.#tasks.run(
      { kind: 'evaluate', run: folder, allowed, ...(threads === undefined ? {} : { threads }) },
      call,
    );
    await this.#monitor.look(project);
    return result;
  }

  async activate(id: string, run: string | null): Promise<null> {
    const project = await this.#workplace.projects.read(id);
    await setInProjectFile(
      await openProject(project.id),
      'activeRun',
      run === null ? undefined : await this.#nameOf(project, run),
    );
    await project.reload('labels');
    await this.#monitor.look(project);
    return null;
  }

  async rename(run: string, name: string): Promise<null> {
    const { project, folder } = await this.#ownPlace(run);
    await renameRun(folder, name);
    await project.reload('scores');
    await this.#monitor.look(project);
    return null;
  }

  async delete(run: string): Promise<null> {
    const { project, folder } = await this.#ownPlace(run);
    await deleteRun(folder, project.home);
    const file = await openProject(project.id);
    // segdec.json must not go on naming what is gone.
    if (file.settings.activeRun === basename(folder)) {
      await setInProjectFile(file, 'activeRun', undefined);
      await project.reload('labels');
    } else await project.reload('scores');
    await this.#monitor.look(project);
    return null;
  }

  async events(run: string, offset: number): Promise<RunEventsResult> {
    return await eventsFrom(runPaths((await this.#place(run)).folder).events, offset);
  }

  async export(run: string, file: string, call: Call) {
    this.#workplace.assertTrusted();
    const { folder } = await this.#place(run);
    if (!isAbsolute(file))
      throw new UserError(`${file} is no absolute path; name the file by one.`);
    const exported = await this.#tasks.run({ kind: 'export', run: folder, file }, call);
    const { checkedImages, largestScoreDifference } = exported;
    return { file: exported.file, checkedImages, largestScoreDifference };
  }

  async predict(id: string, asked: Parameters<typeof predictNamed>[1], call: Call) {
    this.#workplace.assertTrusted();
    const project = await this.#workplace.projects.read(id);
    return await predictNamed(project, asked, call, this.#workplace, this.#inference);
  }

  async doctor(call: Call) {
    this.#workplace.assertTrusted();
    return await this.#tasks.run({ kind: 'doctor' }, call);
  }

  /** Places outside that a run of the project may use. Throws, with a way to ask the person, when it needs another. */
  async #allowedFor({ id }: Project, folder: string): Promise<string[]> {
    const allowed = [...this.#workplace.projects.places.of(id)];
    const { run: file } = runPaths(folder);
    try {
      if ((await readRunFile(file)).kind === 'train') {
        await assertPlacesOf(await readTrainedRunFile(file), folder, allowed);
      }
      return allowed;
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      const { fact, place } = error;
      throw new FixableError(`${fact} and is not used until you say so.`, {
        ...{ title: 'Allow…', command: 'segdec.places.allow' },
        arguments: [{ project: id, file, what: 'dataset', place }],
      });
    }
  }

  /** Of a run that may be changed: segdec.json may name one that lies elsewhere, and that is only read. */
  async #ownPlace(run: string): Promise<RunPlace> {
    const place = await this.#place(run);
    if (place.isOwn) return place;
    throw new UserError(
      `${place.folder} is not among this project's runs; change it in the project that it belongs to.`,
    );
  }

  #place(run: string): Promise<RunPlace> {
    return runPlace(this.#workplace.projects, run);
  }

  /** As segdec.json names a run of the project: by its folder's name, or by the path from the file. */
  async #nameOf(project: Project, run: string): Promise<string> {
    const place = await this.#place(run);
    if (place.project !== project) {
      throw new UserError(`${run} is a run of another folder; choose one of ${project.id}.`);
    }
    if (place.isOwn) return basename(place.folder);
    return relative(project.home, place.folder).split(sep).join('/');
  }
}

/** Registers them. */
export function registerRunHandlers(workplace: Workplace): void {
  const { door, onShutdown } = workplace;
  const runs = new Runs(workplace);
  onShutdown(() => runs.dispose());
  door.handle(requests.runList, ({ project }) => runs.list(project));
  door.handle(requests.runEstimate, ({ project, options }, call) =>
    runs.estimate(project, options, call),
  );
  door.handle(requests.runStart, ({ project, options }, call) =>
    runs.start(project, options, call),
  );
  door.handle(requests.runResume, ({ run }, call) => runs.resume(run, call));
  door.handle(requests.runCancel, ({ run }) => runs.cancel(run));
  door.handle(requests.runEvaluate, ({ run }, call) => runs.evaluate(run, call));
  door.handle(requests.runActivate, ({ project, run }) => runs.activate(project, run));
  door.handle(requests.runRename, ({ run, name }) => runs.rename(run, name));
  door.handle(requests.runDelete, ({ run }) => runs.delete(run));
  door.handle(requests.runEvents, ({ run, offset }) => runs.events(run, offset));
  door.handle(requests.runExport, ({ run, file }, call) => runs.export(run, file, call));
  door.handle(requests.predictFiles, ({ project, ...asked }, call) =>
    runs.predict(project, asked, call),
  );
  door.handle(requests.predictionList, async ({ project }) =>
    listPredictions((await workplace.projects.read(project)).home),
  );
  door.handle(requests.predictionRead, async ({ project, folder }) =>
    readPredictions((await workplace.projects.read(project)).home, folder),
  );
  door.handle(requests.doctorRun, (_, call) => runs.doctor(call));
}
