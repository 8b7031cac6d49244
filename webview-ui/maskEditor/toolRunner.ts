/** Runs the chosen tool's machine: events in, effects carried out on the surface and the screen. */
import type { PixelBox } from '../../protocol/mask/bits.ts';
import type { Point } from '../../protocol/mask/raster.ts';
import type { MaskTool } from '../../protocol/maskEditor.ts';
import { mostWindow } from '../../protocol/maskEditor.ts';
import type { Editing } from './editing.ts';
import type { Preview } from './preview.ts';
import { noPreview } from './preview.ts';
import type { Tiles } from './tiles.ts';
import { machines } from './tools/index.ts';
import type { GreyWindow } from './tools/pixels.ts';
import type { ToolEvent, ToolKey, ToolOptions, ToolState } from './tools/tool.ts';
import { idle } from './tools/tool.ts';

export type Options = Omit<ToolOptions, 'grey' | 'layers' | 'size'>;

export interface RunnerTarget {
  options(): Options;
  painted(box: PixelBox): void;
  committed(box: PixelBox): void;
  previewed(): void;
}

export interface Held {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
}

/** Windows begin at multiples of this, so that a pointer that moves a little stays in the same. */
const windowStep = 1024;

export class ToolRunner {
  readonly #editing: Editing;
  readonly #tiles: Tiles;
  readonly #target: RunnerTarget;
  #tool: MaskTool = 'brush';
  #state: ToolState = idle;
  #grey: GreyWindow | undefined;
  /** The window on its way. */
  #loading = '';
  preview: Preview = noPreview;

  constructor(editing: Editing, tiles: Tiles, target: RunnerTarget) {
    this.#editing = editing;
    this.#tiles = tiles;
    this.#target = target;
  }

  /** Something is being drawn, placed or previewed. */
  get isBusy(): boolean {
    return this.#state.name !== 'idle';
  }

  choose(tool: MaskTool): void {
    if (tool === this.#tool) return;
    this.interrupt();
    [this.#tool, this.#state] = [tool, idle];
  }

  pointer(
    type: 'down' | 'move' | 'up',
    at: Point,
    held: Held,
    pointer: 'mouse' | 'pen' | 'touch' = 'mouse',
    clicks = 1,
  ): void {
    this.#run({ type, at, ...held, pressure: 0.5, pointer, clicks });
  }

  /** True if the tool used it. */
  key(key: ToolKey): boolean {
    return this.#run({ type: 'key', key });
  }

  interrupt(): void {
    this.#run({ type: 'interrupt' });
  }

  optionsChanged(): void {
    if (this.isBusy) this.#run({ type: 'options' });
  }

  /** Other tiles: what was read of the old ones is not true any more. */
  forgetGrey(): void {
    [this.#grey, this.#loading] = [undefined, ''];
  }

  /** The window is loaded before it is needed: a press answers at once. */
  prepare(around: Point): void {
    if (this.#tool === 'wand' || this.#tool === 'smartSelect') this.#greyAround(around);
  }

  #run(event: ToolEvent): boolean {
    const { layers } = this.#editing.ledger;
    const { width, height } = layers.defect;
    const step = machines[this.#tool](this.#state, event, {
      ...this.#target.options(),
      ...{ layers, size: { width, height }, grey: (around) => this.#greyAround(around) },
    });
    this.#state = step.state;
    let isConsumed = false;
    const { surface } = this.#editing;
    for (const effect of step.effects) {
      switch (effect.type) {
        case 'preview':
          this.preview = effect;
          break;
        case 'paint': {
          surface.paint(effect.layer, effect.value, effect.shape);
          // Of a long stroke only its new part is drawn anew.
          this.#target.painted(strokeBox(effect.shape) ?? surface.touched);
          break;
        }
        case 'commit': {
          const box = this.#editing.commit(this.#tool);
          if (box !== undefined) this.#target.committed(box);
          break;
        }
        case 'discard':
          this.#editing.discard();
          break;
        case 'consumed':
          isConsumed = true;
          break;
        case 'capture':
        case 'release':
        case 'pan':
      }
    }
    this.#target.previewed();
    return isConsumed;
  }

  #greyAround({ x, y }: Point): GreyWindow | null {
    const { width, height } = this.#editing.ledger.layers.defect;
    const axis = (at: number, side: number): [number, number] => {
      if (side <= mostWindow) return [0, side];
      const start = windowStep * Math.round((at - mostWindow / 2) / windowStep);
      return [Math.max(0, Math.min(side - mostWindow, start)), mostWindow];
    };
    const [[left, wide], [top, high]] = [axis(x, width), axis(y, height)];
    const box = { x: left, y: top, width: wide, height: high };
    const name = `${left},${top}`;
    if (this.#grey?.box.x === left && this.#grey.box.y === top) return this.#grey;
    if (this.#loading !== name) {
      this.#loading = name;
      void this.#tiles.grey(box).then((values) => {
        if (this.#loading !== name) return;
        this.#loading = '';
        if (values === undefined) return;
        this.#grey = { box, values };
        this.optionsChanged();
      });
    }
    return null;
  }
}

/** What a part of a stroke touches, a little more. */
function strokeBox(shape: Parameters<Editing['surface']['paint']>[2]): PixelBox | undefined {
  if (shape.kind !== 'stroke') return undefined;
  const { from, to, diameter } = shape;
  const reach = diameter / 2 + 2;
  const x = Math.max(0, Math.floor(Math.min(from.x, to.x) - reach));
  const y = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach));
  const right = Math.ceil(Math.max(from.x, to.x) + reach);
  const bottom = Math.ceil(Math.max(from.y, to.y) + reach);
  return { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) };
}
