/** What each action of a key, a button or a command of VS Code does. */
import type { MaskBits } from '../../protocol/mask/bits.ts';
import { specksOf } from '../../protocol/mask/regions.ts';
import type { MaskAction, MaskSettings, MaskTaste, MaskWords } from '../../protocol/maskEditor.ts';
import type { Announcer } from '../widgets/announcer.ts';
import { fill } from '../widgets/texts.ts';
import { eitherOf, isWhole, wholeOf } from './commands.ts';
import type { HeatMap } from './heatMap.ts';
import type { Pointing } from './pointing.ts';
import type { Counts } from './readings.ts';
import { describe } from './sentences.ts';
import type { Stage } from './stage.ts';
import { wholePrediction } from './tools/prediction.ts';
import { fitView, zoomStep } from './view.ts';

/** The editor as its actions see it. */
export interface Actor {
  readonly start: {
    readonly words: MaskWords;
    readonly image: { readonly width: number; readonly height: number };
  };
  readonly taste: MaskTaste;
  readonly settings: MaskSettings;
  readonly threshold: number;
  readonly heatMap: HeatMap | undefined;
  readonly isHidden: boolean;
  readonly light: readonly [number, number];
  readonly layers: { readonly defect: MaskBits };
  readonly counts: Counts;
  readonly stage: Stage;
  readonly pointing: Pointing;
  readonly announcer: Announcer;
  /** Shown by an outline until cleared. */
  specks: MaskBits | undefined;
  choose(part: Partial<MaskTaste>): void;
  hide(isHidden: boolean): void;
  /** Shows what may be done now. */
  update(): void;
  zoom(factor: number): void;
  moved(): void;
  lighten(brightness: number, contrast: number): void;
  /** One edit that makes the mask equal to other bits. */
  become(action: MaskAction, bits: MaskBits): void;
  ask(type: 'askClear' | 'askPrevious'): void;
}

/** Milliseconds that specks are shown for. */
const speckTime = 4000;

export function act(app: Actor, action: MaskAction): void {
  const { taste } = app;
  const { words, image } = app.start;
  const { runner } = app.pointing;
  const { view, size } = app.stage;
  if (isWhole(action)) {
    app.become(action, wholeOf(action, app.layers.defect, app.settings));
    return;
  }
  switch (action) {
    case 'accept':
    case 'discard':
      runner.key(action === 'accept' ? 'enter' : 'escape');
      return app.update();
    case 'add':
    case 'subtract':
      return app.choose({ subtract: action === 'subtract' });
    case 'smaller':
    case 'larger':
      return app.choose({ brushSize: nextSize(taste.brushSize, action === 'larger') });
    case 'square':
      return app.choose({ square: !taste.square });
    case 'raiseTolerance':
    case 'lowerTolerance': {
      const tolerance = taste.tolerance + (action === 'raiseTolerance' ? 2 : -2);
      return app.choose({ tolerance: Math.min(255, Math.max(0, tolerance)) });
    }
    case 'showSpecks':
      return showSpecks(app);
    case 'clear':
      return app.ask('askClear');
    case 'copyPrevious':
      return app.ask('askPrevious');
    case 'acceptWholePrediction':
      return acceptAll(app);
    case 'toggleMask':
      return app.hide(!app.isHidden);
    case 'toggleContour':
      return app.choose({ contour: !taste.contour });
    case 'togglePattern':
      return app.choose({ pattern: !taste.pattern });
    case 'toggleHeatMap':
      if (app.heatMap === undefined) app.announcer.say(words.heatMapNone);
      return app.choose({ heatMap: !taste.heatMap });
    case 'togglePixelGrid':
      return app.choose({ pixelGrid: !taste.pixelGrid });
    case 'zoomIn':
    case 'zoomOut':
      return app.zoom(action === 'zoomIn' ? zoomStep : 1 / zoomStep);
    case 'zoomToFit':
      app.stage.view = fitView(size, image);
      return app.moved();
    case 'zoomToPixels':
      return app.zoom(1 / view.zoom);
    case 'brighter':
    case 'darker':
    case 'moreContrast':
    case 'lessContrast':
      return lightStep(app, action);
    case 'resetView':
      app.lighten(1, 1);
      return act(app, 'zoomToFit');
    case 'cursorLeft':
    case 'cursorRight':
    case 'cursorUp':
    case 'cursorDown':
    case 'press':
      return app.pointing.act(action);
    case 'describe':
      app.announcer.say(describe(app.counts, taste, app.pointing.pixel, words));
  }
}

type LightAction = 'brighter' | 'darker' | 'moreContrast' | 'lessContrast';

function lightStep(app: Actor, action: LightAction): void {
  const [brightness, contrast] = app.light;
  const step = action === 'brighter' || action === 'moreContrast' ? 0.1 : -0.1;
  const isBrightness = action === 'brighter' || action === 'darker';
  const next = (value: number): number => Math.min(3, Math.max(0.2, value + step));
  if (isBrightness) app.lighten(next(brightness), contrast);
  else app.lighten(brightness, next(contrast));
}

function acceptAll(app: Actor): void {
  const { heatMap, threshold } = app;
  if (heatMap === undefined) return app.announcer.say(app.start.words.noPrediction);
  const { bits } = wholePrediction(heatMap, app.start.image, threshold);
  app.become('acceptWholePrediction', eitherOf(app.layers.defect, bits));
}

function showSpecks(app: Actor): void {
  const { words } = app.start;
  const { count, bits } = specksOf(app.layers.defect, app.settings.speckSize);
  const { speckSize } = app.settings;
  const none = fill(words.specksNone, speckSize);
  app.announcer.say(count === 0 ? none : fill(words.specksFound, count, speckSize));
  app.specks = bits;
  app.stage.redraw('preview');
  setTimeout(() => {
    app.specks = undefined;
    app.stage.redraw('preview');
  }, speckTime);
}

/** Sizes grow by a fifth, at least by one. */
function nextSize(size: number, isLarger: boolean): number {
  const step = Math.max(1, Math.round(size / 5));
  return Math.min(1024, Math.max(1, isLarger ? size + step : size - step));
}
