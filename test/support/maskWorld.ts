/** What a session of the mask editor asks of the editor as a whole, for tests: nothing happens. */
import type { MaskWorld } from '../../extension/maskEditor/maskSession.ts';
import { EventEmitter } from './fakeVscode.ts';

export function maskWorld(services: MaskWorld['services'], parts: Partial<MaskWorld>): MaskWorld {
  const none = async (): Promise<void> => undefined;
  const nothing = (): void => undefined;
  return {
    services,
    taste: () => ({
      ...{ tool: 'brush', brushSize: 12, square: false, subtract: false, tolerance: 16 },
      ...{ maskOpacity: 0.5, heatMapOpacity: 0.5, contour: true, pattern: false },
      ...{ heatMap: false, pixelGrid: true, minimap: true },
    }),
    keepTaste: nothing,
    settings: () => ({ hideKey: 'h', panKey: ' ', speckSize: 16 }),
    onDidChangeSettings: new EventEmitter<void>().event,
    ...{ go: none, mark: none, askClear: none, previousMask: async () => undefined },
    ...{ isIdle: nothing, hasReadings: nothing, ...parts },
  };
}
