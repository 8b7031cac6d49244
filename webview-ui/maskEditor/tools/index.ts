/** The machine of each tool. */
import type { MaskTool } from '../../../protocol/maskEditor.ts';
import { ellipseTool, rectangleTool } from './box.ts';
import { brushTool } from './brush.ts';
import { fillTool } from './fill.ts';
import { panTool } from './pan.ts';
import { polygonTool } from './polygon.ts';
import { rotatedRectangleTool } from './rotated.ts';
import { acceptPredictionTool, smartSelectTool, wandTool } from './selecting.ts';
import type { Machine } from './tool.ts';

export const machines: Readonly<Record<MaskTool, Machine>> = {
  brush: brushTool({ layer: 'defect', value: true }),
  eraser: brushTool({ layer: 'both', value: false }),
  ignoreBrush: brushTool({ layer: 'ignore', value: true }),
  polygon: polygonTool,
  rectangle: rectangleTool,
  rotatedRectangle: rotatedRectangleTool,
  ellipse: ellipseTool,
  fill: fillTool,
  wand: wandTool,
  smartSelect: smartSelectTool,
  acceptPrediction: acceptPredictionTool,
  pan: panTool,
};
