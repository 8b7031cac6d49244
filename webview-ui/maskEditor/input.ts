/** Mouse, pen, touch, wheel and held keys, as what they mean for the editor. Places are device pixels of the stage. */
import type { MaskAction, MaskSettings } from '../../protocol/maskEditor.ts';
import type { Held } from './toolRunner.ts';
import type { Point } from './view.ts';

/** How a place was pressed or passed. */
export interface Touch {
  readonly held: Held;
  readonly pointer: 'mouse' | 'pen' | 'touch';
  /** 2 for the second press of a double click. */
  readonly clicks: number;
}

export interface InputTarget {
  press(at: Point, touch: Touch): void;
  /** All places since the last call, with those between two frames; `isPressed`: of a press, else hovering. */
  move(places: readonly Point[], isPressed: boolean, touch: Touch): void;
  release(at: Point, touch: Touch): void;
  /** A press that ended without a release. */
  interrupt(): void;
  leave(): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number, about: Point): void;
  act(action: MaskAction): void;
  hide(isHidden: boolean): void;
  panning(isPanning: boolean): void;
  /** Something is being placed: undo, Enter and Escape are its own. */
  readonly isBusy: boolean;
  /** The chosen tool pans. */
  readonly isPanTool: boolean;
  /** Takes back the last part of what is being placed. */
  takeBack(): void;
  /** Moves the cursor pressed. */
  draw(action: MaskAction): void;
}

const arrows: Readonly<Partial<Record<string, MaskAction>>> = {
  ...{ ArrowLeft: 'cursorLeft', ArrowRight: 'cursorRight' },
  ...{ ArrowUp: 'cursorUp', ArrowDown: 'cursorDown' },
};

/** Pixels that a line of a wheel stands for. */
const wheelLine = 33;
/** Milliseconds. */
const doubleClick = 400;
const isKey = (event: KeyboardEvent, key: string): boolean =>
  key !== '' && event.key.toLowerCase() === key.toLowerCase();

export class Input {
  readonly #element: HTMLElement;
  readonly #target: InputTarget;
  readonly #ratio: () => number;
  settings: MaskSettings;
  /** Fingers, or what pans, by pointer. */
  readonly #touches = new Map<number, Point>();
  #pressed: number | undefined;
  #panned: number | undefined;
  #isPanHeld = false;
  #hasPanned = false;
  #wheel = 0;
  #clicks = 1;
  #lastPress = { time: -Infinity, x: 0, y: 0 };

  constructor(
    element: HTMLElement,
    settings: MaskSettings,
    target: InputTarget,
    ratio: () => number,
  ) {
    this.#element = element;
    this.settings = settings;
    this.#target = target;
    this.#ratio = ratio;
    element.addEventListener('pointerdown', (event) => this.#down(event));
    element.addEventListener('pointermove', (event) => this.#move(event));
    element.addEventListener('pointerup', (event) => this.#up(event));
    element.addEventListener('pointercancel', (event) => this.#lost(event));
    element.addEventListener('lostpointercapture', (event) => this.#lost(event));
    element.addEventListener('pointerleave', () => this.#target.leave());
    element.addEventListener('contextmenu', (event) => event.preventDefault());
    element.addEventListener('wheel', (event) => this.#turn(event), { passive: false });
    element.addEventListener('keydown', (event) => this.#key(event));
    window.addEventListener('keyup', (event) => this.#keyUp(event));
    window.addEventListener('blur', () => this.#blur());
  }

  #place(event: MouseEvent): Point {
    const { left, top } = this.#element.getBoundingClientRect();
    const ratio = this.#ratio();
    return { x: (event.clientX - left) * ratio, y: (event.clientY - top) * ratio };
  }

  #touch({ shiftKey, altKey, ctrlKey, metaKey, pointerType }: PointerEvent): Touch {
    return {
      held: { shift: shiftKey, alt: altKey, ctrl: ctrlKey || metaKey },
      pointer: pointerType === 'pen' || pointerType === 'touch' ? pointerType : 'mouse',
      clicks: this.#clicks,
    };
  }

  /** Pointer events do not count clicks. */
  #count({ timeStamp, clientX, clientY }: PointerEvent): void {
    const { time, x, y } = this.#lastPress;
    const isSame = timeStamp - time < doubleClick && Math.hypot(clientX - x, clientY - y) < 5;
    this.#clicks = isSame ? this.#clicks + 1 : 1;
    this.#lastPress = { time: timeStamp, x: clientX, y: clientY };
  }

  #down(event: PointerEvent): void {
    const at = this.#place(event);
    this.#element.focus({ preventScroll: true });
    if (event.pointerType === 'touch') this.#touches.set(event.pointerId, at);
    if (this.#touches.size >= 2) {
      // The first finger was not painting but on its way to two.
      this.#endPress();
      if (this.#panned !== undefined) this.#endPan();
      return;
    }
    if (this.#pressed !== undefined || this.#panned !== undefined) return;
    const pans = event.button === 1 || this.#isPanHeld || this.#target.isPanTool;
    if (event.button !== 0 && event.button !== 1) return;
    event.preventDefault();
    try {
      this.#element.setPointerCapture(event.pointerId);
    } catch {
      // The pointer is gone already; its end comes as an event of its own.
    }
    if (pans) {
      this.#panned = event.pointerId;
      this.#hasPanned = true;
      this.#touches.set(event.pointerId, at);
      this.#target.panning(true);
    } else {
      this.#pressed = event.pointerId;
      this.#count(event);
      this.#target.press(at, this.#touch(event));
    }
  }

  #move(event: PointerEvent): void {
    const { pointerId } = event;
    const at = this.#place(event);
    const before = this.#touches.get(pointerId);
    if (before !== undefined && (this.#touches.size >= 2 || this.#panned === pointerId)) {
      this.#touches.set(pointerId, at);
      if (this.#touches.size >= 2) this.#pinch(pointerId, before, at);
      else this.#target.pan(at.x - before.x, at.y - before.y);
      return;
    }
    if (before !== undefined) this.#touches.set(pointerId, at);
    const isPressed = this.#pressed === pointerId;
    if (!isPressed && this.#pressed !== undefined) return;
    const between = isPressed ? event.getCoalescedEvents() : [];
    const places = between.length === 0 ? [at] : between.map((part) => this.#place(part));
    this.#target.move(places, isPressed, this.#touch(event));
  }

  /** Two fingers: what is between them stays between them. */
  #pinch(moved: number, before: Point, at: Point): void {
    const other = [...this.#touches].find(([id]) => id !== moved)?.[1];
    if (other === undefined) return;
    const [was, is] = [distance(before, other), distance(at, other)];
    this.#target.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
    if (was > 8 && is > 8) this.#target.zoom(is / was, middle);
  }

  #up(event: PointerEvent): void {
    const { pointerId } = event;
    this.#touches.delete(pointerId);
    if (this.#panned === pointerId) this.#endPan();
    if (this.#pressed !== pointerId) return;
    this.#pressed = undefined;
    this.#target.release(this.#place(event), this.#touch(event));
  }

  #lost({ pointerId }: PointerEvent): void {
    this.#touches.delete(pointerId);
    if (this.#panned === pointerId) this.#endPan();
    if (this.#pressed === pointerId) this.#endPress();
  }

  #endPress(): void {
    if (this.#pressed === undefined) return;
    this.#pressed = undefined;
    this.#target.interrupt();
  }

  #endPan(): void {
    this.#panned = undefined;
    this.#target.panning(this.#isPanHeld);
  }

  #turn(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? wheelLine : 1;
    const delta = (event.deltaY === 0 ? event.deltaX : event.deltaY) * lines;
    // A pinch on a trackpad comes as a wheel with Ctrl.
    if (!event.altKey) {
      this.#target.zoom(1.25 ** (-delta / 100), this.#place(event));
      return;
    }
    // Trackpads send many small turns: a step for each notch of a mouse's wheel.
    this.#wheel += delta;
    while (Math.abs(this.#wheel) >= 50) {
      this.#target.act(this.#wheel < 0 ? 'larger' : 'smaller');
      this.#wheel -= Math.sign(this.#wheel) * 100;
      if (Math.abs(this.#wheel) < 50) this.#wheel = 0;
    }
  }

  #key(event: KeyboardEvent): void {
    if (!this.#means(event)) return;
    event.preventDefault();
    // VS Code hears what the page lets through, and would do it a second time.
    event.stopPropagation();
  }

  /** True for a key that meant something here. */
  #means(event: KeyboardEvent): boolean {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    const target = this.#target;
    if (ctrlKey || metaKey) {
      if (key.toLowerCase() !== 'z' || shiftKey || !target.isBusy) return false;
      target.takeBack();
      return true;
    }
    if (altKey) return false;
    if (isKey(event, this.settings.hideKey)) {
      if (!event.repeat) target.hide(true);
      return true;
    }
    if (isKey(event, this.settings.panKey)) {
      if (!event.repeat) {
        [this.#isPanHeld, this.#hasPanned] = [true, false];
        target.panning(true);
      }
      return true;
    }
    const arrow = arrows[key];
    if (arrow !== undefined) {
      if (shiftKey) target.draw(arrow);
      else target.act(arrow);
      return true;
    }
    if (key === ' ' || (key === 'Enter' && !target.isBusy)) target.act('press');
    else if (key === 'Enter') target.act('accept');
    else if (key === 'Escape' && target.isBusy) target.act('discard');
    else if (key === 'Backspace' && target.isBusy) target.takeBack();
    else return false;
    return true;
  }

  #keyUp(event: KeyboardEvent): void {
    if (isKey(event, this.settings.hideKey)) this.#target.hide(false);
    if (!this.#isPanHeld || !isKey(event, this.settings.panKey)) return;
    this.#isPanHeld = false;
    this.#target.panning(this.#panned !== undefined);
    // The space bar both pans while it is held and presses when it is only tapped.
    if (!this.#hasPanned && event.key === ' ') this.#target.act('press');
  }

  #blur(): void {
    this.#endPress();
    this.#touches.clear();
    this.#isPanHeld = false;
    if (this.#panned !== undefined) this.#endPan();
    this.#target.panning(false);
    this.#target.hide(false);
  }
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
