/** The stacked canvases: image, heat map, mask, pixel grid, and what is being placed; drawn once a frame. */
import type { PixelBox } from '../../protocol/mask/bits.ts';
import { unionOf } from '../../protocol/mask/bits.ts';
import type { Layers } from '../../protocol/mask/edits.ts';
import { make } from '../widgets/dom.ts';
import type { HeatMap } from './heatMap.ts';
import type { MaskLook } from './renderMask.ts';
import { edgeWidth, renderMask } from './renderMask.ts';
import type { Tiles } from './tiles.ts';
import type { Size, View } from './view.ts';
import { gridZoom, resized, screenBox, toScreen, visibleBox } from './view.ts';

const canvasNames = ['image', 'heat', 'mask', 'grid', 'preview'] as const;
type CanvasName = (typeof canvasNames)[number];

/** What the stage draws; asked for at each frame. */
export interface Scene {
  readonly tiles: Tiles;
  readonly layers: Layers;
  readonly look: MaskLook;
  /** Undefined while none is shown. */
  readonly heat: { readonly map: HeatMap; readonly opacity: number } | undefined;
  readonly pixelGrid: boolean;
  drawPreview(context: CanvasRenderingContext2D, view: View, ratio: number): void;
  /** All in sight is drawn for the first time. */
  drawn(): void;
  resized(isFirst: boolean): void;
}

const empty: PixelBox = { x: 0, y: 0, width: 0, height: 0 };

export class Stage {
  readonly element: HTMLElement;
  readonly #scene: Scene;
  readonly #image: Size;
  readonly #contexts: Readonly<Record<CanvasName, CanvasRenderingContext2D>>;
  readonly #dirty = new Set<CanvasName>();
  /** Image pixels of the mask that changed, where not all of it is drawn anew. */
  #dirtyMask = empty;
  #frame = 0;
  #size: Size = { width: 0, height: 0 };
  #view: View = { zoom: 1, left: 0, top: 0 };
  #isDrawn = false;
  /** Device pixels a CSS pixel. */
  ratio = 1;

  constructor(scene: Scene, image: Size, label: string) {
    this.#scene = scene;
    this.#image = image;
    const contexts: Partial<Record<CanvasName, CanvasRenderingContext2D>> = {};
    const canvases = canvasNames.map((name) => {
      const canvas = make('canvas', { class: `layer ${name}`, 'aria-hidden': 'true' });
      const context = canvas.getContext('2d');
      if (context === null) throw new Error('this page has no canvas');
      contexts[name] = context;
      return canvas;
    });
    this.#contexts = contexts as Record<CanvasName, CanvasRenderingContext2D>;
    this.element = make('div', { class: 'stage', tabindex: 0, role: 'application' }, ...canvases);
    this.element.setAttribute('aria-label', label);
    new ResizeObserver(([entry]) => {
      if (entry !== undefined) this.#resize(entry);
    }).observe(this.element);
  }

  /** Takes the focus as soon as the page has it: opened from a list, it leaves it to the list. */
  takeFocus(): void {
    const take = (): void => {
      if (document.activeElement === document.body) this.element.focus({ preventScroll: true });
    };
    window.addEventListener('focus', take);
    if (document.hasFocus()) take();
  }

  get size(): Size {
    return this.#size;
  }

  get view(): View {
    return this.#view;
  }

  set view(view: View) {
    const { zoom, left, top } = this.#view;
    if (view.zoom === zoom && view.left === left && view.top === top) return;
    this.#view = view;
    this.redraw(...canvasNames);
  }

  /** Brightness and contrast are of the picture alone, and of the screen alone. */
  light(brightness: number, contrast: number): void {
    this.#contexts.image.canvas.style.filter =
      brightness === 1 && contrast === 1
        ? 'none'
        : `brightness(${brightness}) contrast(${contrast})`;
  }

  redraw(...names: readonly CanvasName[]): void {
    for (const name of names) this.#dirty.add(name);
    this.#soon();
  }

  /** Some image pixels of the mask changed. */
  redrawMask(box: PixelBox): void {
    this.#dirtyMask = unionOf(this.#dirtyMask, box);
    this.#soon();
  }

  #soon(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #resize(entry: ResizeObserverEntry): void {
    const [box] = entry.devicePixelContentBoxSize;
    const ratio = window.devicePixelRatio;
    const { width, height } = entry.contentRect;
    const next = {
      width: box?.inlineSize ?? Math.round(width * ratio),
      height: box?.blockSize ?? Math.round(height * ratio),
    };
    if (next.width === 0 || next.height === 0) return;
    const before = this.#size;
    const isFirst = before.width === 0;
    [this.#size, this.ratio] = [next, ratio];
    for (const name of canvasNames) {
      const { canvas } = this.#contexts[name];
      [canvas.width, canvas.height] = [next.width, next.height];
    }
    if (!isFirst) this.view = resized(this.#view, before, next, this.#image);
    this.#scene.resized(isFirst);
    this.redraw(...canvasNames);
    // At once: a canvas that was resized is blank until it is drawn.
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#draw();
  }

  #draw(): void {
    if (this.#size.width === 0) return;
    const dirty = new Set(this.#dirty);
    this.#dirty.clear();
    if (dirty.has('image')) this.#drawImage();
    if (dirty.has('heat')) this.#drawHeat();
    if (dirty.has('mask')) this.#drawMask({ x: 0, y: 0, ...this.#size });
    else if (this.#dirtyMask.width > 0) {
      this.#drawMask(screenBox(this.#view, this.#dirtyMask, edgeWidth + 1, this.#size));
    }
    this.#dirtyMask = empty;
    if (dirty.has('grid')) this.#drawGrid();
    if (dirty.has('preview')) {
      const context = this.#cleared('preview');
      this.#scene.drawPreview(context, this.#view, this.ratio);
    }
  }

  #cleared(name: CanvasName): CanvasRenderingContext2D {
    const context = this.#contexts[name];
    context.clearRect(0, 0, this.#size.width, this.#size.height);
    return context;
  }

  #drawImage(): void {
    const isAll = this.#scene.tiles.draw(this.#cleared('image'), this.#view, this.#size);
    if (!isAll || this.#isDrawn) return;
    this.#isDrawn = true;
    this.#scene.drawn();
  }

  #drawHeat(): void {
    const context = this.#cleared('heat');
    const { heat } = this.#scene;
    if (heat === undefined) return;
    const { left, top, zoom } = this.#view;
    const { width, height } = this.#image;
    context.globalAlpha = heat.opacity;
    context.imageSmoothingEnabled = true;
    context.drawImage(heat.map.picture, left, top, width * zoom, height * zoom);
    context.globalAlpha = 1;
  }

  #drawMask(rect: PixelBox): void {
    if (rect.width === 0 || rect.height === 0) return;
    const { layers, look } = this.#scene;
    const colours = renderMask(layers, this.#view, rect, look);
    const data = new ImageData(new Uint8ClampedArray(colours.buffer), rect.width, rect.height);
    this.#contexts.mask.putImageData(data, rect.x, rect.y);
  }

  #drawGrid(): void {
    const context = this.#cleared('grid');
    const { zoom } = this.#view;
    if (!this.#scene.pixelGrid || zoom < gridZoom) return;
    const { x, y, width, height } = visibleBox(this.#view, this.#size, this.#image);
    const from = toScreen(this.#view, { x, y });
    const to = toScreen(this.#view, { x: x + width, y: y + height });
    context.beginPath();
    for (let column = x; column <= x + width; column += 1) {
      const at = Math.round(this.#view.left + column * zoom) + 0.5;
      context.moveTo(at, from.y);
      context.lineTo(at, to.y);
    }
    for (let row = y; row <= y + height; row += 1) {
      const at = Math.round(this.#view.top + row * zoom) + 0.5;
      context.moveTo(from.x, at);
      context.lineTo(to.x, at);
    }
    // A grey between: seen on bright and on dark pixels.
    context.strokeStyle = 'rgb(128 128 128 / 55%)';
    context.lineWidth = 1;
    context.stroke();
  }
}
