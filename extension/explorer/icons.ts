/**
 * How an image looks in a list: by its outcome where it has a score and a label, else by its state. No two
 * look alike in shape, so that colour is never the only sign.
 */
import type { ImageItem, SupervisionState } from '../../protocol/explorer.ts';
import type { Outcome } from '../../protocol/run.ts';

export interface Look {
  /** Of VS Code's icon font (codicons). */
  readonly icon: string;
  /** A theme colour. */
  readonly color: string;
  /** At most two letters, for where there is no room for the icon; '' for nothing worth a mark. */
  readonly badge: string;
}

const good = 'segdec.ok';
const bad = 'segdec.defective';
/** A defect that was found is no mistake, and must not look like one. */
const found = 'segdec.truePositive';

/** By state, then by outcome; '' is an image without a score. What cannot be (a good TP) looks like no score. */
export const looks: Readonly<
  Record<SupervisionState, Partial<Record<Outcome, Look>> & { readonly '': Look }>
> = {
  ok: {
    '': { icon: 'pass', color: good, badge: 'OK' },
    TN: { icon: 'pass-filled', color: good, badge: 'TN' },
    FP: { icon: 'warning', color: 'segdec.falsePositive', badge: 'FP' },
  },
  mask: {
    '': { icon: 'symbol-color', color: bad, badge: 'M' },
    TP: { icon: 'target', color: found, badge: 'TP' },
    FN: { icon: 'circle-slash', color: 'segdec.falseNegative', badge: 'FN' },
  },
  weak: {
    '': { icon: 'error', color: bad, badge: 'D' },
    TP: { icon: 'issues', color: found, badge: 'TP' },
    FN: { icon: 'eye-closed', color: 'segdec.falseNegative', badge: 'FN' },
  },
  unlabelled: { '': { icon: 'circle-large-outline', color: 'descriptionForeground', badge: '' } },
  unknown: { '': { icon: 'question', color: 'descriptionForeground', badge: '' } },
};

export function lookOf({ state, outcome }: Pick<ImageItem, 'state' | 'outcome'>): Look {
  const ofState = looks[state];
  return ofState[outcome] ?? ofState[''];
}
