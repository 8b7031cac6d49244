/** What a hover says of an image: its pictures and a line of facts. Names are hostile, so all of it is escaped. */
import type { Label } from '../../../../protocol/dataset.ts';
import type { ImageItem, SupervisionState } from '../../../../protocol/explorer.ts';
import { uriOf } from '../places.ts';

/** Every mark that Markdown may read, so that none is; line breaks and controls become blanks. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/[!-/:-@[-`{-~]/g, (mark) => `\\${mark}`);
}

/** A file as an address inside Markdown's brackets. */
export const addressOf = (file: string): string =>
  uriOf(file).replace(
    /[()<>|\\`'*_[\]!~]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const labels: Readonly<Record<Label, string>> = {
  ok: 'ok',
  defective: 'defective',
  unlabelled: 'not labelled',
  unknown: 'label still being read',
};
const supervision: Readonly<Partial<Record<SupervisionState, string>>> = {
  mask: 'with a mask',
  weak: 'by its label alone',
};
const outcomes: Readonly<Record<string, string>> = {
  TP: 'TP (found)',
  FP: 'FP (false alarm)',
  FN: 'FN (missed)',
  TN: 'TN (rightly good)',
};

export interface ActiveRunWords {
  readonly name: string;
  readonly threshold: number;
}

/** The facts in the order that they are read in. */
export function factsOf(item: ImageItem, run: ActiveRunWords | undefined): string[] {
  const kind = item.kind === '' ? '' : ` (${item.kind})`;
  const facts = [`${labels[item.label]}${kind}`, item.split];
  const how = supervision[item.state];
  if (how !== undefined) facts.push(how);
  if (item.reviewed !== '') facts.push(`reviewed ${item.reviewed}`);
  if (item.score === null || run === undefined) return facts;
  const outcome = outcomes[item.outcome];
  const limit = run.threshold.toFixed(3);
  facts.push(`score ${item.score.toFixed(3)} of run ${run.name} (threshold ${limit})`);
  if (outcome !== undefined) facts.push(outcome);
  return facts;
}

export interface CardPictures {
  /** Absolute paths of pictures in the cache. */
  readonly files: readonly string[];
  /** Points wide at most; undefined for a client that does not know `|width=`. */
  readonly width: number | undefined;
}

/** The hover in Markdown. */
export function markdownCard(
  file: string,
  item: ImageItem,
  run: ActiveRunWords | undefined,
  { files, width }: CardPictures,
): string {
  const size = width === undefined ? '' : `|width=${width}`;
  const name = escapeMarkdown(item.image);
  const pictures = files.map((picture) => `![${name}](${addressOf(picture)}${size})`);
  const facts = factsOf(item, run).map(escapeMarkdown);
  return [
    ...(pictures.length === 0 ? [] : [pictures.join(' ')]),
    `[${name}](${addressOf(file)})`,
    facts.join(' · '),
  ].join('\n\n');
}

/** The hover for a client that shows plain text alone. */
export function plainCard(item: ImageItem, run: ActiveRunWords | undefined): string {
  const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
  return `${clean(item.image)}\n${clean(factsOf(item, run).join(', '))}`;
}
