/** The mask document's model against a plain array of pixels: edits, undo, redo, save, revert, two views. */
import { expect, test } from 'vitest';
import { MaskModel, copyLayers, layersOf } from '../../extension/maskEditor/maskModel.ts';
import type { MaskStep } from '../../extension/maskEditor/maskModel.ts';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { applyChanges, applyToggles, layerNames } from '../../protocol/mask/edits.ts';
import type { LayerChange, LayerName, Layers } from '../../protocol/mask/edits.ts';
import { encodeRuns } from '../../protocol/mask/runs.ts';

const seed = Number(process.env['SEGDEC_SEED'] ?? Date.now() % 2 ** 31);

/** Numbers 0..1 that a seed tells (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Pixels = Record<LayerName, Uint8Array>;
const copyOfPixels = ({ defect, ignore }: Pixels): Pixels => ({
  defect: defect.slice(),
  ignore: ignore.slice(),
});

function pixelsOf(layers: Layers): Pixels {
  const of = (layer: MaskBits): Uint8Array =>
    Uint8Array.from({ length: layer.width * layer.height }, (_, at) =>
      layer.has(at % layer.width, Math.floor(at / layer.width)) ? 1 : 0,
    );
  return { defect: of(layers.defect), ignore: of(layers.ignore) };
}

const areSame = (a: Pixels, b: Pixels): boolean =>
  layerNames.every((name) => Buffer.compare(a[name], b[name]) === 0);

class Sequence {
  readonly #random: () => number;
  readonly width: number;
  readonly height: number;
  readonly model: MaskModel;
  pixels: Pixels;
  saved: Pixels;
  /** As VS Code keeps them, with the pixels on both sides. */
  edits: { step: MaskStep; before: Pixels; after: Pixels }[] = [];
  at = 0;
  savePoint = 0;
  readonly views: Layers[];

  constructor(random: () => number) {
    this.#random = random;
    this.width = 1 + this.below(70);
    this.height = 1 + this.below(20);
    const empty = layersOf(this.width, this.height, { defect: null, ignore: null });
    this.model = new MaskModel(copyLayers(empty));
    this.pixels = pixelsOf(empty);
    this.saved = copyOfPixels(this.pixels);
    this.views = [copyLayers(empty), copyLayers(empty)];
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #change(layer: LayerName): LayerChange {
    const [x, y] = [this.below(this.width), this.below(this.height)];
    const width = 1 + this.below(this.width - x);
    const height = 1 + this.below(this.height - y);
    const box = { x, y, width, height };
    const some = () => {
      const bits = new MaskBits(width, height);
      for (let count = this.below(6); count > 0; count -= 1) {
        const from = this.below(width);
        bits.fill(this.below(height), from, from + 1 + this.below(width), true);
      }
      return encodeRuns(bits, { x: 0, y: 0, width, height });
    };
    return { layer, box, set: some(), clear: some() };
  }

  /** A view paints first and tells the document, which tells the other one. */
  edit(): void {
    const changes = layerNames
      .filter(() => this.below(2) === 1)
      .map((layer) => this.#change(layer));
    if (changes.length === 0) return;
    const asker = this.below(2);
    const before = copyOfPixels(this.pixels);
    const [own, other] = [this.views[asker], this.views[1 - asker]];
    if (own === undefined || other === undefined) throw new Error('there are two views');
    applyChanges(own, changes);
    const step = this.model.apply(changes);
    applyToggles(other, step.toggles);
    for (const { layer, box, set, clear } of changes) {
      for (const [runs, value] of [[set, 1] as const, [clear, 0] as const]) {
        const only = new MaskBits(box.width, box.height);
        const flat = { x: 0, y: 0, width: box.width, height: box.height };
        applyToggles({ defect: only, ignore: only }, [{ layer: 'defect', box: flat, runs }]);
        for (let at = 0; at < box.width * box.height; at += 1) {
          const [x, y] = [at % box.width, Math.floor(at / box.width)];
          if (only.has(x, y)) this.pixels[layer][(box.y + y) * this.width + box.x + x] = value;
        }
      }
    }
    if (step.toggles.length === 0) return;
    this.edits.splice(this.at);
    this.edits.push({ step, before, after: copyOfPixels(this.pixels) });
    this.at += 1;
    // Undone past the save and drawn on: VS Code's save point is gone.
    if (this.savePoint > this.at - 1) this.savePoint = -1;
  }

  turn(isUndo: boolean): void {
    const edit = this.edits[isUndo ? this.at - 1 : this.at];
    if (edit === undefined) return;
    expect(this.model.turn(edit.step)).toBe(true);
    for (const view of this.views) applyToggles(view, edit.step.toggles);
    this.at += isUndo ? -1 : 1;
    this.pixels = copyOfPixels(isUndo ? edit.before : edit.after);
  }

  save(): void {
    this.model.markSaved(copyLayers(this.model.layers));
    this.saved = copyOfPixels(this.pixels);
    this.savePoint = this.at;
  }

  revert(): void {
    if (this.savePoint < 0) return;
    this.model.replace(this.model.saved);
    this.pixels = copyOfPixels(this.saved);
    [this.at, this.views[0], this.views[1]] = [
      this.savePoint,
      copyLayers(this.model.layers),
      copyLayers(this.model.layers),
    ];
  }

  check(): void {
    const expected = this.pixels;
    for (const layers of [this.model.layers, ...this.views]) {
      expect(areSame(pixelsOf(layers), expected)).toBe(true);
    }
    expect(areSame(pixelsOf(this.model.saved), this.saved)).toBe(true);
  }
}

test('1,000 sequences of 100 edits, undos, redos, saves and reverts', { timeout: 100_000 }, () => {
  console.log(`maskModel seed ${seed}`);
  for (let number = 0; number < 1000; number += 1) {
    const random = randomFrom(seed + number);
    const sequence = new Sequence(random);
    for (let step = 0; step < 100; step += 1) {
      const kind = random();
      if (kind < 0.6) sequence.edit();
      else if (kind < 0.8) sequence.turn(true);
      else if (kind < 0.92) sequence.turn(false);
      else if (kind < 0.97) sequence.save();
      else sequence.revert();
      if (step % 25 === 24) sequence.check();
    }
  }
});

test('steps of bits that were replaced by others do nothing', () => {
  const model = new MaskModel(layersOf(8, 2, { defect: null, ignore: null }));
  const box = { x: 0, y: 0, width: 8, height: 2 };
  const all = new MaskBits(8, 2);
  all.fill(0, 2, 5, true);
  const none = new Uint8Array(0);
  const step = model.apply([{ layer: 'defect', box, set: encodeRuns(all, box), clear: none }]);
  const other = layersOf(8, 2, { defect: null, ignore: null });
  other.ignore.fill(1, 0, 8, true);
  model.replace(other);
  const { version } = model;
  expect(model.turn(step)).toBe(false);
  expect(model.version).toBe(version);
  expect(model.layers.defect.isEmpty).toBe(true);
});

test('a change outside of the image changes nothing', () => {
  const model = new MaskModel(layersOf(8, 2, { defect: null, ignore: null }));
  const box = { x: 4, y: 0, width: 8, height: 2 };
  const none = new Uint8Array(0);
  expect(() => model.apply([{ layer: 'defect', box, set: none, clear: none }])).toThrow(RangeError);
  expect(model.version).toBe(0);
});
