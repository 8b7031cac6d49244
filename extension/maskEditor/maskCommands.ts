/** Commands of the mask editor: each tool and action for the active one, and opening images in it. */
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import { maskActions, maskSteps, maskTools } from '../../protocol/maskEditor.ts';
import type { CommandTable } from '../commands.ts';
import type { ChosenImage } from '../explorer/selection.ts';
import { maskEditorType, openImages } from '../openImage.ts';
import type { MaskSession, MaskWorld } from './maskSession.ts';

export interface MaskCommandParts {
  readonly world: MaskWorld;
  readonly active: () => MaskSession | undefined;
  /** The images that a command is about, by the arguments that VS Code passed. */
  readonly selectedImages: (args: readonly unknown[]) => Promise<readonly ChosenImage[]>;
}

async function openSelected(
  { selectedImages }: MaskCommandParts,
  args: readonly unknown[],
): Promise<void> {
  const chosen = await selectedImages(args);
  if (chosen.length === 0) {
    throw new UserError(vscode.l10n.t('No image is selected: select some in the SegDec view.'));
  }
  const uris = chosen.map(({ uri }) => uri);
  await openImages(uris, { type: maskEditorType, preserveFocus: args.length === 1 });
}

export function maskCommands(parts: MaskCommandParts): CommandTable {
  const { world, active } = parts;
  const inEditor = (work: (session: MaskSession) => unknown) => ({
    whenStopped: 'works' as const,
    run: () => {
      const session = active();
      if (session === undefined) {
        throw new UserError(vscode.l10n.t('No mask editor is active: open an image in one first.'));
      }
      return work(session);
    },
  });
  const tools = maskTools.map((tool) => [
    `mask.${tool}`,
    inEditor((session) => session.post({ type: 'tool', tool })),
  ]);
  const actions = maskActions.map((action) => [
    `mask.${action}`,
    inEditor((session) => session.post({ type: 'action', action })),
  ]);
  const steps = maskSteps.map((step) => [
    `mask.${step}`,
    inEditor((session) => world.go(session, step)),
  ]);
  return {
    ...(Object.fromEntries([...tools, ...actions, ...steps]) as CommandTable),
    // It asks first, whoever wants it.
    'mask.clear': inEditor(({ document }) => world.askClear(document)),
    'mask.markOk': inEditor(({ document }) => world.mark(document, 'ok')),
    'mask.markDefective': inEditor(({ document }) => world.mark(document, 'defective')),
    openMaskEditor: { whenStopped: 'works', run: (...args) => openSelected(parts, args) },
  };
}
