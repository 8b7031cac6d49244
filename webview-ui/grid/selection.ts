/**
 * What is selected and where the focus is, as a state machine: `step` says what follows from each event.
 * Positions are of the listing that is shown; `relist` carries them over to another.
 */
import type { Ranges } from './ranges.ts';
import { countOf, includes, rangesOf, union, without } from './ranges.ts';

export interface Selection {
  readonly total: number;
  /** The position that keys act on; -1 in an empty listing. */
  readonly focus: number;
  /** Where a range that is extended begins. */
  readonly anchor: number;
  readonly ranges: Ranges;
}

export type SelectionEvent =
  /** A click, with the modifiers that add to the selection or extend it. */
  | {
      readonly type: 'press';
      readonly position: number;
      readonly toggle: boolean;
      readonly extend: boolean;
    }
  /** The focus moves by a key: it selects, extends, or leaves the selection as it is. */
  | {
      readonly type: 'move';
      readonly position: number;
      readonly extend: boolean;
      readonly keep: boolean;
    }
  /** The focused image is added or taken away. */
  | { readonly type: 'toggle' }
  | { readonly type: 'all' }
  | { readonly type: 'none' }
  /** Another listing: where the focused image is now (undefined: it left), and the selected ones that stayed. */
  | {
      readonly type: 'relist';
      readonly total: number;
      readonly focus: number | undefined;
      readonly selected: Ranges;
    };

export const emptySelection: Selection = { total: 0, focus: -1, anchor: -1, ranges: [] };

const between = (a: number, b: number): Ranges => [[Math.min(a, b), Math.max(a, b) + 1]];

function clamped(position: number, total: number): number {
  return total === 0 ? -1 : Math.min(Math.max(position, 0), total - 1);
}

function toggled(selection: Selection, position: number): Selection {
  const { ranges } = selection;
  const next = includes(ranges, position)
    ? without(ranges, [position, position + 1])
    : union(ranges, [[position, position + 1]]);
  return { ...selection, focus: position, anchor: position, ranges: next };
}

function reached(
  selection: Selection,
  position: number,
  { extend, keep }: { readonly extend: boolean; readonly keep: boolean },
): Selection {
  const focus = clamped(position, selection.total);
  if (focus < 0) return selection;
  if (!extend && keep) return { ...selection, focus, anchor: focus };
  if (!extend) return { ...selection, focus, anchor: focus, ranges: between(focus, focus) };
  const anchor = selection.anchor < 0 ? focus : selection.anchor;
  const span = between(anchor, focus);
  return { ...selection, focus, anchor, ranges: keep ? union(selection.ranges, span) : span };
}

function relisted(
  selection: Selection,
  event: Extract<SelectionEvent, { type: 'relist' }>,
): Selection {
  const { total } = event;
  // An image that left makes room for the one after it: that has its position now.
  const focus = clamped(event.focus ?? selection.focus, total);
  const before = countOf(selection.ranges);
  const alone = before === 1 && includes(selection.ranges, selection.focus);
  const kept = event.selected.filter(([, to]) => to <= total);
  const ranges = alone && focus >= 0 ? rangesOf([focus]) : kept;
  return { total, focus, anchor: focus, ranges };
}

export function step(selection: Selection, event: SelectionEvent): Selection {
  switch (event.type) {
    case 'press':
      if (event.position < 0 || event.position >= selection.total) return selection;
      return event.toggle && !event.extend
        ? toggled(selection, event.position)
        : reached(selection, event.position, { extend: event.extend, keep: event.toggle });
    case 'move':
      return reached(selection, event.position, event);
    case 'toggle':
      return selection.focus < 0 ? selection : toggled(selection, selection.focus);
    case 'all':
      return selection.total === 0 ? selection : { ...selection, ranges: [[0, selection.total]] };
    case 'none':
      return { ...selection, ranges: [] };
    case 'relist':
      return relisted(selection, event);
  }
}

/** How many cells the grid shows beside and below each other. */
export interface GridShape {
  readonly columns: number;
  readonly rows: number;
}

/** Where a key leads from a position; undefined for a key that leads nowhere. */
export function target(
  key: string,
  { focus, total }: Selection,
  { columns, rows }: GridShape,
): number | undefined {
  if (total === 0) return undefined;
  const below = (distance: number): number => {
    const lastRow = Math.floor((total - 1) / columns);
    const row = Math.floor(focus / columns);
    const moved = Math.min(lastRow, Math.max(0, row + distance)) - row;
    return clamped(focus + moved * columns, total);
  };
  switch (key) {
    case 'ArrowLeft':
      return clamped(focus - 1, total);
    case 'ArrowRight':
      return clamped(focus + 1, total);
    case 'ArrowUp':
      return below(-1);
    case 'ArrowDown':
      return below(1);
    case 'PageUp':
      return below(-Math.max(1, rows - 1));
    case 'PageDown':
      return below(Math.max(1, rows - 1));
    case 'Home':
      return 0;
    case 'End':
      return total - 1;
    default:
      return undefined;
  }
}
