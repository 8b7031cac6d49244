/** Commands of the images view: what it shows, and opening and revealing images. */
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors.ts';
import type { Sorting } from '../../protocol/explorer.ts';
import { sortings } from '../../protocol/explorer.ts';
import type { CommandTable } from '../commands.ts';
import type { Services } from '../context.ts';
import type { ExplorerView } from './explorer.ts';
import { pickFilter } from './filterPick.ts';
import { openImages } from '../openImage.ts';
import type { QueryStore } from './query.ts';
import { activeFile } from './selection.ts';
import type { ChosenImage } from './selection.ts';
import { imagesText, sortingName } from './texts.ts';

async function pickSorting(query: QueryStore): Promise<void> {
  const rows = sortings.map((sortBy: Sorting) => ({
    label: sortingName(sortBy, vscode.l10n),
    description: sortBy === query.query.sortBy ? vscode.l10n.t('current') : '',
    sortBy,
  }));
  const title = vscode.l10n.t('Sort images');
  const picked = await vscode.window.showQuickPick(rows, { title });
  if (picked !== undefined) await query.change({ sortBy: picked.sortBy });
}

async function chooseProject({ projects }: Services): Promise<void> {
  const rows = projects.all.map(({ id, name, dataset, images }) => ({
    label: name,
    description: imagesText(images, vscode.l10n),
    detail: dataset,
    id,
  }));
  if (rows.length === 0) {
    throw new UserError(vscode.l10n.t('There is no dataset here: open a folder with images.'));
  }
  const title = vscode.l10n.t('Choose the dataset to show');
  const picked = await vscode.window.showQuickPick(rows, { title });
  if (picked !== undefined) await projects.choose(picked.id);
}

async function some(view: ExplorerView, args: readonly unknown[]): Promise<readonly ChosenImage[]> {
  const chosen = await view.selectedImages(args);
  if (chosen.length > 0) return chosen;
  throw new UserError(vscode.l10n.t('No image is selected: select some in the SegDec view.'));
}

async function open(view: ExplorerView, args: readonly unknown[]): Promise<void> {
  const chosen = await some(view, args);
  // A key in the tree passes the node alone: the tree keeps the focus, and labelling goes on by keys.
  const uris = chosen.map(({ uri }) => uri);
  await openImages(uris, { preserveFocus: args.length === 1 });
}

async function revealInTree(view: ExplorerView, args: readonly unknown[]): Promise<void> {
  const active = activeFile();
  const about = args[0] === undefined && active !== undefined ? [active] : args;
  const [first] = await some(view, about);
  if (first !== undefined) await view.reveal(first.place.project, first.image);
}

async function revealInFiles(view: ExplorerView, args: readonly unknown[]): Promise<void> {
  const [first] = await some(view, args);
  if (first !== undefined) await vscode.commands.executeCommand('revealInExplorer', first.uri);
}

/** The table. */
export function explorerCommands(
  services: Services,
  view: ExplorerView,
  query: QueryStore,
): CommandTable {
  const works = { whenStopped: 'works' } as const;
  return {
    'explorer.refresh': { ...works, run: () => view.refresh() },
    'explorer.groupBySplit': { ...works, run: () => query.change({ groupBy: 'split' }) },
    'explorer.groupByFolder': { ...works, run: () => query.change({ groupBy: 'folder' }) },
    'explorer.sort': { ...works, run: () => pickSorting(query) },
    'explorer.filter': {
      ...works,
      run: async () => {
        const kinds = services.projects.current?.kinds ?? [];
        const filter = await pickFilter(kinds, query.query.filter);
        if (filter !== undefined) await query.filter(filter);
      },
    },
    'explorer.clearFilter': { ...works, run: () => query.filter({}) },
    'explorer.chooseProject': { ...works, run: () => chooseProject(services) },
    'image.open': { ...works, run: (...args) => open(view, args) },
    'image.reveal': { ...works, run: (...args) => revealInFiles(view, args) },
    'image.revealInTree': { ...works, run: (...args) => revealInTree(view, args) },
  };
}
