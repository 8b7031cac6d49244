/** The image grid: its command, its panels, and their return after a reload of the window. */
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import type { FromGrid, GridPlace, GridTaste, ToGrid } from '../../protocol/webview.ts';
import { fromGrid, gridPlaceSchema, gridTasteSchema } from '../../protocol/webview.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import { errorCodeOf, isCancelled, showError } from '../errors.ts';
import type { GroupNode } from '../explorer/nodes.ts';
import { isNode } from '../explorer/nodes.ts';
import { groupName } from '../explorer/texts.ts';
import { openImage } from '../openImage.ts';
import { ServerAway } from '../server/serverHandle.ts';
import { Panels } from '../webviews/panels.ts';
import { GridSession } from './gridSession.ts';
import type { GridExplorer, GridWorld } from './gridSession.ts';
import { isStale } from './listing.ts';
import { absenceWords, gridWordsNow, markTitle } from './words.ts';

export type { GridExplorer } from './gridSession.ts';

const viewType = 'segdec.grid';
const tasteKey = 'segdec.grid.taste';
const firstTaste: GridTaste = { size: 160, kind: 'plain', advance: true };

/** What a group is called: with those above it, `Train · OK`. */
function nameOf({ group, parent }: GroupNode): string {
  const name = groupName(group, vscode.l10n);
  return parent === undefined ? name : `${nameOf(parent)} · ${name}`;
}

function placeOf(node: GroupNode): GridPlace {
  const { id, kind } = node.group;
  const groupBy = kind === 'folder' ? 'folder' : 'split';
  return { project: node.project, group: { id, name: nameOf(node), groupBy } };
}

function worldOf(services: Services, explorer: GridExplorer): GridWorld {
  const { server, projects, labels, log, extension } = services;
  return {
    ...{ server, projects, labels, explorer, markTitle },
    words: gridWordsNow(),
    absence: absenceWords(),
    taste: () => {
      const kept = gridTasteSchema.safeParse(extension.globalState.get(tasteKey));
      return kept.success ? kept.data : firstTaste;
    },
    keepTaste: (taste) => void extension.globalState.update(tasteKey, taste),
    newCancellation: () => new vscode.CancellationTokenSource(),
    open: (dataset, image) => {
      const file = vscode.Uri.joinPath(vscode.Uri.file(dataset), ...image.split('/'));
      return openImage(file, {}, server);
    },
    serverCommand: (command) => void vscode.commands.executeCommand(`segdec.server.${command}`),
    showError: (error) => void showError(error),
    isStale: (error) => isStale(errorCodeOf(error)),
    isAway: (error) => error instanceof ServerAway || isCancelled(error),
    warn: (problem) => log.warn(problem),
  };
}

/** The grid's command and panels; also brings panels back after a reload of the window. */
export function createGrid(
  services: Services,
  explorer: GridExplorer,
): { readonly commands: CommandTable; dispose(): void } {
  const { extension, log, server, projects } = services;
  const cacheFolder = vscode.Uri.joinPath(extension.globalStorageUri, 'cache');
  const home = { extensionUri: extension.extensionUri, cacheFolder, log };
  const panels = new Panels<GridPlace, ToGrid, FromGrid>(home, {
    ...{ viewType, bundle: 'grid', place: gridPlaceSchema, incoming: fromGrid },
    keyOf: ({ project, group }) => JSON.stringify([project, group?.id ?? null]),
    titleOf: ({ group }) =>
      group === null ? vscode.l10n.t('Images') : vscode.l10n.t('Images: {0}', group.name),
    serve: (place, view) => new GridSession(place, view, worldOf(services, explorer)),
  });
  const open = (node: unknown): void => {
    const current = projects.current;
    if (isNode(node) && node.kind === 'group') panels.show(placeOf(node));
    else if (current !== undefined) panels.show({ project: current.id, group: null });
    else throw new UserError(vscode.l10n.t('No folder with images is open: open one first.'));
    // The panel says how the server is; it only has to be wanted.
    void server.start().catch((error: unknown) => log.warn(String(error)));
  };
  return {
    commands: { 'grid.open': { run: open, whenStopped: 'works' } },
    dispose: () => panels.dispose(),
  };
}
