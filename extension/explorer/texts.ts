/** The words of the images view. Knows VS Code by its language alone, so that tests can read it. */
import { byCount } from '../../protocol/counted.ts';
import type { Split } from '../../protocol/dataset.ts';
import type {
  ImageFilter,
  ImageGroup,
  ImageItem,
  ImageQuery,
  Sorting,
  SupervisionState,
} from '../../protocol/explorer.ts';
import { shownName } from '../../protocol/explorer.ts';
import type { Outcome } from '../../protocol/run.ts';
import type { Localise } from '../labels/localise.ts';
import type { RangeNode } from './nodes.ts';

const dot = ' · ';
const parts = (...texts: readonly (string | false | undefined)[]): string =>
  texts.filter((text) => typeof text === 'string' && text !== '').join(dot);

export function stateName(state: SupervisionState, l10n: Localise): string {
  switch (state) {
    case 'ok':
      return l10n.t('OK');
    case 'mask':
      return l10n.t('Defective, with mask');
    case 'weak':
      return l10n.t('Defective, without mask');
    case 'unlabelled':
      return l10n.t('Not labelled');
    case 'unknown':
      return l10n.t('Label not known yet');
  }
}

/** As part of a line. */
export function stateWord(state: SupervisionState, l10n: Localise): string {
  switch (state) {
    case 'ok':
      return l10n.t('ok');
    case 'mask':
      return l10n.t('defective, mask');
    case 'weak':
      return l10n.t('defective');
    case 'unlabelled':
      return l10n.t('not labelled');
    case 'unknown':
      return l10n.t('not known yet');
  }
}

export function splitName(split: Split, l10n: Localise): string {
  switch (split) {
    case 'train':
      return l10n.t('Train');
    case 'val':
      return l10n.t('Validation');
    case 'test':
      return l10n.t('Test');
  }
}

export function outcomeName(outcome: Exclude<Outcome, ''>, l10n: Localise): string {
  switch (outcome) {
    case 'TP':
      return l10n.t('defect found (true positive)');
    case 'FP':
      return l10n.t('false alarm (false positive)');
    case 'FN':
      return l10n.t('defect missed (false negative)');
    case 'TN':
      return l10n.t('rightly passed (true negative)');
  }
}

export function sortingName(sortBy: Sorting, l10n: Localise): string {
  switch (sortBy) {
    case 'name':
      return l10n.t('Name');
    case 'score':
      return l10n.t('Score, the highest first');
    case 'uncertainty':
      return l10n.t('Uncertainty, the nearest to the threshold first');
  }
}

export const scoreText = (score: number): string => score.toFixed(3);

/** An image's name without its folders. */
export const fileName = (image: string): string => image.slice(image.lastIndexOf('/') + 1);

/** Characters of a name in a row. A side bar of usual width shows about forty, and cuts what comes last. */
const mostInRow = 26;

/** A name that leaves room for what stands behind it: a long one keeps its start and its end. */
export function inRow(name: string, most = mostInRow): string {
  const characters = Array.from(name);
  if (characters.length <= most) return name;
  const end = Math.ceil((most - 1) / 2);
  const start = most - 1 - end;
  return `${characters.slice(0, start).join('')}…${characters.slice(-end).join('')}`;
}

/** What stands behind the name: `0.987 TP · scratch · reviewed ✓`. */
export function imageDescription(item: ImageItem, l10n: Localise): string {
  const { score, outcome, state, kind, reviewed } = item;
  const verdict =
    score === null
      ? stateWord(state, l10n)
      : `${scoreText(score)} ${outcome === '' ? stateWord(state, l10n) : outcome}`;
  return parts(verdict, kind, reviewed !== '' && l10n.t('reviewed ✓'));
}

/** One sentence for those who hear the tree. */
export function imageSentence(item: ImageItem, l10n: Localise): string {
  const { state, split, score, outcome, kind, reviewed } = item;
  const said = [
    stateName(state, l10n),
    l10n.t('in {0}', splitName(split, l10n)),
    score !== null && l10n.t('score {0}', scoreText(score)),
    outcome !== '' && outcomeName(outcome, l10n),
    kind !== '' && l10n.t('kind {0}', kind),
    reviewed !== '' && l10n.t('reviewed {0}', reviewed),
  ];
  return `${shownName(item)}: ${said.filter((text) => text !== false).join(', ')}.`;
}

/** The lines of a hover: name and value. */
export function imageFacts(item: ImageItem, l10n: Localise): [string, string][] {
  const { state, split, score, outcome, kind, reviewed } = item;
  const facts: [string, string][] = [
    [l10n.t('Label'), stateName(state, l10n)],
    [l10n.t('Split'), splitName(split, l10n)],
  ];
  if (kind !== '') facts.push([l10n.t('Kind'), kind]);
  if (score !== null) facts.push([l10n.t('Score'), scoreText(score)]);
  if (outcome !== '') facts.push([l10n.t('Outcome'), outcomeName(outcome, l10n)]);
  if (reviewed !== '') facts.push([l10n.t('Reviewed'), reviewed]);
  return facts;
}

export function imagesText(count: number, l10n: Localise): string {
  return byCount(count, l10n.t('1 image'), l10n.t('{0} images', count));
}

export function mistakesText(count: number, l10n: Localise): string {
  return byCount(count, l10n.t('1 mistake'), l10n.t('{0} mistakes', count));
}

const isSplit = (name: string): name is Split =>
  name === 'train' || name === 'val' || name === 'test';
const isState = (name: string): name is SupervisionState =>
  ['ok', 'mask', 'weak', 'unlabelled', 'unknown'].includes(name);

export function groupName({ kind, name }: ImageGroup, l10n: Localise): string {
  if (kind === 'split' && isSplit(name)) return splitName(name, l10n);
  if (kind === 'state' && isState(name)) return stateName(name, l10n);
  return name;
}

/** `120 · 3 mistakes`. */
export function groupDescription({ images, mistakes }: ImageGroup, l10n: Localise): string {
  return parts(String(images), mistakes > 0 && mistakesText(mistakes, l10n));
}

export function groupSentence(group: ImageGroup, l10n: Localise): string {
  const { images, mistakes } = group;
  const counts = [imagesText(images, l10n), mistakes > 0 && mistakesText(mistakes, l10n)];
  const said = counts.filter((text) => text !== false).join(', ');
  return `${groupName(group, l10n)}: ${said}.`;
}

/** `501–1000`. */
export const rangeName = ({ offset, count }: Pick<RangeNode, 'offset' | 'count'>): string =>
  `${offset + 1}–${offset + count}`;

/** What lies between the ends: names, or scores where the images are sorted by them. */
export function rangeDescription({ ends }: Pick<RangeNode, 'ends'>, sortBy: Sorting): string {
  if (ends === undefined) return '';
  const { first, last } = ends;
  const [from, to] = [first.score, last.score];
  if (sortBy !== 'name' && from !== null) {
    return `${scoreText(from)} … ${to === null ? '–' : scoreText(to)}`;
  }
  return `${shownName(first)} … ${shownName(last)}`;
}

/** The filter in a line; '' for none. */
export function filterText(filter: ImageFilter, l10n: Localise): string {
  const { states = [], outcomes = [], kinds = [], reviewed, text = '' } = filter;
  return parts(
    states.map((state) => stateWord(state, l10n)).join(', '),
    outcomes.join(', '),
    kinds.join(', '),
    reviewed === true && l10n.t('reviewed'),
    reviewed === false && l10n.t('not reviewed'),
    text !== '' && `"${text}"`,
  );
}

/** Behind the view's title: which dataset (where there are several), what of it, in which order. */
export function queryText(
  { filter, sortBy }: ImageQuery,
  project: string | undefined,
  l10n: Localise,
): string {
  const order = {
    name: undefined,
    score: l10n.t('by score'),
    uncertainty: l10n.t('by uncertainty'),
  };
  return parts(project, filterText(filter, l10n), order[sortBy]);
}
