/**
 * The epoch sampler (docs/method.md, "Sampler"): P positives and P negatives in random order, negatives
 * drawn so that all are used about equally often. Its whole state is a small JSON value, part of a
 * checkpoint, so that a resumed run draws what the uninterrupted one would have drawn.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

export interface SamplerState {
  /** Epochs drawn so far. */
  readonly epoch: number;
  /** State of the random generator. */
  readonly random: readonly number[];
  /** How often each negative has been used, in the order of `negatives`. */
  readonly used: readonly number[];
  /** Positions of negatives still to come in the current turn; only when P exceeds the negatives. */
  readonly turn: readonly number[];
}

export interface SamplerOptions {
  /** Identifiers (indices of the caller's samples) of the positive and negative training images. */
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
  /** Off: negatives are drawn uniformly. */
  readonly frequencySampling: boolean;
  readonly seed: number;
}

/** A Fisher–Yates permutation of a copy. */
export function shuffled<T>(items: readonly T[], random: RandomGenerator): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = uniformInt(random, 0, i);
    const [a, b] = [result[i] as T, result[j] as T];
    result[i] = b;
    result[j] = a;
  }
  return result;
}

const indices = (length: number): number[] => Array.from({ length }, (_, i) => i);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/**
 * ln of the weight each negative is drawn with: 4 ln N_neg · ln s, s = 1 − f / max f shifted to median 1.
 * As logarithms, since the power leaves float64 for large sets; −Infinity where s = 0.
 */
export function drawLogWeights(used: readonly number[]): number[] {
  const most = used.reduce((a, b) => Math.max(a, b), 0);
  const rarity = used.map((f) => (most === 0 ? 1 : 1 - f / most));
  const shift = 1 - median(rarity);
  const exponent = 4 * Math.log(used.length);
  return rarity.map((s) => (exponent === 0 ? 0 : exponent * Math.log(s + shift)));
}

export class EpochSampler {
  readonly #options: SamplerOptions;
  #random: RandomGenerator;
  #used: number[];
  #turn: number[] = [];
  #epoch = 0;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#random = xoroshiro128plus(options.seed);
    this.#used = options.negatives.map(() => 0);
  }

  /** Samples of every epoch: 2P. */
  get epochLength(): number {
    return this.#options.positives.length + this.#negativesPerEpoch();
  }

  /** The identifiers of the next epoch, in order: each positive once, and P negatives. */
  nextEpoch(): number[] {
    const { positives, negatives } = this.#options;
    const drawn = this.#drawNegatives();
    for (const position of drawn) this.#used[position] = (this.#used[position] ?? 0) + 1;
    this.#epoch += 1;
    const chosen = drawn.map((position) => negatives[position] as number);
    return shuffled([...positives, ...chosen], this.#random);
  }

  /** A JSON value from which `restore` continues exactly. */
  state(): SamplerState {
    return {
      epoch: this.#epoch,
      random: [...this.#random.getState()],
      used: [...this.#used],
      turn: [...this.#turn],
    };
  }

  /** Continues from a saved state; throws a RangeError if it is of another set of negatives. */
  restore(state: SamplerState): void {
    if (state.used.length !== this.#options.negatives.length) {
      throw new RangeError(
        `the sampler state counts ${state.used.length} negatives, the training set has ${this.#options.negatives.length}`,
      );
    }
    this.#random = xoroshiro128plusFromState(state.random);
    this.#used = [...state.used];
    this.#turn = [...state.turn];
    this.#epoch = state.epoch;
  }

  #negativesPerEpoch(): number {
    return this.#options.negatives.length === 0 ? 0 : this.#options.positives.length;
  }

  /** Positions of this epoch's negatives. */
  #drawNegatives(): number[] {
    const wanted = this.#negativesPerEpoch();
    const all = this.#options.negatives.length;
    if (wanted > all) return this.#takeTurns(wanted);
    if (this.#epoch === 0 || !this.#options.frequencySampling) {
      return shuffled(indices(all), this.#random).slice(0, wanted);
    }
    return this.#drawByRarity(wanted);
  }

  /** More positives than negatives: permutations of all negatives, one after the other. */
  #takeTurns(wanted: number): number[] {
    const drawn: number[] = [];
    while (drawn.length < wanted) {
      if (this.#turn.length === 0) {
        this.#turn = shuffled(indices(this.#options.negatives.length), this.#random);
      }
      drawn.push(...this.#turn.splice(0, wanted - drawn.length));
    }
    return drawn;
  }

  /**
   * Weighted drawing without repetition: each negative gets an exponential waiting time of rate
   * s^(4 ln N), and the first P to arrive are those that successive weighted draws would give.
   */
  #drawByRarity(wanted: number): number[] {
    const arrivals = drawLogWeights(this.#used).map((logWeight, position) => {
      const waiting = -Math.log(1 - uniformFloat64(this.#random));
      return { position, waiting, time: Math.log(waiting) - logWeight };
    });
    // Those of weight 0 all arrive at infinity; among them the plain waiting time decides.
    arrivals.sort((a, b) => (a.time === b.time ? a.waiting - b.waiting : a.time < b.time ? -1 : 1));
    return arrivals.slice(0, wanted).map(({ position }) => position);
  }
}
