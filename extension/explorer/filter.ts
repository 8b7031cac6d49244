/** Filters as a list of things to tick, and back. */
import type { ImageFilter } from '../../protocol/explorer.ts';
import { supervisionStates } from '../../protocol/explorer.ts';

export const outcomes = ['FN', 'FP', 'TP', 'TN'] as const;

/** One thing that can be ticked. */
export type FilterChoice =
  | { readonly part: 'states'; readonly value: (typeof supervisionStates)[number] }
  | { readonly part: 'outcomes'; readonly value: (typeof outcomes)[number] }
  | { readonly part: 'kinds'; readonly value: string }
  | { readonly part: 'reviewed'; readonly value: boolean };

/** All there is to tick. Kinds of the filter that nobody uses any more can still be unticked. */
export function filterChoices(kinds: readonly string[], filter: ImageFilter): FilterChoice[] {
  const allKinds = new Set([...kinds, ...(filter.kinds ?? [])]);
  return [
    ...supervisionStates.map((value) => ({ part: 'states', value }) as const),
    ...outcomes.map((value) => ({ part: 'outcomes', value }) as const),
    ...[...allKinds].sort().map((value) => ({ part: 'kinds', value }) as const),
    ...[true, false].map((value) => ({ part: 'reviewed', value }) as const),
  ];
}

export function isTicked(choice: FilterChoice, filter: ImageFilter): boolean {
  switch (choice.part) {
    case 'states':
      return filter.states?.includes(choice.value) ?? false;
    case 'outcomes':
      return filter.outcomes?.includes(choice.value) ?? false;
    case 'kinds':
      return filter.kinds?.includes(choice.value) ?? false;
    case 'reviewed':
      return filter.reviewed === choice.value;
  }
}

/** The filter without parts that ask nothing. */
export function tidyFilter(filter: ImageFilter): ImageFilter {
  const { states = [], outcomes: some = [], kinds = [], reviewed, text } = filter;
  const trimmed = text?.trim() ?? '';
  return {
    ...(states.length === 0 ? {} : { states }),
    ...(some.length === 0 ? {} : { outcomes: some }),
    ...(kinds.length === 0 ? {} : { kinds }),
    ...(reviewed === undefined ? {} : { reviewed }),
    ...(trimmed === '' ? {} : { text: trimmed }),
  };
}

/** The filter that ticks and a text make. Reviewed and not reviewed together are everything. */
export function filterOf(ticked: readonly FilterChoice[], text: string): ImageFilter {
  const reviewed = ticked.flatMap((choice) => (choice.part === 'reviewed' ? [choice.value] : []));
  const [only] = reviewed;
  return tidyFilter({
    states: ticked.flatMap((choice) => (choice.part === 'states' ? [choice.value] : [])),
    outcomes: ticked.flatMap((choice) => (choice.part === 'outcomes' ? [choice.value] : [])),
    kinds: ticked.flatMap((choice) => (choice.part === 'kinds' ? [choice.value] : [])),
    ...(reviewed.length === 1 && only !== undefined ? { reviewed: only } : {}),
    text,
  });
}
