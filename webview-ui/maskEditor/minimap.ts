/** The whole image in a corner, with a frame around what is in sight; pressing there goes there. */
import type { Layers } from '../../protocol/mask/edits.ts';
import { make } from '../widgets/dom.ts';
import type { MaskLook } from './renderMask.ts';
import { renderMask } from './renderMask.ts';
import type { Tiles } from './tiles.ts';
import type { Point, Size, View } from './view.ts';
import { fitView, toImage, toScreen } from './view.ts';

/** Longest side in CSS pixels. */
const longest = 160;

export interface MinimapContent {
  readonly tiles: Tiles;
  readonly layers: Layers;
  readonly look: MaskLook;
  readonly view: View;
  readonly stage: Size;
}

export class Minimap {
  readonly element = make('canvas', { class: 'minimap', 'aria-hidden': 'true', hidden: true });
  readonly #image: Size;
  readonly #content: () => MinimapContent;
  #waiting = false;
  #drawnView: View | undefined;

  constructor(image: Size, content: () => MinimapContent, go: (place: Point) => void) {
    this.#image = image;
    this.#content = content;
    const at = (event: PointerEvent): void => {
      const { left, top, width } = this.element.getBoundingClientRect();
      const scale = image.width / width;
      go({ x: (event.clientX - left) * scale, y: (event.clientY - top) * scale });
    };
    this.element.addEventListener('pointerdown', (event) => {
      event.stopPropagation();
      this.element.setPointerCapture(event.pointerId);
      at(event);
    });
    this.element.addEventListener('pointermove', (event) => {
      event.stopPropagation();
      if (this.element.hasPointerCapture(event.pointerId)) at(event);
    });
  }

  /** Draws within a few frames: strokes go first. Without a change of what it shows, only another view is drawn. */
  show(isWanted: boolean, hasChanged: boolean): void {
    const { view, stage } = this.#content();
    const isAllSeen =
      view.left >= 0 &&
      view.top >= 0 &&
      view.left + this.#image.width * view.zoom <= stage.width + 1 &&
      view.top + this.#image.height * view.zoom <= stage.height + 1;
    this.element.hidden = !isWanted || isAllSeen;
    if (this.element.hidden) this.#drawnView = undefined;
    const isSame = this.#drawnView === view && !hasChanged;
    if (this.element.hidden || this.#waiting || isSame) return;
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      requestAnimationFrame(() => this.#draw());
    }, 40);
  }

  #draw(): void {
    const { tiles, layers, look, view, stage } = this.#content();
    this.#drawnView = view;
    const ratio = window.devicePixelRatio;
    const share = longest / Math.max(this.#image.width, this.#image.height);
    const size = {
      width: Math.max(8, Math.round(this.#image.width * share * ratio)),
      height: Math.max(8, Math.round(this.#image.height * share * ratio)),
    };
    [this.element.width, this.element.height] = [size.width, size.height];
    this.element.style.width = `${size.width / ratio}px`;
    this.element.style.height = `${size.height / ratio}px`;
    const context = this.element.getContext('2d');
    if (context === null) return;
    const mini = { ...fitView(size, this.#image), left: 0, top: 0 };
    tiles.draw(context, mini, size);
    const full = { ...look, opacity: 1, pattern: false, contour: false };
    const colours = renderMask(layers, mini, { x: 0, y: 0, ...size }, full);
    const mask = new OffscreenCanvas(size.width, size.height);
    const data = new ImageData(new Uint8ClampedArray(colours.buffer), size.width, size.height);
    mask.getContext('2d')?.putImageData(data, 0, 0);
    context.drawImage(mask, 0, 0);
    const from = toScreen(mini, toImage(view, { x: 0, y: 0 }));
    const to = toScreen(mini, toImage(view, { x: stage.width, y: stage.height }));
    for (const [colour, width] of [
      ['#000', 4],
      ['#fff', 2],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      const [x, y] = [Math.max(1, from.x), Math.max(1, from.y)];
      context.strokeRect(
        ...[x, y],
        Math.min(size.width - 1, to.x) - x,
        Math.min(size.height - 1, to.y) - y,
      );
    }
  }
}
