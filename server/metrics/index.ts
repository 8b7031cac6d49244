/** Metrics: pure functions from scores, labels, masks and maps to figures (docs/method.md, "Metrics"). */
export { imageMetrics } from './imageMetrics.ts';
export type { ImageMetrics } from './imageMetrics.ts';
export { PixelMetrics } from './pixelMetrics.ts';
export type { DefectsOfArea, PixelImage, PixelResult } from './pixelMetrics.ts';
