/** The mask editor: its provider, its commands, and what all open ones share. */
import * as vscode from 'vscode';
import type { ImageQuery } from '../../protocol/explorer.ts';
import { maskSettingsSchema, maskTasteSchema } from '../../protocol/maskEditor.ts';
import type { MaskSettings, MaskTaste } from '../../protocol/maskEditor.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import type { ChosenImage } from '../explorer/selection.ts';
import { maskCommands } from './maskCommands.ts';
import { MaskEditorProvider } from './maskEditorProvider.ts';
import { askClear, labelAfterSave, markImage } from './maskLabels.ts';
import { MaskNavigation } from './maskNavigation.ts';
import type { MaskWorld } from './maskSession.ts';

/** What the mask editor needs of the images view. */
export interface MaskExplorer {
  readonly query: ImageQuery;
  selectedImages(args: readonly unknown[]): Promise<readonly ChosenImage[]>;
}

const section = 'segdec.maskEditor';
const tasteKey = 'segdec.maskEditor.taste';
const firstTaste: MaskTaste = {
  ...{ tool: 'brush', brushSize: 12, square: false, subtract: false, tolerance: 16 },
  ...{ maskOpacity: 0.5, heatMapOpacity: 0.5, contour: true, pattern: false },
  ...{ heatMap: false, pixelGrid: true, minimap: true },
};
const firstSettings: MaskSettings = { hideKey: 'h', panKey: ' ', speckSize: 16 };

function settingsNow(): MaskSettings {
  const values = vscode.workspace.getConfiguration(section);
  const parsed = maskSettingsSchema.safeParse({
    hideKey: values.get('hideKey'),
    panKey: values.get('panKey'),
    speckSize: values.get('speckSize'),
  });
  return parsed.success ? parsed.data : firstSettings;
}

export function createMaskEditor(
  services: Services,
  explorer: MaskExplorer,
): { readonly commands: CommandTable; dispose(): void } {
  const { globalState } = services.extension;
  const settingsChanged = new vscode.EventEmitter<void>();
  const listening = vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration(section)) settingsChanged.fire();
  });
  const navigation = new MaskNavigation(services, () => explorer.query);
  const world: MaskWorld = {
    services,
    taste: () => {
      const kept = maskTasteSchema.safeParse(globalState.get(tasteKey));
      return kept.success ? kept.data : firstTaste;
    },
    keepTaste: (taste) => void globalState.update(tasteKey, taste),
    settings: settingsNow,
    onDidChangeSettings: settingsChanged.event,
    go: (session, step) => navigation.go(session, step),
    mark: (document, mark) => markImage(services, document, mark),
    askClear: (document) => askClear(services, document),
    previousMask: (session) => navigation.previousMask(session),
    isIdle: (session) => void navigation.readAhead(session),
    hasReadings: () => provider.showReadings(),
  };
  const provider = new MaskEditorProvider(world, (document) => labelAfterSave(services, document));
  const selectedImages = (args: readonly unknown[]) => explorer.selectedImages(args);
  const commands = maskCommands({ world, active: () => provider.active, selectedImages });
  return {
    commands,
    dispose: () => void vscode.Disposable.from(provider, listening, settingsChanged).dispose(),
  };
}
