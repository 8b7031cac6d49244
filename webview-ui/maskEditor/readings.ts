/** What the status bar shows, said at most ten times a second; counting waits until nobody paints. */
import type { MaskBits } from '../../protocol/mask/bits.ts';
import type { Layers } from '../../protocol/mask/edits.ts';
import { regionsOf } from '../../protocol/mask/regions.ts';
import type { FromMaskEditor } from '../../protocol/maskEditor.ts';

type Readings = Extract<FromMaskEditor, { type: 'readings' }>;
export type Moment = Omit<Readings, 'type' | 'area' | 'regions' | 'ignored'>;
export type Counts = Pick<Readings, 'area' | 'regions' | 'ignored'>;

const pause = 100;
/** Regions of larger images are not counted while one waits. */
const mostPixels = 4096 * 4096;

export function countsOf({ defect, ignore }: Layers): Counts {
  const area = defect.count();
  return { area, regions: regionsIn(defect, area), ignored: ignore.count() };
}

function regionsIn(bits: MaskBits, area: number): number | null {
  if (area === 0) return 0;
  return bits.width * bits.height > mostPixels ? null : regionsOf(bits).count;
}

export class ReadingsTeller {
  readonly #tell: (readings: Readings) => void;
  readonly #moment: () => Moment;
  readonly #layers: Layers;
  #counts: Counts | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #last = '';

  constructor(layers: Layers, moment: () => Moment, tell: (readings: Readings) => void) {
    this.#layers = layers;
    this.#moment = moment;
    this.#tell = tell;
  }

  get counts(): Counts {
    this.#counts ??= countsOf(this.#layers);
    return this.#counts;
  }

  /** Pixels changed. */
  changed(): void {
    this.#counts = undefined;
    this.soon();
  }

  soon(): void {
    if (this.#waiting !== undefined) return;
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined;
      const readings: Readings = { type: 'readings', ...this.#moment(), ...this.counts };
      const text = JSON.stringify(readings);
      if (text === this.#last) return;
      this.#last = text;
      this.#tell(readings);
    }, pause);
  }
}
