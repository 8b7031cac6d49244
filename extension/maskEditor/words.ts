/** The texts of the mask editor, translated; the page puts values in the place of {0} and {1}. */
import { l10n } from 'vscode';
import type { MaskAction, MaskTool, MaskWords } from '../../protocol/maskEditor.ts';
import { stateName } from '../explorer/texts.ts';

const toolWords = () =>
  ({
    brush: l10n.t('Brush'),
    eraser: l10n.t('Eraser'),
    ignoreBrush: l10n.t('Ignore Brush'),
    polygon: l10n.t('Polygon'),
    rectangle: l10n.t('Rectangle'),
    rotatedRectangle: l10n.t('Rotated Rectangle'),
    ellipse: l10n.t('Ellipse'),
    fill: l10n.t('Fill'),
    wand: l10n.t('Magic Wand'),
    smartSelect: l10n.t('Smart Select'),
    acceptPrediction: l10n.t('Accept Predicted Region'),
    pan: l10n.t('Pan'),
  }) satisfies Record<MaskTool, string>;

const commandWords = () => ({
  fillHoles: l10n.t('Fill Holes'),
  removeSpecks: l10n.t('Remove Specks'),
  showSpecks: l10n.t('Show Specks'),
  grow: l10n.t('Grow'),
  shrink: l10n.t('Shrink'),
  invert: l10n.t('Invert'),
  clear: l10n.t('Clear Mask'),
  copyPrevious: l10n.t('Copy Mask of Previous Image'),
  wholePrediction: l10n.t('Accept Whole Prediction'),
});

/** What Edit > Undo calls an edit. */
export function editLabel(tool: MaskTool | MaskAction): string {
  const { wholePrediction, ...commands } = commandWords();
  const all: Partial<Record<MaskTool | MaskAction, string>> = {
    ...toolWords(),
    ...commands,
    acceptWholePrediction: wholePrediction,
  };
  return all[tool] ?? l10n.t('Mask Edit');
}

export function maskWordsNow(): MaskWords {
  return {
    ...toolWords(),
    ...commandWords(),
    tools: l10n.t('Tools'),
    add: l10n.t('Add'),
    subtract: l10n.t('Subtract'),
    round: l10n.t('Round'),
    square: l10n.t('Square'),
    size: l10n.t('Size'),
    tolerance: l10n.t('Tolerance'),
    threshold: l10n.t('Threshold'),
    accept: l10n.t('Accept'),
    discard: l10n.t('Discard'),
    more: l10n.t('More'),
    undo: l10n.t('Undo'),
    redo: l10n.t('Redo'),
    save: l10n.t('Save'),
    view: l10n.t('View'),
    maskOpacity: l10n.t('Opacity of the mask'),
    heatMap: l10n.t('Heat map'),
    heatMapOpacity: l10n.t('Opacity of the heat map'),
    heatMapNone: l10n.t('There is no heat map before a run has scored the images.'),
    contour: l10n.t('Contour'),
    pattern: l10n.t('Pattern'),
    pixelGrid: l10n.t('Pixel grid'),
    minimap: l10n.t('Overview'),
    brightness: l10n.t('Brightness'),
    contrast: l10n.t('Contrast'),
    zoomToFit: l10n.t('Fit to window'),
    zoomToPixels: l10n.t('One to one'),
    zoomIn: l10n.t('Zoom in'),
    zoomOut: l10n.t('Zoom out'),
    reset: l10n.t('Reset view'),
    label: l10n.t('Label'),
    markOk: l10n.t('Mark OK'),
    markDefective: l10n.t('Mark defective'),
    ok: stateName('ok', l10n),
    weak: stateName('weak', l10n),
    mask: stateName('mask', l10n),
    unlabelled: stateName('unlabelled', l10n),
    unknown: stateName('unknown', l10n),
    previous: l10n.t('Previous image'),
    next: l10n.t('Next image'),
    nextUnlabelled: l10n.t('Next image without a label'),
    nextUncertain: l10n.t('Next uncertain image'),
    score: l10n.t('Score {0}'),
    noScore: l10n.t('no score'),
    canvas: l10n.t('Image {0}, {1} by {2} pixels, with its mask'),
    loading: l10n.t('Loading'),
    unreadable: l10n.t('Cannot be read: {0}'),
    readOnly: l10n.t('Read-only: {0}'),
    lost: l10n.t(
      'VS Code does not answer, and the last edits are not in its hands: reload the window.',
    ),
    reload: l10n.t('Reload Window'),
    kept: l10n.t('Edits that are kept: {0}.'),
    keptAgain: l10n.t('Edits from before the reload that were not taken: {0}. Do them again?'),
    refused: l10n.t('The edit was not taken: {0}'),
    restart: l10n.t('Restart Server'),
    showLog: l10n.t('Show Log'),
    nothingToCopy: l10n.t('The previous image has no mask of the same size.'),
    noPrediction: l10n.t('The active run found nothing here.'),
    describeEmpty: l10n.t('The mask is empty.'),
    describe: l10n.t('Mask: {0} px, regions: {1}, ignored: {2} px.'),
    describeMask: l10n.t('Describe Mask'),
    describeTool: l10n.t('Tool: {0}, size {1}.'),
    painted: l10n.t('{0} px painted'),
    erased: l10n.t('{0} px erased'),
    cursorAt: l10n.t('Column {0}, row {1}'),
    specksFound: l10n.t('Specks of fewer than {1} px: {0}'),
    specksNone: l10n.t('There is no region of fewer than {0} px.'),
    hint: l10n.t('B: brush, E: eraser, [ and ]: size, Space: move the view, H: hide the mask'),
  };
}
