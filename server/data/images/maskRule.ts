/**
 * The rule of masks: what is not 0 is marked, where values are labels; what is above half of the largest value, where
 * they are shades (smooth edges, JPEG). A palette counts by its colours, transparent pixels count nothing.
 */
import { byCount, counted } from '../../../protocol/counted.ts';
import type { MaskFile } from './maskRows.ts';
import type { MaskNote } from './messages.ts';
import type { Colour } from './pngPalette.ts';
import type { ValueSurvey } from './valueSurvey.ts';

export interface ValueRule {
  /** Of a value as the file gives it. */
  readonly isMarked: (value: number, isSeen: boolean) => boolean;
  readonly notes: readonly MaskNote[];
}

/** Numbers up to here are labels: no program draws shades so dark. */
const mostLabel = 32;
/** Of labels, this share of the values fills areas; of shades, none but the lightest does. */
const flatShare = 0.8;
const mostLabels = 256;

const isBlack = ([red, green, blue]: Colour): boolean => red + green + blue === 0;
const isGrey = ([red, green, blue]: Colour): boolean => red === green && green === blue;
const note = (kind: MaskNote['kind'], text: string): MaskNote => ({
  ...{ kind, text },
  severity: 'warning',
});

interface Shades {
  /** The shade of a value as the file gives it; 0 is unmarked. */
  readonly of: (value: number) => number;
  /** True where each shade is a label by its colour. */
  readonly areLabels: boolean;
  readonly notes: readonly MaskNote[];
}

/** What the values of a palette are as shades. */
function paletteShades(palette: readonly Colour[], used: readonly number[]): Shades {
  const lightest = palette.map((colour) => Math.max(...colour));
  const [background = [0, 0, 0]] = palette;
  const colours = used.map((index) => palette[index] ?? background);
  const areLabels = !colours.every(isGrey);
  if (!isBlack(background)) {
    const isPlain = colours.every((colour) => isBlack(colour) || colour.every((c) => c === 255));
    const text = `has a palette that shows the value 0 as the colour ${background.join(', ')}; colours count, and what is not black is marked`;
    const notes = isPlain || !used.includes(0) ? [] : [note('mask-palette', text)];
    return { of: (index) => lightest[index] ?? 0, areLabels, notes };
  }
  const hidden = used.filter((index) => index !== 0 && isBlack(palette[index] ?? background));
  if (hidden.length === 0) return { of: (index) => lightest[index] ?? 0, areLabels, notes: [] };
  const text = `has a palette that shows ${byCount(hidden.length, `the value ${hidden[0] ?? 0}`, `${hidden.length} values besides 0`)} as black; values count, and what is not 0 is marked: give it a palette of its own, or save it in grey`;
  return {
    of: (index) => (hidden.includes(index) ? 255 : (lightest[index] ?? 0)),
    areLabels: true,
    notes: [note('mask-palette', text)],
  };
}

const sumOf = (entries: readonly (readonly [number, number])[]): number =>
  entries.reduce((sum, [, pixels]) => sum + pixels, 0);

/** Which pixels are left by their transparency. */
function alphaRule(
  survey: ValueSurvey,
  shades: Shades,
): { readonly counts: 'seen' | 'all' | 'visible'; readonly notes: readonly MaskNote[] } {
  const { seen, hidden } = survey;
  if (hidden.length === 0) return { counts: 'seen', notes: [] };
  if (seen.length === 0) {
    const text = 'is transparent everywhere; its colours count all the same';
    return { counts: 'all', notes: [note('mask-alpha', text)] };
  }
  if (seen.every(([value]) => shades.of(value) === 0)) {
    const text = 'is black wherever it is not transparent; what can be seen of it counts as marked';
    return { counts: 'visible', notes: [note('mask-alpha', text)] };
  }
  const lost = sumOf(hidden.filter(([value]) => shades.of(value) > 0));
  const text = `has ${counted(lost, 'coloured pixel that is transparent and does', 'coloured pixels that are transparent and do')} not count as marked`;
  return { counts: 'seen', notes: lost === 0 ? [] : [note('mask-alpha', text)] };
}

/** Shades from which on (without it) pixels are marked, and what that assumed. */
function limitOf(
  file: MaskFile,
  survey: ValueSurvey,
  shades: Shades,
  values: readonly (readonly [value: number, pixels: number])[],
): { readonly limit: number; readonly notes: readonly MaskNote[] } {
  const found = [...new Set(values.map(([value]) => shades.of(value)))].filter((s) => s > 0);
  const marked = values.filter(([value]) => shades.of(value) > 0);
  const largest = Math.max(0, ...found);
  const below = marked.filter(([value]) => shades.of(value) <= largest / 2);
  if (below.length === 0) return { limit: 0, notes: [] };
  const areWhole = found.every(Number.isInteger);
  const isLabel = ([value]: readonly [number, number]): boolean => survey.isFlat(value);
  const areLabels =
    shades.areLabels ||
    (!file.isLossy &&
      ((areWhole && largest <= mostLabel) ||
        (marked.length <= mostLabels &&
          marked.filter(isLabel).length >= flatShare * marked.length)));
  const many = marked.length > 255 ? '256 or more' : marked.length + 1;
  if (areLabels) {
    const text = `has ${many} values instead of two, taken for labels; every value but 0 counts as marked: save it with 0 and 255 alone if that is wrong`;
    return { limit: 0, notes: [note('mask-values', text)] };
  }
  const half = Number((largest / 2).toPrecision(4));
  const text = `has ${many} values instead of two, as smooth edges and JPEG give; those above half of the largest (${half}) count as marked, ${counted(sumOf(below), 'pixel below it does', 'pixels below it do')} not: save it as PNG with 0 and 255 alone`;
  return { limit: largest / 2, notes: [note('mask-values', text)] };
}

/** How a file's values are to be read. */
export function valueRule(file: MaskFile, survey: ValueSurvey): ValueRule {
  const all = [...survey.seen, ...survey.hidden];
  const shades: Shades =
    file.palette === undefined
      ? { of: (value) => value, areLabels: false, notes: [] }
      : paletteShades(
          file.palette,
          [...new Set(all.map(([value]) => value))].sort((a, b) => a - b),
        );
  const { counts, notes } = alphaRule(survey, shades);
  if (counts === 'visible') {
    return { isMarked: (_, isSeen) => isSeen, notes: [...shades.notes, ...notes] };
  }
  const { limit, notes: valueNotes } = limitOf(
    file,
    survey,
    shades,
    counts === 'all' ? all : survey.seen,
  );
  return {
    isMarked: (value, isSeen) => (isSeen || counts === 'all') && shades.of(value) > limit,
    notes: [...shades.notes, ...notes, ...valueNotes],
  };
}
