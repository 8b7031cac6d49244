/** The run at a glance: its name and state, how far and how fast it is, and what can be done with it. */
import type { NothingLearned } from '../../protocol/learning.ts';
import type { RunItem } from '../../protocol/runView.ts';
import type { TrainingAction, TrainingWords } from '../../protocol/webview.ts';
import { button, icon, make, setText } from '../widgets/dom.ts';
import { countText, fill, scoreText } from '../widgets/texts.ts';
import type { History } from './history.ts';
import { bestOf, secondsOf } from './history.ts';

const stateIcons: Readonly<Record<RunItem['state'] | 'gone', string>> = {
  starting: 'loading',
  running: 'sync',
  finished: 'pass-filled',
  failed: 'error',
  cancelled: 'circle-slash',
  stopped: 'debug-disconnect',
  unreadable: 'question',
  gone: 'trash',
};

export const isRunning = ({ state }: RunItem): boolean =>
  state === 'running' || state === 'starting';

/** It ended before its last epoch and has all that it needs to go on. */
const isResumable = ({ state }: RunItem): boolean =>
  state === 'cancelled' || state === 'stopped' || state === 'failed';

/** Seconds as people say them: 42 s, 3:05 min, 1:12 h. */
export function durationText(seconds: number, words: TrainingWords): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (whole < 60) return fill(words.seconds, String(whole));
  if (whole < 3600) return fill(words.minutes, `${Math.floor(whole / 60)}:${two(whole % 60)}`);
  return fill(words.hours, `${Math.floor(whole / 3600)}:${two((whole % 3600) / 60)}`);
}

/** A pace that reads well: 1,240, 12.4 or 0.87. */
function paceText(value: number): string {
  return value >= 100 ? countText(Math.round(value)) : value.toPrecision(3);
}

type FactName = 'epoch' | 'timeLeft' | 'took' | 'stepTime' | 'pace' | 'best' | 'score' | 'device';

/** A figure, and in words where it means nothing. */
const withMeaning = (text: string, why: NothingLearned | null, words: TrainingWords): string =>
  why === null ? text : `${text}: ${words[`${why}Scores`]}`;

/** The facts that there are, in the order they are shown. */
export function factsOf(
  run: RunItem,
  history: History,
  words: TrainingWords,
): [FactName, label: string, value: string][] {
  const facts: [FactName, string, string][] = [];
  const add = (name: FactName, value: string | undefined, label: string = words[name]): void => {
    if (value !== undefined) facts.push([name, label, value]);
  };
  const running = isRunning(run);
  const epochs = run.epochs ?? history.plannedEpochs;
  const finished = Math.max(run.epoch ?? 0, history.epochs.at(-1)?.epoch ?? 0);
  const current = running ? Math.min(epochs ?? finished + 1, finished + 1) : finished;
  if (epochs !== undefined)
    add('epoch', fill(words.epochOf, countText(current), countText(epochs)));
  const left = running ? (history.etaSeconds ?? run.step?.etaSeconds ?? undefined) : undefined;
  if (left !== undefined) add('timeLeft', durationText(left, words));
  const seconds = secondsOf(history);
  if (seconds > 0) add('took', durationText(seconds, words));
  const rate = history.imagesPerSecond ?? run.step?.imagesPerSecond ?? 0;
  if (rate > 0) {
    add('stepTime', fill(words.perImage, paceText(1000 / rate)));
    add('pace', fill(words.perSecond, paceText(rate)));
  }
  const best = bestOf(history);
  if (best !== undefined) {
    const text = `${scoreText(best.value)} (${words.epoch} ${countText(best.epoch)})`;
    add('best', withMeaning(text, best.nothingLearned, words));
  }
  if (run.averagePrecision !== null) {
    const text = withMeaning(scoreText(run.averagePrecision), run.nothingLearned, words);
    add('score', text, fill(words.score, run.split ?? ''));
  }
  add('device', run.device ?? undefined);
  return facts;
}

/** What can be done with a run; all but opening its folder and stopping it needs trust. */
export function actionsOf(run: RunItem, trusted: boolean): TrainingAction[] {
  const running = isRunning(run);
  const actions: TrainingAction[] = [];
  if (running) actions.push('cancel');
  if (isResumable(run) && trusted) actions.push('resume');
  if (run.hasWeights && !running && trusted) actions.push('evaluate');
  if (run.hasWeights && !run.active) actions.push('activate');
  actions.push('openFolder');
  if (!running) actions.push('rename', 'delete');
  return actions;
}

const actionIcons: Readonly<Partial<Record<TrainingAction, string>>> = {
  cancel: 'debug-stop',
  resume: 'debug-continue',
  evaluate: 'beaker',
  activate: 'star-empty',
  openFolder: 'folder-opened',
  rename: 'edit',
  delete: 'trash',
};

export class Header {
  readonly element: HTMLElement;
  readonly #words: TrainingWords;
  readonly #act: (action: TrainingAction) => void;
  readonly #name = make('h1', {});
  readonly #state = make('span', { class: 'run-state', role: 'status' });
  readonly #active = make('span', { class: 'run-active', hidden: true });
  readonly #actions = make('div', { class: 'actions' });
  readonly #progress = make('progress', { max: 1, value: 0, 'aria-hidden': 'true' });
  readonly #facts = make('dl', { class: 'run-facts' });
  #shownActions = '';
  #shownState = '';

  constructor(words: TrainingWords, name: string, act: (action: TrainingAction) => void) {
    this.#words = words;
    this.#act = act;
    setText(this.#name, name);
    setText(this.#state, words.waiting);
    this.#active.append(icon('star-full'), words.active);
    this.element = make(
      'header',
      { class: 'run-header' },
      make(
        'div',
        { class: 'run-title' },
        ...[
          this.#name,
          this.#state,
          this.#active,
          make('span', { class: 'spring' }),
          this.#actions,
        ],
      ),
      ...[this.#progress, this.#facts],
    );
  }

  rename(name: string): void {
    setText(this.#name, name);
  }

  show(run: RunItem, trusted: boolean, history: History): void {
    this.#showState(run.state);
    this.#active.hidden = !run.active;
    this.#showActions(actionsOf(run, trusted));
    const epochs = run.epochs ?? history.plannedEpochs ?? 0;
    const { stepTotal, steps } = history;
    const within = isRunning(run) && stepTotal > 0 ? (steps.at(-1)?.done ?? 0) / stepTotal : 0;
    const finished = Math.max(run.epoch ?? 0, history.epochs.at(-1)?.epoch ?? 0);
    this.#progress.value = epochs === 0 ? 0 : Math.min(1, (finished + (within % 1)) / epochs);
    this.#showFacts(factsOf(run, history, this.#words));
  }

  /** The run is not there any more: what it was stays to be read, and nothing can be done with it. */
  gone(): void {
    this.#showState('gone');
    this.#active.hidden = true;
    this.#showActions([]);
  }

  #showState(state: RunItem['state'] | 'gone'): void {
    if (state === this.#shownState) return;
    this.#shownState = state;
    this.#state.dataset['state'] = state;
    this.#state.replaceChildren(icon(stateIcons[state]), this.#words[state]);
  }

  /** Buttons are made anew only when others are due: the one with the focus stays. */
  #showActions(actions: readonly TrainingAction[]): void {
    const key = actions.join();
    if (key === this.#shownActions) return;
    this.#shownActions = key;
    const hadFocus = this.#actions.contains(document.activeElement);
    const buttons = actions.map((action) =>
      button({
        label: this.#words[action],
        icon: actionIcons[action] ?? 'circle',
        primary: action === 'resume',
        press: () => this.#act(action),
      }),
    );
    this.#actions.replaceChildren(...buttons);
    if (hadFocus) buttons[0]?.focus();
  }

  #showFacts(facts: ReturnType<typeof factsOf>): void {
    const known = new Map(
      [...this.#facts.children].map((fact) => [fact.getAttribute('data-fact'), fact]),
    );
    const elements = facts.map(([name, label, value]) => {
      const fact = known.get(name) ?? make('div', { 'data-fact': name }, make('dt'), make('dd'));
      const [term, details] = fact.children;
      if (term !== undefined) setText(term, label);
      if (details !== undefined) setText(details, value);
      return fact;
    });
    this.#facts.replaceChildren(...elements);
  }
}
