/** The bars around the image: tools at the side; above, what the tool needs, labels, places and menus. */
import type {
  FromMaskEditor,
  LabelState,
  MaskAction,
  MaskKeys,
  MaskStep,
  MaskTaste,
  MaskTool,
  MaskWords,
} from '../../protocol/maskEditor.ts';
import { maskTools } from '../../protocol/maskEditor.ts';
import { button, make, setText } from '../widgets/dom.ts';
import { showOutcome } from '../widgets/outcome.ts';
import { fill, scoreText } from '../widgets/texts.ts';
import type { Check, Slider } from './controls.ts';
import { check, panel, slider } from './controls.ts';
import { toolIcon } from './icons.ts';
import { giveFocusBack, rove } from './roving.ts';

type DoCommand = Extract<FromMaskEditor, { type: 'do' }>['command'];

export interface ToolbarActions {
  taste(part: Partial<MaskTaste>): void;
  act(action: MaskAction): void;
  mark(mark: 'ok' | 'defective'): void;
  go(step: MaskStep): void;
  do(command: DoCommand): void;
  threshold(value: number): void;
  light(brightness: number, contrast: number): void;
}

/** What may be done now. */
export interface Possible {
  readonly edit: boolean;
  readonly prediction: boolean;
  readonly grey: boolean;
  readonly busy: boolean;
}

const sized: readonly MaskTool[] = ['brush', 'eraser', 'ignoreBrush'];
const tolerant: readonly MaskTool[] = ['wand', 'fill', 'smartSelect'];
const modal: readonly MaskTool[] = [
  ...(['polygon', 'rectangle', 'rotatedRectangle', 'ellipse'] as const),
  ...(['fill', 'wand', 'smartSelect'] as const),
];
/** Keys that are the view's own. */
const ownKeys: MaskKeys = { accept: 'Enter', discard: 'Escape' };
const percent = (value: number): string => `${Math.round(value * 100)} %`;
/** Sizes grow by ratio: half of the slider's way is up to 32 pixels. */
const toSlider = (size: number): number => Math.round(10 * Math.log2(size));
const fromSlider = (value: number): number => Math.max(1, Math.round(2 ** (value / 10)));

export class Toolbar {
  readonly side: HTMLElement;
  readonly top: HTMLElement;
  readonly #words: MaskWords;
  readonly #keys: MaskKeys;
  readonly #actions: ToolbarActions;
  readonly #tools = new Map<MaskTool, HTMLButtonElement>();
  readonly #sliders: Readonly<Record<'size' | 'tolerance' | 'threshold', Slider>>;
  readonly #opacities: Readonly<Record<'mask' | 'heatMap', Slider>>;
  readonly #light: Readonly<Record<'brightness' | 'contrast', Slider>>;
  readonly #checks: Readonly<
    Record<'contour' | 'pattern' | 'heatMap' | 'pixelGrid' | 'minimap', Check>
  >;
  readonly #mode: readonly [HTMLButtonElement, HTMLButtonElement];
  readonly #form: readonly [HTMLButtonElement, HTMLButtonElement];
  readonly #placing: readonly HTMLButtonElement[];
  readonly #editing: HTMLButtonElement[] = [];
  readonly #predicting: HTMLButtonElement[] = [];
  readonly #marks: Readonly<Record<'ok' | 'defective', HTMLButtonElement>>;
  /** The name gives way where there is no room; score and outcome stay. */
  readonly #labelName = make('span', { class: 'label-name' });
  readonly #labelScore = make('span', { class: 'label-score' });
  readonly #labelOutcome = make('span', { class: 'outcome' });
  readonly #label = make(
    'span',
    { class: 'label-state' },
    ...[this.#labelName, this.#labelScore, this.#labelOutcome],
  );
  #lightNow: readonly [number, number] = [1, 1];

  constructor(words: MaskWords, keys: MaskKeys, actions: ToolbarActions) {
    this.#words = words;
    this.#keys = { ...keys, ...ownKeys };
    this.#actions = actions;
    const tools = maskTools.map((tool) => this.#makeTool(tool));
    this.side = make('div', { class: 'tools', role: 'toolbar', 'aria-label': words.tools });
    this.side.setAttribute('aria-orientation', 'vertical');
    this.side.append(...tools);
    rove(this.side);
    this.#sliders = this.#makeSliders();
    this.#opacities = {
      mask: this.#share(words.maskOpacity, 'maskOpacity', (maskOpacity) => ({ maskOpacity })),
      heatMap: this.#share(words.heatMapOpacity, 'heatMapOpacity', (heatMapOpacity) => ({
        heatMapOpacity,
      })),
    };
    this.#light = {
      brightness: this.#lightSlider(words.brightness, 'brightness', 0),
      contrast: this.#lightSlider(words.contrast, 'contrast', 1),
    };
    this.#checks = {
      contour: check(words.contour, (contour) => actions.taste({ contour })),
      pattern: check(words.pattern, (pattern) => actions.taste({ pattern })),
      heatMap: check(words.heatMap, (heatMap) => actions.taste({ heatMap })),
      pixelGrid: check(words.pixelGrid, (pixelGrid) => actions.taste({ pixelGrid })),
      minimap: check(words.minimap, (minimap) => actions.taste({ minimap })),
    };
    this.#mode = [
      this.#choice(words.add, 'add', () => actions.taste({ subtract: false })),
      this.#choice(words.subtract, 'remove', () => actions.taste({ subtract: true })),
    ];
    this.#form = [
      this.#choice(words.round, 'circle-large', () => actions.taste({ square: false })),
      this.#choice(words.square, 'primitive-square', () => actions.taste({ square: true })),
    ];
    this.#placing = [
      this.#action('accept', words.accept, 'check'),
      this.#action('discard', words.discard, 'close'),
    ];
    this.#marks = {
      ok: button({
        ...{ label: words.markOk, title: this.#titled(words.markOk, 'markOk') },
        ...{ icon: 'pass', press: () => actions.mark('ok') },
      }),
      defective: button({
        ...{ label: words.markDefective, icon: 'error' },
        title: this.#titled(words.markDefective, 'markDefective'),
        press: () => actions.mark('defective'),
      }),
    };
    this.top = make('div', { class: 'toolbar' }, ...this.#makeTop());
    this.threshold(0.5);
    this.light(1, 1);
  }

  giveFocusBack(stage: HTMLElement): void {
    for (const bar of [this.side, this.top]) giveFocusBack(bar, stage);
  }

  show(taste: MaskTaste): void {
    const { tool } = taste;
    for (const [name, element] of this.#tools) {
      element.setAttribute('aria-pressed', String(name === tool));
    }
    const press = (pair: readonly HTMLButtonElement[], second: boolean, shown: boolean): void => {
      pair[0]?.setAttribute('aria-pressed', String(!second));
      pair[1]?.setAttribute('aria-pressed', String(second));
      for (const element of pair) element.hidden = !shown;
    };
    press(this.#mode, taste.subtract, modal.includes(tool));
    press(this.#form, taste.square, sized.includes(tool));
    const { size, tolerance, threshold } = this.#sliders;
    size.element.hidden = !sized.includes(tool);
    tolerance.element.hidden = !tolerant.includes(tool);
    threshold.element.hidden = tool !== 'acceptPrediction';
    size.show(toSlider(taste.brushSize));
    tolerance.show(taste.tolerance);
    this.#opacities.mask.show(taste.maskOpacity);
    this.#opacities.heatMap.show(taste.heatMapOpacity);
    for (const name of ['contour', 'pattern', 'pixelGrid', 'minimap'] as const) {
      this.#checks[name].show(taste[name]);
    }
  }

  possible({ edit, prediction, grey, busy }: Possible, taste: MaskTaste): void {
    for (const element of this.#editing) element.disabled = !edit;
    for (const element of this.#predicting) element.disabled = !edit || !prediction;
    for (const element of this.#placing) element.hidden = !busy;
    for (const [tool, element] of this.#tools) {
      const able =
        tool === 'pan' ||
        (edit &&
          (tool !== 'acceptPrediction' || prediction) &&
          ((tool !== 'wand' && tool !== 'smartSelect') || grey));
      // Not `disabled`: the chosen tool must stay in reach of the keyboard, and say why it does nothing.
      element.setAttribute('aria-disabled', String(!able));
    }
    this.#checks.heatMap.show(taste.heatMap && prediction, prediction);
    this.#checks.heatMap.element.title = prediction ? '' : this.#words.heatMapNone;
  }

  label({ state, kind, score, outcome }: LabelState): void {
    const { ok, weak, mask, unlabelled, unknown, score: scored } = this.#words;
    const name = { ok, weak, mask, unlabelled, unknown }[state];
    const joined = (...parts: readonly string[]): string =>
      parts.filter((part) => part !== '').join(' · ');
    const figure = score === null ? '' : fill(scored, scoreText(score));
    setText(this.#labelName, joined(name, kind));
    setText(this.#labelScore, figure);
    showOutcome(this.#labelOutcome, outcome);
    this.#label.title = joined(name, kind, figure, outcome);
    this.#label.dataset['state'] = state;
    this.#marks.ok.setAttribute('aria-pressed', String(state === 'ok'));
    const isDefective = state === 'mask' || state === 'weak';
    this.#marks.defective.setAttribute('aria-pressed', String(isDefective));
  }

  threshold(value: number): void {
    this.#sliders.threshold.show(Math.min(1, Math.max(0, value)));
  }

  light(brightness: number, contrast: number): void {
    this.#lightNow = [brightness, contrast];
    this.#light.brightness.show(brightness);
    this.#light.contrast.show(contrast);
  }

  #makeTop(): Node[] {
    const { words, go } = { words: this.#words, go: this.#go.bind(this) };
    const placing = make('span', { class: 'group' }, ...this.#placing);
    const options = make('span', { class: 'group options' }, ...this.#mode, ...this.#form);
    const { size, tolerance, threshold } = this.#sliders;
    options.append(size.element, tolerance.element, threshold.element, placing);
    const history = make(
      'span',
      { class: 'group' },
      this.#edits(this.#do('undo', words.undo, 'discard')),
      this.#edits(this.#do('redo', words.redo, 'redo')),
      this.#do('save', words.save, 'save'),
    );
    const marks = make('span', { class: 'group marks', role: 'group', 'aria-label': words.label });
    marks.append(this.#marks.ok, this.#marks.defective, this.#label);
    const places = make(
      'span',
      { class: 'group' },
      ...[go('previous', words.previous, 'arrow-left'), go('next', words.next, 'arrow-right')],
      go('nextUnlabelled', words.nextUnlabelled, 'tag'),
      go('nextUncertain', words.nextUncertain, 'question'),
    );
    const menus = make(
      'span',
      { class: 'group' },
      ...panel(words.more, 'more', ...this.#makeCommands()),
      ...panel(words.view, 'view', ...this.#makeView()),
    );
    return [history, places, marks, menus, options];
  }

  #makeCommands(): Node[] {
    const { words } = this;
    const plain = [
      this.#action('fillHoles', words.fillHoles),
      this.#action('removeSpecks', words.removeSpecks),
      this.#action('grow', words.grow),
      this.#action('shrink', words.shrink),
      this.#action('invert', words.invert),
      this.#action('clear', words.clear),
      this.#action('copyPrevious', words.copyPrevious),
    ];
    const prediction = this.#action('acceptWholePrediction', words.wholePrediction);
    this.#editing.push(...plain);
    this.#predicting.push(prediction);
    return [
      ...plain,
      prediction,
      this.#action('showSpecks', words.showSpecks),
      this.#action('describe', words.describeMask),
    ];
  }

  #makeView(): Node[] {
    const { words } = this;
    const { contour, pattern, heatMap, pixelGrid, minimap } = this.#checks;
    return [
      this.#opacities.mask.element,
      ...[contour.element, pattern.element, heatMap.element],
      this.#opacities.heatMap.element,
      ...[pixelGrid.element, minimap.element],
      this.#light.brightness.element,
      this.#light.contrast.element,
      make(
        'span',
        { class: 'group' },
        this.#action('zoomIn', words.zoomIn, 'zoom-in'),
        this.#action('zoomOut', words.zoomOut, 'zoom-out'),
      ),
      this.#action('zoomToFit', words.zoomToFit),
      this.#action('zoomToPixels', words.zoomToPixels),
      this.#action('resetView', words.reset),
    ];
  }

  get words(): MaskWords {
    return this.#words;
  }

  /** A name with its key, as VS Code writes it. */
  #titled(label: string, of: string): string {
    const key = this.#keys[of];
    return key === undefined ? label : `${label} (${key})`;
  }

  #makeTool(tool: MaskTool): HTMLButtonElement {
    const label = this.#words[tool];
    const element = button({
      ...{ label, iconOnly: true, title: this.#titled(label, tool) },
      press: () => this.#actions.taste({ tool }),
    });
    element.append(toolIcon(tool));
    element.dataset['tool'] = tool;
    const key = this.#keys[tool];
    if (key !== undefined) element.setAttribute('aria-keyshortcuts', key);
    this.#tools.set(tool, element);
    return element;
  }

  #makeSliders(): Record<'size' | 'tolerance' | 'threshold', Slider> {
    const { size, tolerance, threshold } = this.#words;
    return {
      size: slider({
        ...{ label: size, name: 'size', min: 0, max: 100, text: (at) => `${fromSlider(at)} px` },
        change: (at) => this.#actions.taste({ brushSize: fromSlider(at) }),
      }),
      tolerance: slider({
        ...{ label: tolerance, name: 'tolerance', min: 0, max: 255, text: String },
        change: (value) => this.#actions.taste({ tolerance: value }),
      }),
      threshold: slider({
        ...{ label: threshold, name: 'threshold', min: 0, max: 1, step: 0.005, text: scoreText },
        change: (value) => this.#actions.threshold(value),
      }),
    };
  }

  #share(label: string, name: string, part: (value: number) => Partial<MaskTaste>): Slider {
    return slider({
      ...{ label, name, min: 0, max: 1, step: 0.05, text: percent },
      change: (value) => this.#actions.taste(part(value)),
    });
  }

  #lightSlider(label: string, name: string, which: 0 | 1): Slider {
    return slider({
      ...{ label, name, min: 0.2, max: 3, step: 0.1, text: percent },
      change: (value) => {
        const [brightness, contrast] = this.#lightNow;
        this.#lightNow = which === 0 ? [value, contrast] : [brightness, value];
        this.#actions.light(...this.#lightNow);
      },
    });
  }

  #choice(label: string, sign: string, press: () => void): HTMLButtonElement {
    return button({ label, icon: sign, iconOnly: true, press });
  }

  #action(action: MaskAction, label: string, sign?: string): HTMLButtonElement {
    const element = button({
      ...{ label, title: this.#titled(label, action), press: () => this.#actions.act(action) },
      ...(sign === undefined ? {} : { icon: sign }),
    });
    element.dataset['action'] = action;
    return element;
  }

  #do(command: DoCommand, label: string, sign: string): HTMLButtonElement {
    return button({ label, icon: sign, iconOnly: true, press: () => this.#actions.do(command) });
  }

  #go(step: MaskStep, label: string, sign: string): HTMLButtonElement {
    const title = this.#titled(label, step);
    const press = (): void => this.#actions.go(step);
    return button({ label, title, icon: sign, iconOnly: true, press });
  }

  #edits(element: HTMLButtonElement): HTMLButtonElement {
    this.#editing.push(element);
    return element;
  }
}
