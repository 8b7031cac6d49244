/** A mask editor's page with a document in memory at the other end. */
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import type {
  FromMaskEditor,
  MaskTaste,
  MaskWords,
  ToMaskEditor,
} from '../../../protocol/maskEditor.ts';
import { fromMaskEditor, maskWords } from '../../../protocol/maskEditor.ts';
import { MaskBits } from '../../../protocol/mask/bits.ts';
import type { Layers, LayerToggles } from '../../../protocol/mask/edits.ts';
import { applyChanges, applyToggles } from '../../../protocol/mask/edits.ts';
import type { Size } from '../../../protocol/mask/raster.ts';
import { encodeGreyPng } from '../../../server/files/png.ts';
import { dilate, reduceToMap } from '../../../server/method/labels.ts';
import { seededRandom } from '../../support/random.ts';
import type { OpenOptions } from './viewPage.ts';
import { ViewPage } from './viewPage.ts';

/** A word of camel case as a person would write it, with the places that the page fills. */
const places: Readonly<Partial<Record<string, string>>> = {
  ...{ painted: '{0} pixels added', erased: '{0} pixels removed', cursorAt: '{0}, {1}' },
  ...{ kept: '{0} strokes are kept.', keptAgain: 'Paint {0} strokes again?' },
  ...{ refused: 'Not taken: {0}', readOnly: '{0}', unreadable: 'Cannot be read: {0}' },
  ...{ lost: 'The connection is lost.', describe: '{0} pixels, {1} regions, {2} ignored' },
  ...{ specksNone: 'No specks of {0} pixels' },
  ...{ describeTool: '{0}, {1} pixels.', score: 'Score {0}', canvas: 'Mask of {0}' },
  ...{ specksFound: '{0} specks', markOk: 'OK', markDefective: 'Defective' },
};
const spaced = (word: string): string =>
  word.charAt(0).toUpperCase() + word.slice(1).replace(/[A-Z]/g, (big) => ` ${big.toLowerCase()}`);

export const words = Object.fromEntries(
  maskWords.map((word) => [word, places[word] ?? spaced(word)]),
) as MaskWords;

const plainTaste: MaskTaste = {
  ...{ tool: 'brush', brushSize: 5, square: true, subtract: false, tolerance: 16 },
  ...{ maskOpacity: 0.5, heatMapOpacity: 0.6, contour: false, pattern: false },
  ...{ heatMap: false, pixelGrid: true, minimap: true },
};

export interface MaskFixture {
  readonly view: ViewPage<ToMaskEditor, FromMaskEditor>;
  /** The document's. */
  readonly layers: Layers;
  readonly undoStack: (readonly LayerToggles[])[];
  undo(): void;
  refuses: boolean;
}

export interface MaskFixtureOptions {
  readonly width?: number;
  readonly height?: number;
  readonly taste?: Partial<MaskTaste>;
  readonly readOnly?: string;
  /** Of the scratch, or the map given (0..255). */
  readonly heat?: boolean | (Size & { readonly values: Uint8Array });
  /** Something on the mask from the start. */
  readonly prepare?: (layers: Layers) => void;
}

const tile = 512;

/** What a network that finds the scratch gives: likely on it, unlikely beside it. */
function mapOfScratch(pixels: Uint8Array, { width, height }: Size) {
  const data = pixels.map((value) => (value < 60 ? 1 : 0));
  const target = reduceToMap(dilate({ data, width, height }, 13).data, width, height);
  const values = Uint8Array.from(target, (share) => 20 + 215 * share);
  return { width: width / 8, height: height / 8, values };
}

/** Brushed metal with a scratch, in tiles of one level, and the heat map. */
async function makeTiles(
  { width, height }: Size,
  heat: MaskFixtureOptions['heat'],
): Promise<(file: string) => Uint8Array> {
  const random = seededRandom(7);
  const level = Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / tile)));
  const pixels = Buffer.alloc(width * height);
  for (let at = 0; at < pixels.length; at += 1) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const isScratch = Math.abs(y - height / 2 - 20 * Math.sin(x / 40)) < 3;
    pixels[at] = isScratch ? 30 : 120 + 14 * Math.sin(y / 3) + 20 * random();
  }
  const tiles = new Map<string, Uint8Array>();
  for (let at = 0; at <= level; at += 1) {
    const share = 2 ** (level - at);
    const size = { width: Math.ceil(width / share), height: Math.ceil(height / share) };
    const whole = await sharp(pixels, { raw: { width, height, channels: 1 } })
      .resize(size.width, size.height, { fit: 'fill' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    for (let top = 0; top < size.height; top += tile) {
      for (let left = 0; left < size.width; left += tile) {
        const part = {
          ...{ left, top, width: Math.min(tile, size.width - left) },
          height: Math.min(tile, size.height - top),
        };
        const raw = { ...size, channels: whole.info.channels };
        const png = await sharp(whole.data, { raw }).extract(part).png().toBuffer();
        tiles.set(`/cache/t/${at}/${left / tile}_${top / tile}.png`, png);
      }
    }
  }
  const map = heat === true ? mapOfScratch(pixels, { width, height }) : heat;
  if (typeof map === 'object') {
    tiles.set('/cache/heat', await encodeGreyPng(map.values, map.width, map.height));
  }
  return (file) => tiles.get(`/cache/${file}`) ?? Buffer.alloc(0);
}

export async function openMask(
  browser: Browser,
  options: MaskFixtureOptions = {},
  page: Partial<OpenOptions<ToMaskEditor, FromMaskEditor>> = {},
): Promise<MaskFixture> {
  const { width = 640, height = 400, taste = {}, readOnly = '', heat = false } = options;
  const layers = { defect: new MaskBits(width, height), ignore: new MaskBits(width, height) };
  options.prepare?.(layers);
  const picture = await makeTiles({ width, height }, heat);
  const levels = 1 + Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / tile)));
  const fixture: { refuses: boolean; version: number; undoStack: (readonly LayerToggles[])[] } = {
    ...{ refuses: false, version: 1, undoStack: [] },
  };
  let post: (message: ToMaskEditor) => void = () => undefined;
  const view = await ViewPage.open<ToMaskEditor, FromMaskEditor>(browser, {
    bundle: 'maskEditor',
    incoming: fromMaskEditor,
    picture,
    ...page,
    serve: (port) => {
      post = (message) => void port.post(message);
      const listener = port.onMessage((message) => {
        if (message.type === 'ready') {
          const label = { state: 'mask', kind: 'Scratch', score: 0.913, outcome: 'TP' } as const;
          const settings = { hideKey: 'x', panKey: ' ', speckSize: 10 };
          const image = { name: 'part_00017.png', width, height };
          const chosen = { ...plainTaste, ...taste };
          post({
            ...{ type: 'start', words, keys: { brush: 'B' } },
            ...{ taste: chosen, settings, image, label },
            ...{ readOnly, document: 'one' },
          });
          const { defect, ignore } = layers;
          post({ type: 'layers', version: 1, defect: defect.bytes, ignore: ignore.bytes });
          const base = port.addressOf('t');
          post({ type: 'tiles', base, ending: 'png', tile, levels, width, height });
          if (heat !== false)
            post({ type: 'heatMap', uri: port.addressOf('heat'), threshold: 0.5 });
        } else if (message.type === 'edit') {
          const { id } = message;
          if (fixture.refuses) {
            post({ type: 'refused', id, message: 'no' });
            return;
          }
          const toggles = applyChanges(layers, message.changes);
          fixture.undoStack.push(toggles);
          fixture.version += 1;
          post({ type: 'applied', version: fixture.version, id, toggles });
        }
      });
      return listener;
    },
  });
  const undo = (): void => {
    const toggles = fixture.undoStack.pop() ?? [];
    applyToggles(layers, toggles);
    fixture.version += 1;
    post({ type: 'applied', version: fixture.version, id: null, toggles: [...toggles] });
  };
  return Object.assign(fixture, { view, layers, undo });
}
