/** What becomes of a layer of a mask that has pixels already. */
import type { MaskBits } from '../../../../protocol/mask/bits.ts';
import type { ExistingRule } from '../../../../protocol/maskExchange.ts';

/** What became of a layer. */
export type Outcome = 'written' | 'kept' | 'unchanged';

function united(a: MaskBits, b: MaskBits): MaskBits {
  const both = a.clone();
  both.unite(b);
  return both;
}

/** What a layer becomes; without bits it stays as it is. */
export interface Ready {
  readonly outcome: Outcome;
  readonly bits?: MaskBits;
}

/** A layer that has pixels already. */
export function beside(existing: MaskBits, given: MaskBits, rule: ExistingRule): Ready {
  const bits = rule === 'add' ? united(existing, given) : given;
  if (existing.equals(bits)) return { outcome: 'unchanged' };
  return rule === 'keep' ? { outcome: 'kept' } : { outcome: 'written', bits };
}
