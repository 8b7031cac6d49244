/** How images are opened: in the mask editor, which needs the server, or in VS Code's own preview. */
import * as vscode from 'vscode';
import type { ServerHandle } from './server/serverHandle.ts';

/** The custom editor of masks, as the manifest names it. */
export const maskEditorType = 'segdec.maskEditor';

/**
 * A command of VS Code's own with arguments that it can send around. Without a server a mask cannot be read:
 * the picture can be looked at all the same.
 */
export function openingOf(
  uri: vscode.Uri,
  options: vscode.TextDocumentShowOptions,
  { state }: ServerHandle,
): Pick<vscode.Command, 'command'> & { readonly arguments: unknown[] } {
  return state.name === 'running'
    ? { command: 'vscode.openWith', arguments: [uri, maskEditorType, options] }
    : { command: 'vscode.open', arguments: [uri, options] };
}

/** Opens one image. */
export async function openImage(
  uri: vscode.Uri,
  options: vscode.TextDocumentShowOptions,
  server: ServerHandle,
): Promise<void> {
  const opening = openingOf(uri, options, server);
  await vscode.commands.executeCommand(opening.command, ...opening.arguments);
}

/** Images that were asked for as plain pictures a moment ago. */
const wantedPlain = new Set<string>();

/** True once for an image that a person asked to see as it is, whatever problems it has. */
export const isWantedPlain = (uri: vscode.Uri): boolean => wantedPlain.delete(uri.toString());

/** As the image in front is opened: in the mask editor, or as a plain picture. */
export async function openLikeActive(
  uri: vscode.Uri,
  options: vscode.TextDocumentShowOptions,
): Promise<void> {
  const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const isMask = input instanceof vscode.TabInputCustom && input.viewType === maskEditorType;
  if (isMask) await vscode.commands.executeCommand('vscode.openWith', uri, maskEditorType, options);
  else await openPlain(uri, options);
}

async function openPlain(uri: vscode.Uri, options: vscode.TextDocumentShowOptions): Promise<void> {
  wantedPlain.add(uri.toString());
  await vscode.commands.executeCommand('vscode.open', uri, options);
  wantedPlain.delete(uri.toString());
}

/** Opening more editors at once than this is asked for first. */
const mostEditors = 10;

/** Opens what a command is about, with an editor of that type or, without one, with the usual one. */
export async function openImages(
  uris: readonly vscode.Uri[],
  { type, preserveFocus }: { readonly type?: string; readonly preserveFocus: boolean },
): Promise<void> {
  if (uris.length > mostEditors) {
    const open = vscode.l10n.t('Open');
    const question = vscode.l10n.t('Open {0} images in editors?', uris.length);
    const answer = await vscode.window.showWarningMessage(question, { modal: true }, open);
    if (answer !== open) return;
  }
  const options = { preview: uris.length === 1, preserveFocus };
  for (const uri of uris) {
    if (type === undefined) await openPlain(uri, options);
    else await vscode.commands.executeCommand('vscode.openWith', uri, type, options);
  }
}
