/** What is said of a run in a line: pure, for the view, the status bar and notifications. */
import { byCount } from '../../protocol/counted.ts';
import type { NothingLearned } from '../../protocol/learning.ts';
import type { RunItem, RunState } from '../../protocol/runView.ts';
import { plainText } from '../../protocol/plainText.ts';
import type { Localise } from '../labels/localise.ts';

/** Seconds as people say them: 42 s, 3:05 min, 1:12 h. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))} h`;
}

/** Bytes in GiB with one decimal. */
export const gibibyteText = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

/** A figure 0..1 with three decimals, or a dash. */
export const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

export const isRunning = ({ state }: RunItem): boolean =>
  state === 'running' || state === 'starting';

/** It stopped before its last epoch and has all that it needs to go on. */
export const isResumable = ({ state }: RunItem): boolean =>
  state === 'cancelled' || state === 'stopped' || state === 'failed';

/** A state in words. */
export function stateName(state: RunState, l10n: Localise): string {
  const names: Readonly<Record<RunState, string>> = {
    starting: l10n.t('starting'),
    running: l10n.t('running'),
    finished: l10n.t('finished'),
    failed: l10n.t('failed'),
    cancelled: l10n.t('cancelled'),
    stopped: l10n.t('stopped'),
    unreadable: l10n.t('cannot be read'),
  };
  return names[state];
}

/** Why an average precision means nothing, as it stands beside it. */
export function nothingLearnedText(why: NothingLearned, l10n: Localise): string {
  const texts: Readonly<Record<NothingLearned, string>> = {
    equal: l10n.t('has learned nothing: all scores are equal'),
    chance: l10n.t('has learned nothing: no better than guessing'),
    reversed: l10n.t('has learned nothing: good images score higher'),
  };
  return texts[why];
}

/** How far a run is: epoch, validation, time left. */
export function progressText(run: RunItem, l10n: Localise): string {
  if (run.epochs === null) return l10n.t('imported');
  const epoch = Math.min((run.epoch ?? 0) + 1, run.epochs);
  const parts = [l10n.t('epoch {0}/{1}', epoch, run.epochs)];
  if (run.validationAveragePrecision !== null) {
    parts.push(l10n.t('AP {0}', figure(run.validationAveragePrecision)));
    const nothing = run.validationNothingLearned;
    if (nothing !== null) parts.push(nothingLearnedText(nothing, l10n));
  }
  const left = run.step?.etaSeconds ?? null;
  if (left !== null) parts.push(l10n.t('{0} left', durationText(left)));
  else if (run.step !== null) parts.push(l10n.t('time left not known yet'));
  else if (run.message !== null && run.message !== '' && !run.message.startsWith('Run folder')) {
    parts.push(plainText(run.message));
  }
  return parts.join(' · ');
}

/** What stands beside a run's name. */
export function descriptionOf(run: RunItem, l10n: Localise): string {
  const parts: string[] = [];
  if (isRunning(run)) parts.push(progressText(run, l10n));
  else {
    if (run.state !== 'finished') parts.push(stateName(run.state, l10n));
    if (run.averagePrecision !== null) {
      const value = figure(run.averagePrecision);
      parts.push(
        run.split === null ? l10n.t('AP {0}', value) : l10n.t('AP {0} on {1}', value, run.split),
      );
      if (run.nothingLearned !== null) parts.push(nothingLearnedText(run.nothingLearned, l10n));
    }
    if (run.epochs === null) parts.push(l10n.t('imported weights'));
    else if (run.state === 'finished') {
      parts.push(byCount(run.epochs, l10n.t('1 epoch'), l10n.t('{0} epochs', run.epochs)));
    } else parts.push(l10n.t('epochs: {0}/{1}', run.epoch ?? 0, run.epochs));
  }
  // Last: a narrow view cuts lines at their end, and the star says it as well.
  if (run.active) parts.push(l10n.t('scores shown'));
  return parts.join(' · ');
}

/** Words that the menus' conditions look for. */
export function contextOf(run: RunItem): string {
  const words = ['run', isRunning(run) ? 'running' : 'ended'];
  if (isResumable(run)) words.push('resumable');
  if (run.hasWeights) words.push('weights');
  if (run.active) words.push('active');
  return words.join(' ');
}

/** Codicon of each state: shapes differ, not colours alone. */
export const stateIcons: Readonly<Record<RunState, string>> = {
  starting: 'loading~spin',
  running: 'sync~spin',
  finished: 'pass-filled',
  failed: 'error',
  cancelled: 'circle-slash',
  stopped: 'debug-disconnect',
  unreadable: 'question',
};

/** The name of a run folder without its time and its last four letters, or a name that somebody gave. */
export function shortName(run: Pick<RunItem, 'name'>): string {
  const parts = /^\d{8}T\d{6}Z-(.+)-([0-9a-f]{4})$/.exec(run.name);
  return parts === null ? run.name : `${parts[1] ?? ''} ${parts[2] ?? ''}`;
}
