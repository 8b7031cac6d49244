/** A training view's page with the extension's own session behind it, on a run in memory. */
import type { Browser } from 'playwright-core';
import { vi } from 'vitest';
import { reports } from '../../../protocol/messages.ts';
import type { RunEvent, RunEventBody } from '../../../protocol/run.ts';
import type { RunItem } from '../../../protocol/runView.ts';
import type { FromTraining, ToTraining } from '../../../protocol/webview.ts';
import { fromTraining } from '../../../protocol/webview.ts';
import { shortName } from '../../../extension/runs/runTexts.ts';
import { TrainingSession } from '../../../extension/training/trainingSession.ts';
import { seededRandom } from '../../support/random.ts';
import { Emitter } from './emitter.ts';
import { FakeServer, isAway, project } from './fakeServer.ts';
import type { OpenOptions } from './viewPage.ts';
import { ViewPage } from './viewPage.ts';

vi.mock('vscode', () => ({ l10n: { t: (text: string) => text } }));

export const run = `${project}/.segdec/runs/20261124T101500Z-all masks-3fa9`;
const imagesAnEpoch = 492;

export function runItem(part: Partial<RunItem> = {}): RunItem {
  return {
    ...{ run, name: '20261124T101500Z-all masks-3fa9', state: 'running' },
    ...{ created: '2026-11-24T10:15:00Z', epoch: 0, epochs: 50, split: 'test' },
    ...{ averagePrecision: null, validationAveragePrecision: null, step: null },
    ...{ nothingLearned: null, validationNothingLearned: null },
    ...{ device: 'onnx, CPU (8 threads)', message: null, active: false, hasWeights: true },
    ...part,
  };
}

/** Events of a run that learns, the same each time. */
export class RunWriter {
  readonly #random = seededRandom(3);
  readonly #epochs: number;
  #time = Date.parse('2026-11-24T10:15:00Z');
  readonly events: RunEvent[] = [];

  constructor(epochs = 50) {
    this.#epochs = epochs;
  }

  say(body: RunEventBody): void {
    this.#time += 900;
    this.events.push({ t: new Date(this.#time).toISOString(), ...body });
  }

  start(): this {
    this.say({ kind: 'state', state: 'starting', message: `Run folder ${run}` });
    this.say({
      kind: 'state',
      state: 'running',
      message:
        'Training on 246 defective images (53 with masks) and 246 good at 232x640x3, variant paper, epochs: 50.',
    });
    return this;
  }

  steps(epoch: number, count: number): this {
    for (let i = 1; i <= count; i += 1) {
      const done = Math.round((imagesAnEpoch * i) / count);
      this.say({
        ...{ kind: 'step', epoch, done, total: imagesAnEpoch },
        ...this.#losses(epoch - 1 + i / count),
        ...{ imagesPerSecond: 5.4 + this.#random(), etaSeconds: (this.#epochs - epoch) * 91 },
      });
    }
    return this;
  }

  epoch(epoch: number): this {
    const { segmentationLoss, classificationLoss } = this.#losses(epoch);
    const lambda = 1 - epoch / this.#epochs;
    this.say({
      ...{ kind: 'epoch', epoch, epochs: this.#epochs, segmentationLoss, classificationLoss },
      ...{ loss: lambda * segmentationLoss + (1 - lambda) * classificationLoss, lambda },
      ...{ seconds: 88 + 6 * this.#random(), imagesPerSecond: 5.4 },
    });
    if (epoch % 5 === 0) {
      const averagePrecision = Math.min(
        0.99,
        0.4 + 0.55 * (1 - Math.exp(-epoch / 12)) + 0.04 * (this.#random() - 0.5),
      );
      this.say({ kind: 'validation', epoch, split: 'val', averagePrecision });
    }
    this.say({ kind: 'checkpoint', epoch, file: 'checkpoint.safetensors' });
    return this;
  }

  epochs(from: number, to: number): this {
    for (let epoch = from; epoch <= to; epoch += 1) this.epoch(epoch);
    return this;
  }

  #losses(at: number): { segmentationLoss: number; classificationLoss: number } {
    const decay = Math.exp((-4 * at) / this.#epochs);
    const noise = (): number => 0.9 + 0.2 * this.#random();
    return {
      segmentationLoss: 0.62 * decay * noise() + 0.01,
      classificationLoss: (0.69 * decay ** 1.4 + 0.02) * noise(),
    };
  }
}

export interface TrainingFixture {
  readonly server: FakeServer;
  readonly writer: RunWriter;
  readonly acted: string[];
  readonly warnings: string[];
  readonly view: ViewPage<ToTraining, FromTraining>;
  /** What the server tells of the run from now on. */
  tell(part: Partial<RunItem>): void;
}

export type TrainingPageOptions = Partial<OpenOptions<ToTraining, FromTraining>>;

export async function openTraining(
  browser: Browser,
  writer: RunWriter,
  item: RunItem,
  page: TrainingPageOptions = {},
): Promise<TrainingFixture> {
  const { trainingWordsNow, absenceWords } = await import('../../../extension/training/words.ts');
  const server = new FakeServer([]);
  server.runs = [item];
  server.events = writer.events;
  const record = { acted: [] as string[], warnings: [] as string[] };
  const view = await ViewPage.open<ToTraining, FromTraining>(browser, {
    bundle: 'training',
    incoming: fromTraining,
    ...page,
    serve: (port) =>
      new TrainingSession({ run, name: 'all masks 3fa9' }, port, {
        ...{ server, projects: server.projects, shortName, isAway, pause: 40 },
        words: trainingWordsNow(),
        absence: absenceWords(),
        trusted: () => true,
        onTrusted: new Emitter<void>().event,
        act: (action, which) => record.acted.push(`${action} ${which}`),
        warn: (problem) => record.warnings.push(problem),
      }),
  });
  const tell = (part: Partial<RunItem>): void => {
    server.runs = server.runs.map((known) => ({ ...known, ...part }));
    server.report(reports.runsChanged, { project, runs: server.runs });
  };
  return { server, writer, view, tell, ...record };
}
