/** The pointer and the keyboard's cursor on the image: what they do with the chosen tool. */
import type { MaskAction, MaskTool } from '../../protocol/maskEditor.ts';
import { fill } from '../widgets/texts.ts';
import type { MaskApp } from './app.ts';
import type { InputTarget, Touch } from './input.ts';
import { drawCursor, drawPreview, drawRings } from './preview.ts';
import { ToolRunner } from './toolRunner.ts';
import type { Held } from './toolRunner.ts';
import { panBy, reveal, toImage, toScreen } from './view.ts';
import type { Point } from './view.ts';

const none: Held = { shift: false, alt: false, ctrl: false };
const brushes: readonly MaskTool[] = ['brush', 'eraser', 'ignoreBrush'];
/** Device pixels within which points of a shape are one. */
const nearby = 6;
const steps: Readonly<Partial<Record<MaskAction, readonly [number, number]>>> = {
  ...{ cursorLeft: [-1, 0], cursorRight: [1, 0], cursorUp: [0, -1], cursorDown: [0, 1] },
};

export class Pointing implements InputTarget {
  readonly runner: ToolRunner;
  readonly #app: MaskApp;
  /** In image pixels; null while the pointer is elsewhere and no key has moved it. */
  #cursor: Point | null = null;
  #areaBefore = 0;
  #hand = '';
  #isPanning = false;

  constructor(app: MaskApp) {
    this.#app = app;
    this.runner = new ToolRunner(app.editing, app.tiles, {
      options: () => {
        const { brushSize, square, subtract, tolerance } = app.taste;
        return {
          ...{ brushSize, square, subtract, tolerance, threshold: app.threshold },
          ...{ near: (nearby * app.stage.ratio) / app.stage.view.zoom },
          prediction: app.heatMap ?? null,
        };
      },
      painted: (box) => app.changed(box, false),
      committed: (box) => app.committed(box, this.#areaBefore),
      previewed: () => app.stage.redraw('preview'),
    });
  }

  /** The pixel under the cursor; null outside of the image. */
  get pixel(): Point | null {
    if (this.#cursor === null) return null;
    const [x, y] = [Math.floor(this.#cursor.x), Math.floor(this.#cursor.y)];
    const { width, height } = this.#app.start.image;
    return x < 0 || y < 0 || x >= width || y >= height ? null : { x, y };
  }

  /** What zooming by keys keeps in place: the cursor if it is seen, else the middle. */
  get centre(): Point {
    const { view, size } = this.#app.stage;
    const at = this.#cursor === null ? undefined : toScreen(view, this.#cursor);
    const isSeen =
      at !== undefined && at.x >= 0 && at.y >= 0 && at.x <= size.width && at.y <= size.height;
    return isSeen ? at : { x: size.width / 2, y: size.height / 2 };
  }

  get isBusy(): boolean {
    return this.runner.isBusy;
  }

  get isPanTool(): boolean {
    return this.#app.taste.tool === 'pan';
  }

  draw(of: CanvasRenderingContext2D | MaskAction): void {
    if (typeof of === 'string') return this.#drawTo(of);
    const { stage, taste, specks } = this.#app;
    const { view, ratio } = stage;
    if (specks !== undefined) drawRings(of, specks, view, ratio);
    drawPreview(of, this.runner.preview, view, ratio);
    if (this.#cursor === null || this.isPanTool || this.#isPanning || !this.#app.canEdit) return;
    const brush = brushes.includes(taste.tool)
      ? { size: taste.brushSize, square: taste.square }
      : undefined;
    drawCursor(of, this.#cursor, brush, view, ratio);
  }

  press(at: Point, { held, pointer, clicks }: Touch): void {
    this.#cursor = this.#image(at);
    if (!this.#app.canEdit) return;
    this.#areaBefore = this.#app.area;
    this.runner.pointer('down', this.#cursor, held, pointer, clicks);
    this.#app.update();
  }

  move(places: readonly Point[], isPressed: boolean, { held, pointer, clicks }: Touch): void {
    for (const place of places) {
      this.#cursor = this.#image(place);
      if (isPressed || this.runner.isBusy) {
        this.runner.pointer('move', this.#cursor, held, pointer, clicks);
      }
    }
    if (this.#cursor !== null && this.#app.canEdit) this.runner.prepare(this.#cursor);
    this.#app.moved();
  }

  release(at: Point, { held, pointer, clicks }: Touch): void {
    this.#cursor = this.#image(at);
    this.runner.pointer('up', this.#cursor, held, pointer, clicks);
    this.#app.update();
  }

  interrupt(): void {
    this.runner.interrupt();
    this.#app.update();
  }

  leave(): void {
    this.#cursor = null;
    this.#app.moved();
  }

  pan(dx: number, dy: number): void {
    const { stage } = this.#app;
    stage.view = panBy(stage.view, dx, dy, stage.size, this.#app.start.image);
    this.#app.moved();
  }

  zoom(factor: number, about: Point): void {
    this.#app.zoom(factor, about);
  }

  hide(isHidden: boolean): void {
    this.#app.hide(isHidden);
  }

  panning(isPanning: boolean): void {
    this.#isPanning = isPanning;
    this.showHand();
    this.#app.stage.redraw('preview');
  }

  showHand(): void {
    const hand = this.#isPanning || this.isPanTool ? 'open' : this.#app.canEdit ? '' : 'none';
    if (this.#hand === hand) return;
    this.#hand = hand;
    this.#app.stage.element.dataset['hand'] = hand;
  }

  takeBack(): void {
    this.runner.key('undo');
    this.#app.update();
  }

  /** Of the keyboard's cursor. */
  act(action: MaskAction): void {
    const step = steps[action];
    if (step !== undefined) return this.#step(step);
    if (action !== 'press') {
      this.#app.act(action);
      return;
    }
    const at = this.#cursor ?? this.#image(this.centre);
    this.#cursor = at;
    if (!this.#app.canEdit || this.isPanTool) return;
    this.#areaBefore = this.#app.area;
    // Shapes that are dragged begin with one press and end with the next.
    const isDragged = ['rectangle', 'ellipse'].includes(this.#app.taste.tool);
    if (!isDragged) {
      this.runner.pointer('down', at, none);
      this.runner.pointer('up', at, none);
    } else this.runner.pointer(this.runner.isBusy ? 'up' : 'down', at, none);
    this.#app.update();
  }

  /** To the next pixel, with brushes painting on the way. */
  #drawTo(action: MaskAction): void {
    const step = steps[action];
    if (step === undefined) return;
    const { taste, canEdit } = this.#app;
    if (!canEdit || !brushes.includes(taste.tool)) return this.#step(step);
    const from = this.#cursor ?? this.#image(this.centre);
    this.#areaBefore = this.#app.area;
    this.runner.pointer('down', from, none);
    this.#step(step);
    this.runner.pointer('up', this.#cursor ?? from, none);
    this.#app.update();
  }

  /** Pixels at high zoom; else as far as the eye sees a step. */
  #step([dx, dy]: readonly [number, number]): void {
    const { stage, start, announcer } = this.#app;
    const { width, height } = start.image;
    const length = Math.max(1, Math.round((4 * stage.ratio) / stage.view.zoom));
    const from = this.#cursor ?? this.#image(this.centre);
    const along = (at: number, by: number, most: number): number =>
      Math.min(most - 0.5, Math.max(0.5, Math.floor(at) + 0.5 + by * length));
    const to = { x: along(from.x, dx, width), y: along(from.y, dy, height) };
    this.#cursor = to;
    if (this.runner.isBusy) this.runner.pointer('move', to, none);
    stage.view = reveal(stage.view, to, 40 * stage.ratio, stage.size, start.image);
    announcer.say(fill(start.words.cursorAt, Math.floor(to.x), Math.floor(to.y)));
    this.#app.moved();
  }

  #image(at: Point): Point {
    return toImage(this.#app.stage.view, at);
  }
}
