/** What is done to the whole mask by one press: each is one edit. */
import type { MaskBits } from '../../protocol/mask/bits.ts';
import {
  grown,
  inverted,
  shrunk,
  withoutHoles,
  withoutSpecks,
} from '../../protocol/mask/regions.ts';
import type { MaskAction, MaskSettings } from '../../protocol/maskEditor.ts';

export type WholeAction = Extract<
  MaskAction,
  'fillHoles' | 'removeSpecks' | 'grow' | 'shrink' | 'invert'
>;

const wholes: Readonly<Record<WholeAction, (bits: MaskBits, settings: MaskSettings) => MaskBits>> =
  {
    fillHoles: (bits) => withoutHoles(bits),
    removeSpecks: (bits, { speckSize }) => withoutSpecks(bits, speckSize),
    grow: (bits) => grown(bits, 1),
    shrink: (bits) => shrunk(bits, 1),
    invert: (bits) => inverted(bits),
  };

export const isWhole = (action: MaskAction): action is WholeAction => action in wholes;

export const wholeOf = (action: WholeAction, bits: MaskBits, settings: MaskSettings): MaskBits =>
  wholes[action](bits, settings);

/** The pixels of either, of the same size. */
export function eitherOf(a: MaskBits, b: MaskBits): MaskBits {
  const result = a.clone();
  result.unite(b);
  return result;
}
