/** Signs of the tools, which VS Code's icons do not have: lines on a 16 x 16 field in the text's colour. */
import type { MaskTool } from '../../protocol/maskEditor.ts';
import { make } from '../widgets/dom.ts';

const paths: Readonly<Record<MaskTool, string>> = {
  brush: 'M13.5 2.5 7 9M7 9c-2-.5-3.500.5-3.500 2.500 0 1-.5 1.500-1.500 2 3 .8 6-.5 5.500-3.500z',
  eraser: 'M6 13.500h8M3 10l6.500-6.500 4 4L7.500 13.500h-2zM6 7l4 4',
  ignoreBrush: 'M13.500 2.500 8.500 7.500M3 9l4 4M3 13l4-4M5 7.500a3.500 3.500 0 1 1-.01 0',
  polygon:
    'M3 6l5-3.500 5.500 4-2 6.500h-7zM3 6h.01M8 2.500h.01M13.500 6.500h.01M11.500 13h.01M4.500 13h.01',
  rectangle: 'M2.500 4h11v8h-11z',
  rotatedRectangle: 'M2 9l8-6.500 4 5-8 6.500z',
  ellipse: 'M2 8a6 4.500 0 1 1 12 0a6 4.500 0 1 1-12 0',
  fill: 'M3 8l5-5 5 5-5 5zM6 1.500l2 1.500M3.500 8h9M14 11.500v2',
  wand: 'M2.500 13.500l7-7M11 2v2.500M11 6.500V9M7.500 5.500H10M12 5.500h2.500',
  smartSelect:
    'M2.500 5V2.500H5M11 2.500h2.500V5M13.500 11v2.500H11M5 13.500H2.500V11M8 5.500v5M5.500 8h5',
  acceptPrediction:
    'M8 2.500l3.500 4c1.500 2 1.500 6.500-3.500 7s-5.500-5-3.500-7zM6 10l1.500 1.500L10.500 8.500',
  pan: 'M8 2v12M2 8h12M6 4l2-2 2 2M6 12l2 2 2-2M4 6L2 8l2 2M12 6l2 2-2 2',
};

export function toolIcon(tool: MaskTool): HTMLElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', paths[tool]);
  svg.append(path);
  return make('span', { class: 'tool-icon', 'aria-hidden': 'true' }, svg);
}
