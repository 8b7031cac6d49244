/** The mask editor: puts stage, tools, bars and edits around one document. */
import type { PixelBox } from '../../protocol/mask/bits.ts';
import { MaskBits, mostSide } from '../../protocol/mask/bits.ts';
import type {
  FromMaskEditor,
  MaskAction,
  MaskTaste,
  ToMaskEditor,
} from '../../protocol/maskEditor.ts';
import type { Announcer } from '../widgets/announcer.ts';
import { createAnnouncer } from '../widgets/announcer.ts';
import { make, setText } from '../widgets/dom.ts';
import { fill } from '../widgets/texts.ts';
import { onThemeChange } from '../widgets/themeColours.ts';
import { act } from './actions.ts';
import { eitherOf } from './commands.ts';
import { Editing } from './editing.ts';
import type { HeatMap } from './heatMap.ts';
import { readHeatMap } from './heatMap.ts';
import { Input } from './input.ts';
import type { Kept } from './keeping.ts';
import { KeptOffer } from './keptOffer.ts';
import { maskColours } from './look.ts';
import { Minimap } from './minimap.ts';
import { Notices } from './notices.ts';
import { Pointing } from './pointing.ts';
import type { Counts } from './readings.ts';
import { ReadingsTeller } from './readings.ts';
import { editSentence } from './sentences.ts';
import type { MaskLook } from './renderMask.ts';
import type { Scene } from './stage.ts';
import { Stage } from './stage.ts';
import { Tiles } from './tiles.ts';
import { Toolbar } from './toolbar.ts';
import { centreOn, clampView, fitView, zoomTo } from './view.ts';

type Start = Extract<ToMaskEditor, { type: 'start' }>;

export interface AppHost {
  post(message: FromMaskEditor): void;
  /** Something to keep has changed. */
  keep(): void;
}

/** Milliseconds after which a choice is told: sliders are dragged through many. */
const tastePause = 250;

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
  /** Brightness and contrast for viewing; 1 is as it is. */
  light: readonly [number, number] = [1, 1];
  readonly #host: AppHost;
  readonly #toolbar: Toolbar;
  readonly #notices: Notices;
  readonly #minimap: Minimap;
  readonly #readings: ReadingsTeller;
  readonly #input: Input;
  readonly #note = make('div', { class: 'note', role: 'status' });
  readonly #isSmall: boolean;
  #readOnly: string;
  readonly #offer: KeptOffer;
  #colours = maskColours();
  #heatUri: string | null = null;
  #tasteTimer: ReturnType<typeof setTimeout> | undefined;
  #isPainted = false;

  constructor(root: HTMLElement, start: Start, kept: Kept | undefined, host: AppHost) {
    this.start = start;
    this.#host = host;
    this.taste = start.taste;
    this.settings = start.settings;
    this.#readOnly = start.readOnly;
    const { words, image } = start;
    this.#isSmall = Math.max(image.width, image.height) <= mostSide;
    // A larger image is shown only; its mask would not fit in memory.
    const size = this.#isSmall ? image : { width: 1, height: 1 };
    this.editing = new Editing(size.width, size.height, {
      post: (message) => host.post(message),
      changed: (box) => this.changed(box, true),
      lost: (isLost) => this.#lost(isLost),
    });
    this.tiles = new Tiles(() => {
      this.stage.redraw('image');
      this.#minimap.show(this.taste.minimap, true);
    });
    this.stage = new Stage(this, image, fill(words.canvas, image.name, image.width, image.height));
    this.pointing = new Pointing(this);
    this.#input = new Input(
      this.stage.element,
      this.settings,
      this.pointing,
      () => this.stage.ratio,
    );
    this.#toolbar = new Toolbar(words, start.keys, {
      taste: (part) => this.choose(part),
      act: (action) => this.act(action),
      mark: (mark) => host.post({ type: 'mark', mark }),
      go: (step) => host.post({ type: 'go', step }),
      do: (command) => {
        const isTaken = command === 'undo' && this.pointing.runner.key('undo');
        if (!isTaken) host.post({ type: 'do', command });
      },
      threshold: (value) => {
        this.threshold = value;
        this.pointing.runner.optionsChanged();
      },
      light: (brightness, contrast) => this.lighten(brightness, contrast),
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
    this.#offer = new KeptOffer(kept, start.document, {
      ask: (count, answer) => this.#notices.offer(count, answer),
      repeat: (edits) => this.editing.repeat(edits),
      changed: () => host.keep(),
    });
    const { pointing } = this;
    this.#readings = new ReadingsTeller(
      this.layers,
      () => ({
        ...{ zoom: this.stage.view.zoom, cursor: pointing.pixel },
        ...{ brushSize: this.taste.brushSize, tool: this.taste.tool },
        busy: pointing.runner.isBusy,
      }),
      (readings) => host.post(readings),
    );
    const { stage, announcer } = this;
    const canvas = make('div', { class: 'canvas' });
    canvas.append(stage.element, this.#minimap.element, this.#note);
    const work = make('div', { class: 'work' }, this.#toolbar.side, canvas);
    const hint = make('footer', { class: 'hint-bar' }, words.hint);
    const { elements } = this.#notices;
    this.#toolbar.giveFocusBack(stage.element);
    root.replaceChildren(this.#toolbar.top, ...elements, work, hint, announcer.element);
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
    this.stage.takeFocus();
  }

  /** Throws a RangeError for a mask of another size than the image. */
  take(message: Exclude<ToMaskEditor, { type: 'start' }>): void {
    switch (message.type) {
      case 'layers':
        this.pointing.runner.interrupt();
        this.editing.take(message);
        this.#offer.make();
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
      const { view } = this.#offer;
      this.stage.view = view === undefined ? fitView(size, image) : clampView(view, size, image);
    }
    this.moved();
  }

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
    this.#minimap.show(this.taste.minimap, true);
  }

  /** Another part of the image is seen. */
  moved(): void {
    this.#minimap.show(this.taste.minimap, false);
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

  kept(): Kept | undefined {
    return this.#offer.kept(this.editing.ledger.pending, this.stage.view);
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
    act(this, action);
  }

  ask(type: 'askClear' | 'askPrevious'): void {
    if (this.canEdit) this.#host.post({ type });
  }

  get counts(): Counts {
    return this.#readings.counts;
  }

  lighten(brightness: number, contrast: number): void {
    this.light = [brightness, contrast];
    this.#toolbar.light(brightness, contrast);
    this.stage.light(brightness, contrast);
  }

  /** One edit that makes the mask equal to other bits. */
  become(tool: MaskAction, bits: MaskBits): void {
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
      this.become('copyPrevious', eitherOf(this.layers.defect, previous));
    }
  }

  async #readHeat(uri: string | null): Promise<void> {
    this.#heatUri = uri;
    const map = uri === null ? undefined : await readHeatMap(uri, this.start.image);
    // Another one was named meanwhile.
    if (this.#heatUri !== uri) return;
    this.heatMap = map;
    this.pointing.runner.optionsChanged();
    this.stage.redraw('heat');
    this.update();
  }
}
