/**
 * One run followed from outside: what lists show of it. Its folder alone is read, each file only when it has
 * changed and the events only from where they were read before, so that hundreds of runs cost little.
 */
import { counted } from '../../protocol/counted.ts';
import { basename, dirname } from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { UserError } from '../../protocol/errors.ts';
import type { NetworkSpec } from '../../protocol/run.ts';
import type { RunItem, RunState } from '../../protocol/runView.ts';
import { fileStamp } from '../files/fileStamp.ts';
import { assertNoLinks } from '../files/kept.ts';
import { systemSentence } from '../files/readWhole.ts';
import { readEvents, readEventsBackwards } from './eventLog.ts';
import { nothingLearnedIn, readMetricsFile } from './metricsFile.ts';
import { readRunFile } from './runFile.ts';
import type { RunFile } from './runFile.ts';
import { runPaths } from './runFolder.ts';
import type { RunPaths } from './runFolder.ts';
import { HolderWatch } from './holderWatch.ts';
import { after, before, isOver, noProgress } from './runProgress.ts';
import type { RunProgress } from './runProgress.ts';

/** Events of a run that is first seen are looked through backwards, this far. */
const mostLookedBack = 4 * 2 ** 20;
const portion = 2 ** 20;

interface Head {
  readonly name: string;
  readonly created: string;
  readonly epochs: number | null;
  readonly trained: boolean;
  readonly validated: boolean;
  readonly device: string | null;
  readonly network: NetworkSpec;
  readonly threads: number | undefined;
}

export interface RunPace {
  readonly network: NetworkSpec;
  readonly threads: number;
  readonly imagesPerSecond: number;
  readonly isFinished: boolean;
}

type Result = Pick<RunItem, 'split' | 'averagePrecision' | 'nothingLearned'>;

function headOf({ name, created, settings, validation, engine, network }: RunFile): Head {
  const threads = engine?.threads;
  return {
    name,
    created,
    epochs: settings?.epochs ?? null,
    trained: settings !== null,
    validated: validation !== null && validation.on !== 'none',
    device:
      engine === null
        ? null
        : `${engine.engine}, ${engine.device}, ${counted(engine.threads, 'thread')}`,
    network,
    threads,
  };
}

export class RunFollower {
  readonly folder: string;
  readonly #paths: RunPaths;
  readonly #holder: HolderWatch;
  #stamps: readonly (string | undefined)[] = [];
  #head: Head | undefined;
  #problem: string | undefined;
  #result: Result | undefined;
  #progress: RunProgress = noProgress;
  #offset: number | undefined;
  #isHeld = false;

  constructor(folder: string) {
    this.#paths = runPaths(folder);
    this.folder = this.#paths.folder;
    this.#holder = new HolderWatch(this.folder);
  }

  /** Changes when the scores of the run do; '' while it has none. */
  get scoresStamp(): string {
    const [, metrics, , , , scores] = this.#stamps;
    return metrics === undefined ? '' : `${metrics}|${scores ?? ''}`;
  }

  /** True while a process works on it. */
  get isRunning(): boolean {
    return this.#isHeld && !isOver(this.#progress.state);
  }

  /**
   * The network and threads it was trained with, and its pace; undefined while that is not known. The first
   * epoch decodes every image and starts the engine: of a run that did not come further it says little.
   */
  get pace(): RunPace | undefined {
    const { imagesPerSecond, state, epoch = 0 } = this.#progress;
    const isFinished = state === 'finished';
    if (this.#head?.threads === undefined || imagesPerSecond === undefined) return undefined;
    if (!isFinished && epoch < 2) return undefined;
    const { network, threads } = this.#head;
    return { network, threads, imagesPerSecond, isFinished };
  }

  /** Reads what has changed. A run folder that cannot be read says so in its item. */
  async refresh(): Promise<void> {
    const { run, metrics, events, checkpoint, best, scores } = this.#paths;
    const files = [run, metrics, events, checkpoint, best, scores];
    const known = this.#stamps;
    const changed = (i: number): boolean => known.length === 0 || known[i] !== this.#stamps[i];
    try {
      await this.#assertNoLinks();
      this.#stamps = await Promise.all(files.map(fileStamp));
      if (changed(0)) this.#head = headOf(await readRunFile(run));
      if (changed(1)) await this.#readResult();
      if (changed(2)) await this.#readEvents();
      await this.#readHolder();
      this.#problem = undefined;
    } catch (error) {
      const sentence = error instanceof UserError ? error.message : systemSentence(error);
      if (sentence === undefined) throw error;
      this.#problem = sentence;
      // What could not be read is tried again each time: it may be mended without a change of its own.
      this.#stamps = [];
      this.#isHeld = false;
    }
  }

  /** As lists show it. */
  item(active: boolean): RunItem {
    const head = this.#head;
    const place = { run: this.folder, active, hasWeights: this.#hasWeights };
    if (head === undefined || this.#problem !== undefined) {
      return {
        ...place,
        name: head?.name ?? basename(this.folder),
        ...{ state: 'unreadable', created: null, epoch: null, epochs: null, split: null },
        ...{ averagePrecision: null, nothingLearned: null, step: null, device: null },
        ...{ validationAveragePrecision: null, validationNothingLearned: null },
        message: this.#problem ?? null,
        hasWeights: false,
      };
    }
    const { message, validation, step } = this.#progress;
    return {
      ...place,
      name: head.name,
      state: this.#state,
      created: head.created,
      epoch: head.trained ? this.#epoch : null,
      epochs: head.epochs,
      split: this.#result?.split ?? null,
      averagePrecision: this.#result?.averagePrecision ?? null,
      nothingLearned: this.#result?.nothingLearned ?? null,
      validationAveragePrecision: validation?.averagePrecision ?? null,
      validationNothingLearned: validation?.nothingLearned ?? null,
      step: step === undefined || !this.isRunning ? null : stepOf(step),
      device: head.device,
      message: message ?? null,
    };
  }

  get #state(): RunState {
    const { state, step } = this.#progress;
    if (isOver(state)) return state ?? 'stopped';
    if (!this.#isHeld) return 'stopped';
    return state ?? (step === undefined ? 'starting' : 'running');
  }

  get #epoch(): number {
    const { epoch, step } = this.#progress;
    return epoch ?? (step === undefined ? 0 : step.epoch - 1);
  }

  get #hasWeights(): boolean {
    return this.#stamps[3] !== undefined || this.#stamps[4] !== undefined;
  }

  /** None of what may lie in a run folder, nor the folder itself, may be a link. */
  async #assertNoLinks(): Promise<void> {
    const { files, folder, ...inside } = this.#paths;
    for (const path of Object.values(inside)) await assertNoLinks(dirname(folder), path);
  }

  async #readResult(): Promise<void> {
    const file = await readMetricsFile(this.#paths.metrics);
    this.#result = file && {
      split: file.split,
      averagePrecision: file.metrics.averagePrecision,
      nothingLearned: nothingLearnedIn(file),
    };
  }

  async #readEvents(): Promise<void> {
    if (this.#offset === undefined) return await this.#lookBack();
    for (;;) {
      const { events, offset } = await readEvents(this.#paths.events, this.#offset, portion);
      if (offset === this.#offset) return;
      this.#offset = offset;
      this.#progress = events.reduce(after, this.#progress);
      await yieldToOthers();
    }
  }

  async #lookBack(): Promise<void> {
    this.#offset = await readEventsBackwards(this.#paths.events, mostLookedBack, (event) => {
      this.#progress = before(this.#progress, event);
      const { state, epoch, imagesPerSecond, validation } = this.#progress;
      const wantsValidation = this.#head?.validated === true && validation === undefined;
      const isFar = epoch !== undefined && imagesPerSecond !== undefined;
      return state !== undefined && isFar && !wantsValidation;
    });
  }

  async #readHolder(): Promise<void> {
    if (isOver(this.#progress.state)) {
      this.#isHeld = false;
      return;
    }
    this.#isHeld = await this.#holder.isHeld();
    // It may have written its last word and gone since its events were read.
    if (!this.#isHeld) await this.#readEvents();
  }
}

function stepOf(step: NonNullable<RunProgress['step']>): NonNullable<RunItem['step']> {
  const { done, total, segmentationLoss, classificationLoss, imagesPerSecond, etaSeconds } = step;
  return {
    ...{ done, total, segmentationLoss, classificationLoss },
    imagesPerSecond: imagesPerSecond ?? null,
    etaSeconds: etaSeconds ?? null,
  };
}
