/** The training view: header, charts and messages, drawn at most once a frame from the run's history. */
import type { RunItem } from '../../protocol/runView.ts';
import type { FromTraining, ToTraining, TrainingWords } from '../../protocol/webview.ts';
import { Chart } from '../widgets/chart.ts';
import { make } from '../widgets/dom.ts';
import { createStatusBar } from '../widgets/statusBar.ts';
import { countText, fill, lossText, scoreText } from '../widgets/texts.ts';
import { Header, isRunning } from './header.ts';
import type { History } from './history.ts';
import { emptyHistory, withEvents } from './history.ts';
import { MessageList } from './messageList.ts';

export class TrainingApp {
  readonly #words: TrainingWords;
  readonly #header: Header;
  readonly #status: ReturnType<typeof createStatusBar>;
  readonly #messages: MessageList;
  readonly #losses: Chart;
  readonly #steps: Chart;
  readonly #validation: Chart;
  #history: History = emptyHistory;
  #run: RunItem | undefined;
  #trusted = false;
  /** The run is not there any more. */
  #isGone = false;
  #drawing = false;

  constructor(
    root: HTMLElement,
    post: (message: FromTraining) => void,
    words: TrainingWords,
    name: string,
  ) {
    this.#words = words;
    this.#header = new Header(words, name, (action) => post({ type: 'action', action }));
    this.#messages = new MessageList(words);
    this.#status = createStatusBar({
      ...words,
      act: (action) => post({ type: 'action', action }),
    });
    const { segmentation, classification, total } = words;
    const common = { words, format: lossText };
    this.#losses = new Chart({
      ...{ ...common, id: 'losses', title: words.losses, xName: words.epoch },
      curves: [total, segmentation, classification],
    });
    this.#steps = new Chart({
      ...{ ...common, id: 'steps', title: words.steps, xName: words.trained },
      curves: [segmentation, classification],
    });
    this.#validation = new Chart({
      ...{ words, id: 'validation', title: words.validation, xName: words.epoch },
      ...{ format: scoreText, limits: [0, 1] },
      curves: [words.averagePrecision],
    });
    const charts = [this.#losses, this.#validation, this.#steps].map(({ element }) => element);
    root.replaceChildren(
      ...[this.#status.element, this.#header.element],
      ...[make('div', { class: 'charts' }, ...charts), this.#messages.element],
    );
    this.#draw();
  }

  take(message: Exclude<ToTraining, { type: 'start' }>): void {
    switch (message.type) {
      case 'status':
        this.#status.show(message.status);
        this.#isGone = message.status.state === 'gone';
        this.#drawSoon();
        return;
      case 'run':
        this.#run = message.run;
        this.#trusted = message.trusted;
        this.#drawSoon();
        return;
      case 'events':
        this.#history = withEvents(message.reset ? emptyHistory : this.#history, message.events);
        this.#drawSoon();
    }
  }

  #drawSoon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw();
    });
  }

  #draw(): void {
    const run = this.#run;
    if (this.#isGone) this.#header.gone();
    else if (run !== undefined) this.#header.show(run, this.#trusted, this.#history);
    this.#messages.show(this.#history);
    this.#drawLosses();
    this.#drawValidation();
    this.#drawSteps(run);
  }

  #drawLosses(): void {
    const { epochs } = this.#history;
    this.#losses.show(
      {
        x: epochs.map(({ epoch }) => epoch),
        columns: [
          epochs.map(({ loss }) => loss),
          epochs.map(({ segmentation }) => segmentation),
          epochs.map(({ classification }) => classification),
        ],
      },
      { text: this.#words.lossesText, empty: this.#empty('noData') },
    );
  }

  #drawValidation(): void {
    const { epochs, validatedOn } = this.#history;
    const rows = epochs.filter(({ averagePrecision }) => averagePrecision !== undefined);
    this.#validation.show(
      {
        x: rows.map(({ epoch }) => epoch),
        columns: [rows.map(({ averagePrecision }) => averagePrecision ?? null)],
      },
      {
        text: validatedOn === undefined ? '' : fill(this.#words.validationText, validatedOn),
        empty: this.#empty('noValidation'),
      },
    );
  }

  /** Why there is nothing to draw: nothing yet, or nothing any more. */
  #empty(what: 'noData' | 'noValidation'): string {
    const { noData, noDataEnded, noDataImported, noValidation, noValidationEnded } = this.#words;
    const run = this.#run;
    if (run === undefined || isRunning(run)) return { noData, noValidation }[what];
    if (run.state !== 'unreadable' && run.epochs === null) return noDataImported;
    return { noData: noDataEnded, noValidation: noValidationEnded }[what];
  }

  #drawSteps(run: RunItem | undefined): void {
    const { steps, stepEpoch } = this.#history;
    this.#steps.element.hidden = run === undefined || !isRunning(run);
    this.#steps.show(
      {
        x: steps.map(({ done }) => done),
        columns: [
          steps.map(({ segmentation }) => segmentation),
          steps.map(({ classification }) => classification),
        ],
      },
      {
        text: steps.length === 0 ? '' : fill(this.#words.stepsText, countText(stepEpoch)),
        empty: this.#empty('noData'),
      },
    );
  }
}
