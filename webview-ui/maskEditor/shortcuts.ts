/** The keys of the extension's manifest as it is installed, for tooltips; a person may have chosen others. */
import type { MaskAction, MaskTool } from '../../protocol/maskEditor.ts';

export const shortcuts: Readonly<Partial<Record<MaskTool | MaskAction, string>>> = {
  ...{ brush: 'B', eraser: 'E', ignoreBrush: 'I', polygon: 'P', rectangle: 'R' },
  ...{ rotatedRectangle: 'Shift+R', ellipse: 'O', fill: 'F', wand: 'W', smartSelect: 'S' },
  ...{ acceptPrediction: 'A', pan: 'H', accept: 'Enter', discard: 'Escape' },
  ...{ smaller: '[', larger: ']', zoomIn: '+', zoomOut: '-', zoomToFit: '0', zoomToPixels: '1' },
};

/** A name with its key, as VS Code writes it. */
export function titled(label: string, of: MaskTool | MaskAction): string {
  const key = shortcuts[of];
  return key === undefined ? label : `${label} (${key})`;
}
