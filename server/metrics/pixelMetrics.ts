/**
 * Metrics per pixel and per defect (docs/method.md, "Metrics"), gathered image by image in counts by bins of
 * probability, so that a test set of any size takes the same memory.
 */
import type { Metrics } from '../../protocol/run.ts';
import { connectedRegions } from '../method/labels.ts';
import { bestF, stepwiseArea } from './curves.ts';
import { addFalseRegions } from './falseRegions.ts';
import { binCount, binsOf, lowerEdge } from './probabilityBins.ts';

export interface PixelImage {
  /** 0 good, 1 defect, 255 counts neither way; row-major. */
  readonly mask: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** The map at the mask's size, 0..1. */
  readonly probabilities: Float32Array;
}

export type PixelFigures = Pick<
  Metrics,
  'pixelAveragePrecision' | 'pixelIou' | 'pixelDice' | 'defectRecall' | 'falseRegionsPerImage'
>;

/** Defects of a range of areas in pixels, and how many a predicted region meets. */
export interface DefectsOfArea {
  readonly minArea: number;
  /** Exclusive; null for the last range. */
  readonly maxArea: number | null;
  readonly defects: number;
  readonly met: number;
}

export type PixelResult = PixelFigures & {
  /** The best-F threshold over the pixels of positives: pixels at or above it count as defect. */
  readonly pixelThreshold: number | null;
  readonly defectsByArea: readonly DefectsOfArea[];
  readonly reasons: Readonly<Record<string, string>>;
};

/** Upper bounds of the ranges of defect areas; the last range is open. */
const areaBounds = [100, 1000, 10_000] as const;

interface Defect {
  readonly area: number;
  /** The bin of its highest probability. */
  readonly highest: number;
}

/** Sums from the highest bin down: what is at or above each bin. */
function atOrAbove(counts: Float64Array): Float64Array {
  const sums = Float64Array.from(counts);
  for (let bin = binCount - 2; bin >= 0; bin -= 1) {
    sums[bin] = (sums[bin] ?? 0) + (sums[bin + 1] ?? 0);
  }
  return sums;
}

/** Precision and recall at each bin that holds a pixel, from the highest down. */
function pixelCurve(defective: Float64Array, good: Float64Array) {
  const hits = atOrAbove(defective);
  const falseAlarms = atOrAbove(good);
  const curve = { bins: [] as number[], precision: [] as number[], recall: [] as number[] };
  for (let bin = binCount - 1; bin >= 0; bin -= 1) {
    if (defective[bin] === 0 && good[bin] === 0) continue;
    const found = hits[bin] ?? 0;
    curve.bins.push(bin);
    curve.precision.push(found / (found + (falseAlarms[bin] ?? 0)));
    curve.recall.push(found / (hits[0] ?? 1));
  }
  return { ...curve, hits, falseAlarms };
}

function defectsOf({ mask, width, height }: PixelImage, bins: Uint32Array): Defect[] {
  const { labels, count } = connectedRegions(
    mask.map((value) => (value === 1 ? 1 : 0)),
    width,
    height,
  );
  const areas = new Float64Array(count + 1);
  const highest = new Float64Array(count + 1);
  labels.forEach((label, i) => {
    areas[label] = (areas[label] ?? 0) + 1;
    highest[label] = Math.max(highest[label] ?? 0, bins[i] ?? 0);
  });
  return Array.from({ length: count }, (_, i) => ({
    area: areas[i + 1] ?? 0,
    highest: highest[i + 1] ?? 0,
  }));
}

function byArea(defects: readonly Defect[], threshold: number): DefectsOfArea[] {
  return [0, ...areaBounds].map((minArea, i) => {
    const maxArea = areaBounds[i] ?? null;
    const inside = defects.filter((d) => d.area >= minArea && d.area < (maxArea ?? Infinity));
    const met = inside.filter((d) => d.highest >= threshold).length;
    return { minArea, maxArea, defects: inside.length, met };
  });
}

const nothing = (reason: string): PixelResult => ({
  pixelAveragePrecision: null,
  pixelIou: null,
  pixelDice: null,
  defectRecall: null,
  falseRegionsPerImage: null,
  pixelThreshold: null,
  defectsByArea: [],
  reasons: Object.fromEntries(
    ['pixelAveragePrecision', 'pixelIou', 'pixelDice', 'defectRecall', 'falseRegionsPerImage'].map(
      (name) => [name, reason],
    ),
  ),
});

export class PixelMetrics {
  /** Pixels by bin: defective, good in positives, good in negatives. */
  readonly #defective = new Float64Array(binCount);
  readonly #goodInPositives = new Float64Array(binCount);
  readonly #goodInNegatives = new Float64Array(binCount);
  readonly #falseRegionChanges = new Float64Array(binCount);
  readonly #defects: Defect[] = [];
  #images = 0;

  /** Counts an image whose pixels are known. Throws a RangeError unless each has a probability 0..1. */
  add(image: PixelImage): void {
    const { mask, width, height, probabilities } = image;
    if (mask.length !== width * height || probabilities.length !== mask.length) {
      throw new RangeError(`mask and map do not fill ${width}x${height} pixels`);
    }
    const bins = binsOf(probabilities);
    const good = mask.includes(1) ? this.#goodInPositives : this.#goodInNegatives;
    for (let i = 0; i < mask.length; i += 1) {
      const value = mask[i] ?? 0;
      if (value === 255) continue;
      const counts = value === 1 ? this.#defective : good;
      const bin = bins[i] ?? 0;
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    for (const defect of defectsOf(image, bins)) this.#defects.push(defect);
    addFalseRegions(this.#falseRegionChanges, mask, bins, width);
    this.#images += 1;
  }

  /** The figures over all images added; null, with the reason, without a defective pixel. */
  result(): PixelResult {
    if (this.#images === 0) return nothing('no image has known pixels');
    if (this.#defects.length === 0) return nothing('no image has a mask with defective pixels');
    const allGood = this.#goodInPositives.map((n, i) => n + (this.#goodInNegatives[i] ?? 0));
    const all = pixelCurve(this.#defective, allGood);
    const positives = pixelCurve(this.#defective, this.#goodInPositives);
    const threshold = positives.bins[bestF(positives.precision, positives.recall)] ?? 0;
    const hits = positives.hits[threshold] ?? 0;
    const called = hits + (positives.falseAlarms[threshold] ?? 0);
    const defective = positives.hits[0] ?? 0;
    const met = this.#defects.filter((defect) => defect.highest >= threshold).length;
    return {
      pixelAveragePrecision: stepwiseArea(all.precision, all.recall),
      pixelIou: hits / (called + defective - hits),
      pixelDice: (2 * hits) / (called + defective),
      defectRecall: met / this.#defects.length,
      falseRegionsPerImage: (atOrAbove(this.#falseRegionChanges)[threshold] ?? 0) / this.#images,
      pixelThreshold: lowerEdge(threshold),
      defectsByArea: byArea(this.#defects, threshold),
      reasons: {},
    };
  }
}
