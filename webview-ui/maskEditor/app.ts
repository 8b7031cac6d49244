/** The mask editor: puts stage, tools, bars and edits around one document. */
import type { PixelBox } from '../../protocol/mask/bits.ts';
import { MaskBits } from '../../protocol/mask/bits.ts';
import { specksOf } from '../../protocol/mask/regions.ts';
import type {
  FromMaskEditor,
  MaskAction,
  MaskTaste,
  ToMaskEditor,
} from '../../protocol/maskEditor.ts';
import { mostEditable } from '../../protocol/maskEditor.ts';
import type { Announcer } from '../widgets/announcer.ts';
import { createAnnouncer } from '../widgets/announcer.ts';
import { make, setText } from '../widgets/dom.ts';
import { fill } from '../widgets/texts.ts';
import { onThemeChange } from '../widgets/themeColours.ts';
import { eitherOf, isWhole, wholeOf } from './commands.ts';
import { Editing } from './editing.ts';
import type { HeatMap } from './heatMap.ts';
import { readHeatMap } from './heatMap.ts';
import { Input } from './input.ts';
import type { Kept } from './keeping.ts';
import { editsOf, keep } from './keeping.ts';
import { maskColours } from './look.ts';
import { Minimap } from './minimap.ts';
import { Notices } from './notices.ts';
import { Pointing } from './pointing.ts';
import { ReadingsTeller } from './readings.ts';
import { describe, editSentence } from './sentences.ts';
import type { MaskLook } from './renderMask.ts';
import type { Scene } from './stage.ts';
import { Stage } from './stage.ts';
import { Tiles } from './tiles.ts';
import { Toolbar } from './toolbar.ts';
import { wholePrediction } from './tools/prediction.ts';
import { centreOn, clampView, fitView, zoomStep, zoomTo } from './view.ts';

type Start = Extract<ToMaskEditor, { type: 'start' }>;

export interface AppHost {
  post(message: FromMaskEditor): void;
  /** Something to keep has changed. */
  keep(): void;
}

/** Milliseconds after which a choice is told: sliders are dragged through many. */
const tastePause = 250;
const speckTime = 4000;

export class MaskApp implements Scene {
  readonly start: Start;
  readonly editing: Editing;
  readonly stage: Stage;
  readonly tiles: Tiles;
  readonly announcer: Announcer = createAnnouncer();
  readonly pointing: Pointing;
  taste: MaskTaste;
  settings: Start['settings'];
  /** What the chosen threshold of the prediction is. */
  threshold = 0.5;
  specks: MaskBits | undefined;
  heatMap: HeatMap | undefined;
  isHidden = false;
  readonly #host: AppHost;
  readonly #toolbar: Toolbar;
  readonly #notices: Notices;
  readonly #minimap: Minimap;
  readonly #readings: ReadingsTeller;
  readonly #input: Input;
  readonly #note = make('div', { class: 'note', role: 'status' });
  readonly #isSmall: boolean;
  #readOnly: string;
  #kept: Kept | undefined;
  #colours = maskColours();
  #heatUri: string | null = null;
  #light: readonly [number, number] = [1, 1];
  #tasteTimer: ReturnType<typeof setTimeout> | undefined;
  #isPainted = false;

  constructor(root: HTMLElement, start: Start, kept: Kept | undefined, host: AppHost) {
    this.start = start;
    this.#host = host;
    this.taste = start.taste;
    this.settings = start.settings;
    this.#readOnly = start.readOnly;
    this.#kept = kept?.document === start.document ? kept : undefined;
    const { words, image } = start;
    this.#isSmall = Math.max(image.width, image.height) <= mostEditable;
    // A larger image is shown only; its mask would not fit in memory.
    const size = this.#isSmall ? image : { width: 1, height: 1 };
    this.editing = new Editing(size.width, size.height, {
      post: (message) => host.post(message),
      changed: (box) => this.changed(box, true),
      lost: (isLost) => this.#lost(isLost),
    });
    this.tiles = new Tiles(() => {
      this.stage.redraw('image');
      this.#minimap.show(this.taste.minimap);
    });
    this.stage = new Stage(this, image, fill(words.canvas, image.name));
    this.pointing = new Pointing(this);
    this.#input = new Input(
      this.stage.element,
      this.settings,
      this.pointing,
      () => this.stage.ratio,
    );
    this.#toolbar = new Toolbar(words, {
      taste: (part) => this.choose(part),
      act: (action) => this.act(action),
      mark: (mark) => host.post({ type: 'mark', mark }),
      go: (step) => host.post({ type: 'go', step }),
      do: (command) => {
        if (command === 'undo' && this.pointing.runner.key('undo')) return;
        host.post({ type: 'do', command });
      },
      threshold: (value) => {
        this.threshold = value;
        this.pointing.runner.optionsChanged();
      },
      light: (brightness, contrast) => this.#lighten(brightness, contrast),
    });
    this.#notices = new Notices(words, (action) => host.post({ type: 'server', action }));
    this.#minimap = new Minimap(
      image,
      () => ({
        ...{ tiles: this.tiles, layers: this.layers, look: this.look },
        ...{ view: this.stage.view, stage: this.stage.size },
      }),
      (place) => {
        this.stage.view = centreOn(this.stage.view, place, this.stage.size, image);
        this.moved();
      },
    );
    const pointing = this.pointing;
    this.#readings = new ReadingsTeller(
      this.layers,
      () => ({
        ...{ zoom: this.stage.view.zoom, cursor: pointing.pixel },
        ...{ brushSize: this.taste.brushSize, tool: this.taste.tool },
        busy: pointing.runner.isBusy,
      }),
      (readings) => host.post(readings),
    );
    const canvas = make(
      'div',
      { class: 'canvas' },
      ...[this.stage.element, this.#minimap.element, this.#note],
    );
    root.replaceChildren(
      this.#toolbar.top,
      ...this.#notices.elements,
      make('div', { class: 'work' }, this.#toolbar.side, canvas),
      make('footer', { class: 'hint-bar' }, words.hint),
      this.announcer.element,
    );
    setText(this.#note, words.loading);
    this.pointing.runner.choose(this.taste.tool);
    this.#toolbar.show(this.taste);
    this.#toolbar.label(start.label);
    this.#notices.readOnly(this.#readOnly);
    this.update();
    onThemeChange(() => {
      this.#colours = maskColours();
      this.stage.redraw('mask', 'preview');
    });
    this.stage.element.focus({ preventScroll: true });
  }

  take(message: Exclude<ToMaskEditor, { type: 'start' }>): void {
    try {
      this.#take(message);
    } catch (error) {
      // Of another size than the image: as good as not understood.
      if (!(error instanceof RangeError)) throw error;
      // eslint-disable-next-line no-console -- a page has no other log
      console.warn(`A message was ignored: ${message.type}: ${error.message}.`);
    }
  }

  #take(message: Exclude<ToMaskEditor, { type: 'start' }>): void {
    switch (message.type) {
      case 'layers':
        this.pointing.runner.interrupt();
        this.editing.take(message);
        this.#offerKept();
        break;
      case 'applied':
        this.editing.take(message);
        break;
      case 'refused':
        this.editing.take(message);
        this.#notices.refused(fill(this.start.words.refused, message.message));
        break;
      case 'tiles':
        this.pointing.runner.forgetGrey();
        this.tiles.show(message);
        break;
      case 'unreadable':
        setText(this.#note, fill(this.start.words.unreadable, message.message));
        this.#note.hidden = false;
        return;
      case 'heatMap':
        this.threshold = Math.min(1, Math.max(0, message.threshold));
        this.#toolbar.threshold(this.threshold);
        void this.#readHeat(message.uri);
        return;
      case 'label':
        this.#toolbar.label(message.label);
        return;
      case 'readOnly':
        this.#readOnly = message.message;
        this.#notices.readOnly(message.message);
        if (message.message !== '') this.pointing.runner.interrupt();
        break;
      case 'settings':
        this.settings = message.settings;
        this.#input.settings = message.settings;
        return;
      case 'status':
        this.#notices.status(message.status);
        return;
      case 'tool':
        this.choose({ tool: message.tool });
        return;
      case 'action':
        this.act(message.action);
        return;
      case 'previousMask':
        this.#copyPrevious(message.defect);
    }
    this.#host.keep();
    this.update();
  }

  // What the stage draws.

  get layers(): Editing['ledger']['layers'] {
    return this.editing.ledger.layers;
  }

  get look(): MaskLook {
    const { contour, pattern, maskOpacity: opacity } = this.taste;
    return { ...this.#colours, opacity, contour, pattern, hidden: this.isHidden };
  }

  get heat(): Scene['heat'] {
    const { heatMap: map } = this;
    if (map === undefined || !this.taste.heatMap) return undefined;
    return { map, opacity: this.taste.heatMapOpacity };
  }

  get pixelGrid(): boolean {
    return this.taste.pixelGrid;
  }

  drawPreview(context: CanvasRenderingContext2D): void {
    this.pointing.draw(context);
  }

  drawn(): void {
    this.#sayPainted();
  }

  resized(isFirst: boolean): void {
    const { size } = this.stage;
    const { image } = this.start;
    if (isFirst) {
      const view = this.#kept?.view;
      this.stage.view = view === undefined ? fitView(size, image) : clampView(view, size, image);
    }
    this.moved();
  }

  // What may be done, and what changed.

  get canEdit(): boolean {
    const { isLost, ledger } = this.editing;
    return this.#readOnly === '' && this.#isSmall && !isLost && ledger.isLoaded;
  }

  /** `isSettled`: not in the middle of a stroke. */
  changed(box: PixelBox, isSettled: boolean): void {
    this.stage.redrawMask(box);
    if (!isSettled) return;
    this.specks = undefined;
    this.#readings.changed();
    this.#minimap.show(this.taste.minimap);
  }

  /** Another part of the image is seen. */
  moved(): void {
    this.#minimap.show(this.taste.minimap);
    this.#readings.soon();
    this.stage.redraw('preview');
  }

  update(): void {
    const edit = this.canEdit;
    const prediction = this.heatMap !== undefined;
    const { isBusy } = this.pointing.runner;
    const possible = { edit, prediction, grey: this.tiles.isKnown, busy: isBusy };
    this.#toolbar.possible(possible, this.taste);
    this.#note.hidden = this.editing.ledger.isLoaded && this.tiles.isKnown;
    this.#readings.soon();
  }

  committed(box: PixelBox, before: number): void {
    this.changed(box, true);
    this.#host.keep();
    this.announcer.say(editSentence(before, this.area, this.start.words));
  }

  get area(): number {
    return this.layers.defect.count();
  }

  #lost(isLost: boolean): void {
    if (isLost) this.pointing.runner.interrupt();
    this.#notices.lost(isLost, this.editing.ledger.pending.length);
    this.#host.keep();
    this.update();
  }

  #offerKept(): void {
    const edits = this.#kept === undefined ? [] : editsOf(this.#kept);
    this.#kept = undefined;
    if (edits.length === 0) return;
    this.#waitingAgain = edits;
    this.#notices.offer(edits.length, (isWanted) => {
      this.#waitingAgain = [];
      if (isWanted) this.editing.repeat(edits);
      this.#host.keep();
    });
  }

  /** Offered and not answered: kept until they are. */
  #waitingAgain: ReturnType<typeof editsOf> = [];

  kept(): Kept | undefined {
    if (this.#kept !== undefined) return undefined;
    const edits = [...this.#waitingAgain, ...this.editing.ledger.pending];
    return keep(this.start.document, edits, this.stage.view);
  }

  #sayPainted(): void {
    if (this.#isPainted) return;
    if (!this.editing.ledger.isLoaded) {
      setTimeout(() => this.#sayPainted(), 50);
      return;
    }
    this.#isPainted = true;
    this.#host.post({ type: 'painted', milliseconds: performance.now() });
  }

  // What a person does.

  choose(part: Partial<MaskTaste>): void {
    this.taste = { ...this.taste, ...part };
    if (part.tool !== undefined) this.pointing.runner.choose(part.tool);
    this.pointing.runner.optionsChanged();
    this.#toolbar.show(this.taste);
    this.stage.redraw('mask', 'heat', 'grid', 'preview');
    this.moved();
    this.update();
    this.pointing.showHand();
    clearTimeout(this.#tasteTimer);
    this.#tasteTimer = setTimeout(
      () => this.#host.post({ type: 'taste', taste: this.taste }),
      tastePause,
    );
  }

  hide(isHidden: boolean): void {
    if (this.isHidden === isHidden) return;
    this.isHidden = isHidden;
    this.stage.redraw('mask');
  }

  zoom(factor: number, about = this.pointing.centre): void {
    const { view, size } = this.stage;
    this.stage.view = zoomTo(view, view.zoom * factor, about, size, this.start.image);
    this.moved();
  }

  act(action: MaskAction): void {
    const { taste } = this;
    const { words, image } = this.start;
    const { runner } = this.pointing;
    const { view, size } = this.stage;
    if (isWhole(action)) {
      this.#become(action, wholeOf(action, this.layers.defect, this.settings));
      return;
    }
    switch (action) {
      case 'accept':
      case 'discard':
        runner.key(action === 'accept' ? 'enter' : 'escape');
        break;
      case 'add':
      case 'subtract':
        return this.choose({ subtract: action === 'subtract' });
      case 'smaller':
      case 'larger':
        return this.choose({ brushSize: nextSize(taste.brushSize, action === 'larger') });
      case 'square':
        return this.choose({ square: !taste.square });
      case 'raiseTolerance':
      case 'lowerTolerance': {
        const tolerance = taste.tolerance + (action === 'raiseTolerance' ? 2 : -2);
        return this.choose({ tolerance: Math.min(255, Math.max(0, tolerance)) });
      }
      case 'showSpecks':
        return this.#showSpecks();
      case 'clear':
        if (this.canEdit) this.#host.post({ type: 'askClear' });
        return;
      case 'copyPrevious':
        if (this.canEdit) this.#host.post({ type: 'askPrevious' });
        return;
      case 'acceptWholePrediction':
        return this.#acceptAll();
      case 'toggleMask':
        return this.hide(!this.isHidden);
      case 'toggleContour':
        return this.choose({ contour: !taste.contour });
      case 'togglePattern':
        return this.choose({ pattern: !taste.pattern });
      case 'toggleHeatMap':
        if (this.heatMap === undefined) this.announcer.say(words.heatMapNone);
        return this.choose({ heatMap: !taste.heatMap });
      case 'togglePixelGrid':
        return this.choose({ pixelGrid: !taste.pixelGrid });
      case 'zoomIn':
      case 'zoomOut':
        return this.zoom(action === 'zoomIn' ? zoomStep : 1 / zoomStep);
      case 'zoomToFit':
        this.stage.view = fitView(size, image);
        return this.moved();
      case 'zoomToPixels':
        return this.zoom(1 / view.zoom);
      case 'brighter':
      case 'darker':
      case 'moreContrast':
      case 'lessContrast':
        return this.#lightStep(action);
      case 'resetView':
        this.#lighten(1, 1);
        return this.act('zoomToFit');
      case 'cursorLeft':
      case 'cursorRight':
      case 'cursorUp':
      case 'cursorDown':
      case 'press':
        return this.pointing.act(action);
      case 'describe':
        this.announcer.say(describe(this.#readings.counts, taste, this.pointing.pixel, words));
    }
  }

  #lightStep(action: 'brighter' | 'darker' | 'moreContrast' | 'lessContrast'): void {
    const [brightness, contrast] = this.#light;
    const step = action === 'brighter' || action === 'moreContrast' ? 0.1 : -0.1;
    const isBrightness = action === 'brighter' || action === 'darker';
    const next = (value: number): number => Math.min(3, Math.max(0.2, value + step));
    if (isBrightness) this.#lighten(next(brightness), contrast);
    else this.#lighten(brightness, next(contrast));
  }

  #lighten(brightness: number, contrast: number): void {
    this.#light = [brightness, contrast];
    this.#toolbar.light(brightness, contrast);
    this.stage.light(brightness, contrast);
  }

  /** One edit that makes the mask equal to other bits. */
  #become(tool: MaskAction, bits: MaskBits): void {
    if (!this.canEdit) return;
    this.pointing.runner.interrupt();
    const before = this.area;
    this.editing.surface.become('defect', bits);
    const box = this.editing.commit(tool);
    if (box !== undefined) this.committed(box, before);
  }

  #copyPrevious(bytes: Uint8Array | null): void {
    const { words, image } = this.start;
    if (bytes === null) this.announcer.say(words.nothingToCopy);
    else {
      const previous = MaskBits.fromBytes(image.width, image.height, bytes);
      this.#become('copyPrevious', eitherOf(this.layers.defect, previous));
    }
  }

  #acceptAll(): void {
    const { heatMap, threshold } = this;
    if (heatMap === undefined) return this.announcer.say(this.start.words.noPrediction);
    const { bits } = wholePrediction(heatMap, this.start.image, threshold);
    this.#become('acceptWholePrediction', eitherOf(this.layers.defect, bits));
  }

  #showSpecks(): void {
    const { words } = this.start;
    const { count, bits } = specksOf(this.layers.defect, this.settings.speckSize);
    this.announcer.say(count === 0 ? words.specksNone : fill(words.specksFound, count));
    this.specks = bits;
    this.stage.redraw('preview');
    setTimeout(() => {
      this.specks = undefined;
      this.stage.redraw('preview');
    }, speckTime);
  }

  async #readHeat(uri: string | null): Promise<void> {
    this.#heatUri = uri;
    const map = uri === null ? undefined : await readHeatMap(uri);
    // Another one was named meanwhile.
    if (this.#heatUri !== uri) return;
    this.heatMap = map;
    this.pointing.runner.optionsChanged();
    this.stage.redraw('heat');
    this.update();
  }
}

/** Sizes grow by a fifth, at least by one. */
function nextSize(size: number, isLarger: boolean): number {
  const step = Math.max(1, Math.round(size / 5));
  return Math.min(1024, Math.max(1, isLarger ? size + step : size - step));
}
