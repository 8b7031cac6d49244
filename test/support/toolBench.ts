/** A mask editor without a screen: a tool's machine, its effects carried out on a small mask. */
import { MaskBits } from '../../protocol/mask/bits.ts';
import type { LayerName } from '../../protocol/mask/edits.ts';
import type { Point, Shape } from '../../protocol/mask/raster.ts';
import type { MaskTool } from '../../protocol/maskEditor.ts';
import { machines } from '../../webview-ui/maskEditor/tools/index.ts';
import type { Painted } from '../../webview-ui/maskEditor/tools/surface.ts';
import { MaskSurface } from '../../webview-ui/maskEditor/tools/surface.ts';
import type {
  Effect,
  PointerEventOfTool,
  ToolEvent,
  ToolKey,
  ToolOptions,
  ToolState,
} from '../../webview-ui/maskEditor/tools/tool.ts';
import { idle } from '../../webview-ui/maskEditor/tools/tool.ts';
import { pixelsOfShape, rowsOf } from './masks.ts';

export const [width, height] = [40, 20];

export const at = (x: number, y: number): Point => ({ x, y });

export const pointer = (
  type: 'down' | 'move' | 'up',
  x: number,
  y: number,
  more: Partial<PointerEventOfTool> = {},
): PointerEventOfTool => ({
  ...{ type, at: { x, y }, shift: false, alt: false, ctrl: false },
  ...{ pressure: 0.5, pointer: 'mouse', clicks: 1, ...more },
});

export const key = (name: ToolKey): ToolEvent => ({ type: 'key', key: name });

export class ToolBench {
  readonly surface: MaskSurface;
  /** Commits that changed something. */
  readonly edits: Painted[] = [];
  readonly panned: Point[] = [];
  state: ToolState = idle;
  tool: MaskTool;
  options: ToolOptions;
  preview: Shape | null = null;
  isCaptured = false;
  /** Whether the last event was. */
  wasConsumed = false;

  constructor(
    tool: MaskTool,
    options: Partial<ToolOptions> = {},
    grey: (x: number, y: number) => number = () => 0,
  ) {
    this.tool = tool;
    this.surface = new MaskSurface(this.emptyLayers());
    const values = Uint8Array.from({ length: width * height }, (_, i) =>
      grey(i % width, Math.floor(i / width)),
    );
    this.options = {
      ...{ size: { width, height }, brushSize: 4, square: false, subtract: false, tolerance: 8 },
      ...{ threshold: 0.5, near: 1, layers: this.surface.layers, prediction: null },
      grey: () => ({ box: { x: 0, y: 0, width, height }, values }),
      ...options,
    };
  }

  emptyLayers(): Record<LayerName, MaskBits> {
    return { defect: new MaskBits(width, height), ignore: new MaskBits(width, height) };
  }

  does(...events: readonly ToolEvent[]): void {
    for (const event of events) {
      const { state, effects } = machines[this.tool](this.state, event, this.options);
      this.state = state;
      this.wasConsumed = false;
      for (const effect of effects) this.#carryOut(effect);
    }
  }

  click(x: number, y: number): void {
    this.does(pointer('down', x, y), pointer('up', x, y));
  }

  drag(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    more: Partial<PointerEventOfTool> = {},
  ): void {
    this.does(pointer('down', x0, y0, more), pointer('move', x1, y1, more));
    this.does(pointer('up', x1, y1, more));
  }

  rows(layer: LayerName): string[] {
    return rowsOf(this.surface.layers[layer]);
  }

  previewRows(): string[] {
    if (this.preview === null) throw new Error('nothing is previewed');
    return rowsOf(pixelsOfShape(this.preview, width, height));
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'preview':
        this.preview = effect.shape;
        break;
      case 'paint':
        this.surface.paint(effect.layer, effect.value, effect.shape);
        break;
      case 'commit': {
        const painted = this.surface.commit();
        if (painted.changes.length > 0) this.edits.push(painted);
        break;
      }
      case 'discard':
        this.surface.discard();
        break;
      case 'capture':
      case 'release':
        if (this.isCaptured === (effect.type === 'capture'))
          throw new Error(`${effect.type} twice`);
        this.isCaptured = effect.type === 'capture';
        break;
      case 'pan':
        this.panned.push(effect.by);
        break;
      case 'consumed':
        this.wasConsumed = true;
    }
  }
}
